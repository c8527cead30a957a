import * as vscode from 'vscode';
import type { ErrorDocument, SecretParams } from '../../worker/protocol/protocol.ts';
import { commands } from '../ids.ts';
import type { Subject } from '../commands/subject.ts';
import { Disposable } from '../disposable.ts';
import type { Log } from '../log.ts';
import { isOfPerson } from '../process/operation.ts';
import type { SettledRequest } from '../process/worker-client.ts';
import type { SecretName, SecretStore } from './secret-store.ts';

/** A secret that an operation was given. */
interface HandedOut extends SecretName {
  readonly label: string;
  readonly secret: string;
  /** Typed for this operation, and not yet known to be right. */
  readonly isNew: boolean;
}

/**
 * Answers the worker that asks for a secret: with what is known, otherwise by asking the person, if one waits. Only what has
 * proved right is offered to be remembered, and what has proved wrong is forgotten, so that no account is locked by looking
 * at it again and again.
 */
export class AskedSecrets extends Disposable {
  readonly #store: SecretStore;
  readonly #log: Log;
  readonly #handedOut = new Map<string, HandedOut[]>();
  readonly #asking = new Map<string, Promise<string | undefined>>();
  readonly #changes = this.register(new vscode.EventEmitter<SecretName>());
  /** A secret was told, remembered or forgotten. */
  readonly onDidChange = this.#changes.event;

  constructor(store: SecretStore, log: Log) {
    super();
    this.#store = store;
    this.#log = log;
  }

  /** Null where it is not known and nobody waits who could be asked, or the person declined. */
  async answer(params: SecretParams, token: vscode.CancellationToken): Promise<string | null> {
    const known = await this.#store.get(params);
    const secret = known ?? (isOfPerson(params.operation) ? await this.#askOnce(params, token) : undefined);
    this.#log.debug(`${params.id} ${secret === undefined ? 'is not known' : 'handed to the worker'}`);
    if (secret === undefined) return null;
    if (params.operation !== null) {
      const given = { config: params.config, id: params.id, label: params.label, secret, isNew: known === undefined };
      this.#handedOut.set(params.operation, [...(this.#handedOut.get(params.operation) ?? []), given]);
    }
    return secret;
  }

  /** Asks the person for a new secret, and remembers it. False where the person declined. */
  async set(name: SecretName, label: string): Promise<boolean> {
    const secret = await askForSecret(label, undefined);
    if (secret === undefined) return false;
    await this.#store.remember(name, secret);
    this.#changes.fire(name);
    return true;
  }

  async forget(name: SecretName): Promise<void> {
    if (await this.#store.forget(name)) this.#changes.fire(name);
  }

  /** Learns from what became of a request whether the secrets that it was given are right. */
  async settle({ operation, result, error }: SettledRequest): Promise<void> {
    if (operation === undefined) return;
    const given = this.#handedOut.get(operation);
    if (given === undefined) return;
    this.#handedOut.delete(operation);
    const errors = [...(error === undefined ? [] : [error]), ...failuresIn(result)];
    for (const secret of given) {
      if (errors.some((failure) => refused(failure, secret))) await this.#forgetWrong(secret, operation);
      else if (secret.isNew && errors.length === 0) await this.#offerToRemember(secret);
    }
  }

  async #askOnce(params: SecretParams, token: vscode.CancellationToken): Promise<string | undefined> {
    const key = `${params.config}#${params.id}`;
    const asking = this.#asking.get(key);
    if (asking !== undefined) return asking;
    const asked = askForSecret(params.label, token);
    this.#asking.set(key, asked);
    try {
      const secret = await asked;
      if (secret !== undefined) this.#store.keep(params, secret);
      return secret;
    } finally {
      this.#asking.delete(key);
    }
  }

  async #forgetWrong(secret: HandedOut, operation: string): Promise<void> {
    // Another operation may have said so already.
    if ((await this.#store.get(secret)) !== secret.secret) return;
    await this.#store.forget(secret);
    this.#log.warn(`${secret.id} was refused and is forgotten.`);
    this.#changes.fire(secret);
    // Whoever started the operation is told by its command, which offers the same.
    if (isOfPerson(operation)) return;
    const action = 'Set Password…';
    const chosen = await vscode.window.showErrorMessage(`${capitalized(secret.label)} was refused.`, action);
    if (chosen !== action) return;
    const subject: Subject = { kind: 'project', config: secret.config };
    await vscode.commands.executeCommand(commands.setPassword, subject, undefined, secret.id);
  }

  async #offerToRemember(secret: HandedOut): Promise<void> {
    this.#changes.fire(secret);
    const action = 'Remember';
    const chosen = await vscode.window.showInformationMessage(
      `Remember ${secret.label}? It is kept encrypted by this editor, never in the workspace.`,
      action,
      'Until the Window Closes',
    );
    if (chosen === action) await this.#store.remember(secret, secret.secret);
  }
}

async function askForSecret(label: string, token: vscode.CancellationToken | undefined): Promise<string | undefined> {
  return vscode.window.showInputBox(
    { password: true, ignoreFocusOut: true, title: 'Snowmelt', prompt: `${capitalized(label)}.` },
    token,
  );
}

/** Failures of single tables in a result. */
function failuresIn(result: SettledRequest['result']): readonly ErrorDocument[] {
  if (result === undefined || !('tables' in result)) return [];
  return result.tables.flatMap((table) => ('error' in table ? [table.error] : []));
}

/** Whether the log-in failed that the secret was for. Ids begin with the side: `target/cloud/password`, `source/password`. */
function refused({ code }: ErrorDocument, { id }: SecretName): boolean {
  return (
    (code === 'postgres.auth' && id.startsWith('target/')) || (code === 'snowflake.auth' && id.startsWith('source/'))
  );
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
