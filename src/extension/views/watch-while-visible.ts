import type * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { TargetStates } from '../model/target-state.ts';

/** Has the targets looked at for as long as a view can be seen. */
export class WatchWhileVisible extends Disposable {
  readonly #states: TargetStates;
  #watch: vscode.Disposable | undefined;

  constructor(view: vscode.TreeView<unknown>, states: TargetStates) {
    super();
    this.#states = states;
    this.#follow(view.visible);
    this.register(
      view.onDidChangeVisibility(({ visible }) => {
        this.#follow(visible);
      }),
    );
  }

  override dispose(): void {
    this.#follow(false);
    super.dispose();
  }

  #follow(visible: boolean): void {
    if (visible) this.#watch ??= this.#states.watch();
    else {
      this.#watch?.dispose();
      this.#watch = undefined;
    }
  }
}
