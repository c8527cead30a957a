import * as vscode from 'vscode';
import { Disposable } from './disposable.ts';

/** The log of one component. Nothing that is written here may contain a secret. */
export interface Log {
  trace(message: string): void;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  /** With the stack of an error where one is given. */
  error(message: string, error?: unknown): void;
  /** Brings the whole log before the person's eyes. */
  show(): void;
}

/** The output channel `Snowmelt`. Its level is chosen by the user (`Developer: Set Log Level…`). */
export class LogChannel extends Disposable {
  readonly #channel = this.register(vscode.window.createOutputChannel('Snowmelt', { log: true }));

  /** A log whose lines begin with the component's name. */
  scoped(component: string): Log {
    const channel = this.#channel;
    const line = (message: string): string => `[${component}] ${message}`;
    return {
      trace: (message) => {
        channel.trace(line(message));
      },
      debug: (message) => {
        channel.debug(line(message));
      },
      info: (message) => {
        channel.info(line(message));
      },
      warn: (message) => {
        channel.warn(line(message));
      },
      error: (message, error) => {
        channel.error(line(message), ...(error === undefined ? [] : [stackOf(error)]));
      },
      show: () => {
        this.show();
      },
    };
  }

  show(): void {
    this.#channel.show(true);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
