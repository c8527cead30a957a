import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { CommandId } from '../ids.ts';
import type { Log } from '../log.ts';
import type { Failures } from './failures.ts';
import type { CommandOptions } from './options.ts';
import { subjectsOf, type Subject } from './subject.ts';

/** One use of a command. */
export interface CommandCall {
  /** Empty where it was called from the palette. */
  readonly subjects: readonly Subject[];
  readonly options: CommandOptions;
}

/** Registers commands, and shows what they fail with. */
export class CommandRegistry extends Disposable {
  readonly #failures: Failures;
  readonly #log: Log;

  constructor(failures: Failures, log: Log) {
    super();
    this.#failures = failures;
    this.#log = log;
  }

  /** The command resolves when what it was called for is done; it never rejects. */
  add(id: CommandId, run: (call: CommandCall) => Promise<void> | void): void {
    this.register(
      vscode.commands.registerCommand(id, async (clicked: unknown, selected: unknown, options?: CommandOptions) => {
        const call = { subjects: subjectsOf(clicked, selected), options: options ?? {} };
        this.#log.debug(`${id} ${JSON.stringify(call)}`);
        try {
          await run(call);
        } catch (error) {
          await this.#failures.show(error, { config: configOf(call.subjects) });
        }
      }),
    );
  }
}

function configOf(subjects: readonly Subject[]): string | undefined {
  return subjects[0]?.config;
}
