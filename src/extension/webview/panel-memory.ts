import type { RestorableRun, RunPanelState } from '../panels/messages.ts';
import { editor } from './editor-api.ts';

/** What a panel remembers while it is hidden, and when its window is loaded again: where it was scrolled to and what is open. */
export class PanelMemory {
  #state: RunPanelState;

  constructor() {
    const kept = editor.getState() as Partial<RunPanelState> | undefined;
    this.#state = { restore: kept?.restore ?? null, scroll: kept?.scroll ?? 0, open: kept?.open ?? {} };
    let waiting = false;
    window.addEventListener('scroll', () => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => {
        waiting = false;
        this.#keep({ scroll: Math.round(window.scrollY) });
      }, 250);
    });
  }

  /** Undefined where the person has not touched it. */
  isOpen(name: string): boolean | undefined {
    return this.#state.open[name];
  }

  setOpen(name: string, open: boolean): void {
    if (this.#state.open[name] !== open) this.#keep({ open: { ...this.#state.open, [name]: open } });
  }

  /** Once everything is there again. */
  restoreScroll(): void {
    window.scrollTo({ top: this.#state.scroll });
  }

  setRestore(restore: RestorableRun | null): void {
    if (JSON.stringify(restore) !== JSON.stringify(this.#state.restore)) this.#keep({ restore });
  }

  #keep(changed: Partial<RunPanelState>): void {
    this.#state = { ...this.#state, ...changed };
    editor.setState(this.#state);
  }
}
