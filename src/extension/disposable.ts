import type * as vscode from 'vscode';

/** Owns what it registers, and lets go of it when it is disposed of itself. */
export abstract class Disposable implements vscode.Disposable {
  readonly #owned: vscode.Disposable[] = [];
  #disposed = false;

  protected register<T extends vscode.Disposable>(owned: T): T {
    if (this.#disposed) owned.dispose();
    else this.#owned.push(owned);
    return owned;
  }

  protected get isDisposed(): boolean {
    return this.#disposed;
  }

  /** Last registered, first disposed of. */
  dispose(): void {
    this.#disposed = true;
    for (const owned of this.#owned.splice(0).reverse()) owned.dispose();
  }
}
