import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from './disposable.ts';
import { settings } from './ids.ts';

export type OpenRunPanel = 'never' | 'onError' | 'always';
export type VerifyLevel = 'count' | 'checksum' | 'diff';

/** The user's settings, as they are at the moment of asking. */
export class Settings extends Disposable {
  readonly #changes = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changes.event;

  constructor() {
    super();
    this.register(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('snowmelt')) this.#changes.fire();
      }),
    );
  }

  /** 0: never. */
  staleAfterHours(scope?: vscode.Uri): number {
    return Math.max(0, read(settings.staleAfterHours, 24, scope));
  }

  askSnowflake(scope?: vscode.Uri): boolean {
    return read(settings.askSnowflake, true, scope);
  }

  get openRunPanel(): OpenRunPanel {
    return read<OpenRunPanel>(settings.openRunPanel, 'onError');
  }

  verifyLevel(scope?: vscode.Uri): VerifyLevel {
    return read<VerifyLevel>(settings.verifyLevel, 'checksum', scope);
  }

  /** Absolute; undefined for the default folder. */
  get dataDir(): string | undefined {
    const written = read(settings.dataDir, '').trim();
    if (written === '') return undefined;
    const path = /^~(?=$|[\\/])/.test(written) ? join(homedir(), written.slice(1)) : written;
    return isAbsolute(path) ? path : join(homedir(), path);
  }
}

function read<T>(name: string, fallback: T, scope?: vscode.Uri): T {
  return vscode.workspace.getConfiguration('snowmelt', scope ?? null).get<T>(name, fallback);
}
