import type { LogLineView } from '../panels/run-view.ts';
import { formatCount } from '../../worker/protocol/figures.ts';
import { disclosure } from './disclosure.ts';
import { element, setText } from './element.ts';
import type { PanelMemory } from './panel-memory.ts';

/** What the run reported, with the time since it began. */
export class LogList {
  readonly root: HTMLElement;
  readonly #title: HTMLElement;
  readonly #list = element('ol', { class: 'log' });

  constructor(memory: PanelMemory) {
    const { root, title } = disclosure(memory, { name: 'log', title: 'Events', open: false, level: 2 }, this.#list);
    this.root = root;
    this.#title = title;
    root.hidden = true;
  }

  show(lines: readonly LogLineView[], whole: boolean): void {
    if (whole) this.#list.replaceChildren();
    if (lines.length === 0 && !whole) return;
    this.#list.append(
      ...lines.map(({ ms, level, text }) =>
        element(
          'li',
          { class: level },
          element('span', { class: 'time' }, `+${(ms / 1_000).toFixed(1)} s`),
          element('span', {}, text),
        ),
      ),
    );
    this.root.hidden = this.#list.childElementCount === 0;
    setText(this.#title, `Events (${formatCount(this.#list.childElementCount)})`);
  }
}
