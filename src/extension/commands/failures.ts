import * as vscode from 'vscode';
import type { ErrorDocument } from '../../worker/protocol/protocol.ts';
import { firstSentence } from '../format.ts';
import { commands } from '../ids.ts';
import type { Log } from '../log.ts';
import type { Projects } from '../model/project.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { errorDocumentOf, reasonOf } from '../process/worker-failure.ts';
import type { Subject } from './subject.ts';

/** Something to do about a failure, as a button of its message. */
export interface Remedy {
  readonly title: string;
  run(): unknown;
}

export interface FailureContext {
  /** Of the configuration that it was about. */
  readonly config?: string | undefined;
  /** Comes before everything else that could be done. */
  readonly remedy?: Remedy | undefined;
  /** Shows where it failed, in place of the log. */
  readonly showRun?: (() => unknown) | undefined;
}

type Codes = ReadonlySet<ErrorDocument['code']>;
const logInCodes: Codes = new Set(['secret.unavailable', 'postgres.auth', 'snowflake.auth']);
const configurationCodes: Codes = new Set(['config.invalid', 'config.notFound', 'connection.invalid']);

/** Tells a person what has failed: in one sentence, with what can be done about it, and where to read more. */
export class Failures {
  readonly #worker: Pick<WorkerClient, 'startAgain'>;
  readonly #projects: Projects;
  readonly #log: Log;

  constructor(worker: Pick<WorkerClient, 'startAgain'>, projects: Projects, log: Log) {
    this.#worker = worker;
    this.#projects = projects;
    this.#log = log;
  }

  /** Resolves when the person has answered. What was cancelled is not worth a message. */
  async show(thrown: unknown, context: FailureContext = {}): Promise<void> {
    const error = errorDocumentOf(thrown);
    if (error.code === 'cancelled') return;
    if (error.code === 'internal') this.#log.error(error.message, thrown);
    const more: Remedy =
      context.showRun === undefined
        ? {
            title: 'Show Log',
            run: () => {
              this.#log.show();
            },
          }
        : { title: 'Show Run', run: context.showRun };
    const remedy = context.remedy ?? this.#remedyFor(error, context.config);
    const buttons = remedy === undefined ? [more] : [remedy, more];
    const chosen = await vscode.window.showErrorMessage(
      firstSentence(error.message.replaceAll(/\s*\n\s*/g, ' ')),
      ...buttons,
    );
    await chosen?.run();
  }

  #remedyFor(error: ErrorDocument, config: string | undefined): Remedy | undefined {
    const subject: Subject | undefined = config === undefined ? undefined : { kind: 'project', config };
    const command = (title: string, id: string): Remedy => ({
      title,
      run: () => vscode.commands.executeCommand(id, subject),
    });
    const reason = reasonOf(error);
    if (reason === 'not-running') return command('Start Local PostGIS', commands.startLocal);
    if (reason === 'untrusted') return command('Manage Workspace Trust', 'workbench.trust.manage');
    if (reason === 'worker-stopped') {
      return {
        title: 'Start Again',
        run: () => {
          this.#worker.startAgain();
        },
      };
    }
    if (logInCodes.has(error.code) && this.#asksForSecrets(config)) {
      return command('Set Password…', commands.setPassword);
    }
    const isOfFile = logInCodes.has(error.code) || configurationCodes.has(error.code);
    return isOfFile ? command('Open Configuration', commands.openConfiguration) : undefined;
  }

  #asksForSecrets(config: string | undefined): boolean {
    const document = this.#projects.all.find((project) => project.config === config)?.document;
    if (document === undefined) return false;
    return [document.source, ...document.targets].some((side) => side !== null && side.secrets.length > 0);
  }
}
