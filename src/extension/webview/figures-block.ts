import type { FiguresView, RunView } from '../panels/run-view.ts';
import { formatShare } from '../format.ts';
import { formatBytes, formatCount } from '../../worker/protocol/figures.ts';
import { element, setText } from './element.ts';

/** Rows, bytes and rate, with the bar of what is under way. */
export class FiguresBlock {
  readonly root = element('section', { class: 'figures', 'aria-label': 'Figures' });
  readonly #bar = element('progress', { max: 1, 'aria-label': 'Rows loaded' });
  readonly #share = element('span', { class: 'share' });
  readonly #track = element('div', { class: 'track' }, this.#bar, this.#share);
  readonly #rows = figure('Rows');
  readonly #bytes = figure('COPY text');
  readonly #rate = figure('Rows per second');

  constructor() {
    this.root.hidden = true;
    this.root.append(this.#track, element('dl', {}, ...[this.#rows, this.#bytes, this.#rate].map(({ root }) => root)));
  }

  show({ figures, state }: Pick<RunView, 'figures' | 'state'>): void {
    this.root.hidden = figures === null && state !== 'running';
    this.#track.hidden = state !== 'running';
    this.#showBar(figures);
    setText(this.#rows.value, figures === null ? '' : rowsText(figures, state === 'running'));
    setText(this.#bytes.value, figures?.bytes == null ? '' : formatBytes(figures.bytes));
    setText(this.#rate.value, figures?.rowsPerSecond == null ? '' : formatCount(figures.rowsPerSecond));
    for (const { root, value } of [this.#rows, this.#bytes, this.#rate]) root.hidden = value.textContent === '';
  }

  #showBar(figures: FiguresView | null): void {
    const fraction = figures?.fraction ?? null;
    if (fraction === null) {
      this.#bar.removeAttribute('value');
      setText(this.#share, '');
      return;
    }
    this.#bar.value = fraction;
    setText(this.#share, formatShare(fraction, 1));
  }
}

function rowsText({ rows, totalRows }: FiguresView, running: boolean): string {
  return running && totalRows !== null ? `${formatCount(rows)} of ${formatCount(totalRows)}` : formatCount(rows);
}

function figure(label: string): { readonly root: HTMLElement; readonly value: HTMLElement } {
  const value = element('dd');
  return { root: element('div', {}, element('dt', {}, label), value), value };
}
