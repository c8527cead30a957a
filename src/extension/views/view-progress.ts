import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';

/** The bar that moves at the top of a view while something is under way that it waits for. */
export class ViewProgress extends Disposable {
  readonly #viewId: string;
  #end: (() => void) | undefined;

  constructor(viewId: string) {
    super();
    this.#viewId = viewId;
  }

  show(isBusy: boolean): void {
    if (!isBusy || this.isDisposed) this.#finish();
    else if (this.#end === undefined) {
      const over = new Promise<void>((resolve) => {
        this.#end = resolve;
      });
      void vscode.window.withProgress({ location: { viewId: this.#viewId } }, () => over);
    }
  }

  override dispose(): void {
    this.#finish();
    super.dispose();
  }

  #finish(): void {
    this.#end?.();
    this.#end = undefined;
  }
}
