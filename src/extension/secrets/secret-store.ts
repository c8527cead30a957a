import type * as vscode from 'vscode';
import type { SecretParams } from '../../worker/protocol/protocol.ts';

/** Names a secret: the configuration that asks for it, and its id therein. */
export type SecretName = Pick<SecretParams, 'config' | 'id'>;

/**
 * The secrets that a person has told: for as long as the window is open, or, where they were asked to be remembered, in the
 * editor's SecretStorage, which the operating system encrypts.
 */
export class SecretStore {
  readonly #storage: vscode.SecretStorage;
  readonly #ofWindow = new Map<string, string>();

  constructor(storage: vscode.SecretStorage) {
    this.#storage = storage;
  }

  async get(name: SecretName): Promise<string | undefined> {
    return this.#ofWindow.get(keyOf(name)) ?? this.#storage.get(keyOf(name));
  }

  async isRemembered(name: SecretName): Promise<boolean> {
    return (await this.#storage.get(keyOf(name))) !== undefined;
  }

  /** Keeps a secret until the window closes. */
  keep(name: SecretName, secret: string): void {
    this.#ofWindow.set(keyOf(name), secret);
  }

  async remember(name: SecretName, secret: string): Promise<void> {
    this.#ofWindow.delete(keyOf(name));
    await this.#storage.store(keyOf(name), secret);
  }

  /** Whether there was something to forget. */
  async forget(name: SecretName): Promise<boolean> {
    const wasKept = this.#ofWindow.delete(keyOf(name));
    const wasRemembered = await this.isRemembered(name);
    if (wasRemembered) await this.#storage.delete(keyOf(name));
    return wasKept || wasRemembered;
  }
}

function keyOf({ config, id }: SecretName): string {
  return `${config}#${id}`;
}
