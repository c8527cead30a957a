import { formatCount, formatDuration } from '../../worker/protocol/figures.ts';
import { headerRow, tableRegion } from './facts.ts';
import { disclosure } from './disclosure.ts';
import { element, setText, svgElement } from './element.ts';
import type { PanelMemory } from './panel-memory.ts';
import { thinned, throughputPath, type Sample } from './throughput-path.ts';

const width = 600;
const height = 96;
/** Rows of the table that says the same. */
const mostRows = 12;

/** Rows per second over time, as a picture and, for whoever cannot see it, as a sentence and a table. */
export class ThroughputPlot {
  readonly root = element('section', { class: 'throughput' });
  readonly #area = svgElement('path', { class: 'area' });
  readonly #line = svgElement('path', { class: 'line' });
  readonly #picture = svgElement(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img' },
    svgElement('path', { class: 'grid', d: `M0 ${height / 2}H${width}` }),
    this.#area,
    this.#line,
  );
  readonly #top = element('span', { class: 'top' });
  readonly #duration = element('span');
  readonly #rows = element('div');
  readonly #table: HTMLDetailsElement;
  #samples: readonly Sample[] = [];

  constructor(memory: PanelMemory) {
    this.root.hidden = true;
    const { root: table } = disclosure(
      memory,
      { name: 'throughput-table', title: 'Throughput as a table', open: false, level: 3 },
      this.#rows,
    );
    this.#table = table;
    table.addEventListener('toggle', () => {
      this.#showTable();
    });
    this.root.append(
      element('h2', {}, 'Throughput'),
      element(
        'div',
        { class: 'plot' },
        this.#top,
        this.#picture,
        element('div', { class: 'axis', 'aria-hidden': 'true' }, element('span', {}, '0 s'), this.#duration),
      ),
      table,
    );
  }

  show(samples: readonly Sample[]): void {
    if (samples.length === this.#samples.length && samples.at(-1)?.[0] === this.#samples.at(-1)?.[0]) return;
    this.#samples = samples;
    const path = throughputPath(samples, width, height);
    this.root.hidden = path.line === '';
    this.#line.setAttribute('d', path.line);
    this.#area.setAttribute('d', path.area);
    setText(this.#top, `${formatCount(path.top)} rows/s`);
    setText(this.#duration, formatDuration(path.duration));
    const sentence = `Rows per second over ${formatDuration(path.duration)}: highest ${formatCount(path.highest)}, last ${formatCount(samples.at(-1)?.[1] ?? 0)}.`;
    this.#picture.setAttribute('aria-label', sentence);
    this.#showTable();
  }

  #showTable(): void {
    if (!this.#table.open) return;
    const rows = thinned(this.#samples, mostRows).map(([ms, rate]) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row', class: 'number' }, formatDuration(ms)),
        element('td', { class: 'number' }, formatCount(rate)),
      ),
    );
    this.#rows.replaceChildren(tableRegion('Throughput', headerRow('Time', 'Rows per second'), ...rows));
  }
}
