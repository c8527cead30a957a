/**
 * A part of the page that is built again when what it shows has changed, and only then: what a person has selected,
 * focused or scrolled in it stays.
 */
export class Rebuilt<T> {
  readonly root: HTMLElement;
  readonly #build: (value: T) => readonly Node[];
  #shown: string | undefined;

  /** @param build returns nothing where the part is to be hidden. */
  constructor(root: HTMLElement, build: (value: T) => readonly Node[]) {
    this.root = root;
    this.#build = build;
    root.hidden = true;
  }

  show(value: T): void {
    const shown = JSON.stringify(value);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const nodes = this.#build(value);
    const focused = this.#focusedIndex();
    this.root.replaceChildren(...nodes);
    this.root.hidden = nodes.length === 0;
    if (focused >= 0) focusable(this.root)[focused]?.focus();
  }

  #focusedIndex(): number {
    return focusable(this.root).findIndex((candidate) => candidate === document.activeElement);
  }
}

function focusable(root: HTMLElement): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('button, summary, input, select, [tabindex="0"]')];
}
