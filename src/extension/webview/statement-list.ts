import type { StatementView } from '../panels/run-view.ts';
import { formatCount, formatDuration } from '../../worker/protocol/figures.ts';
import { codeBlock } from './code-block.ts';
import { disclosure } from './disclosure.ts';
import { element, setText } from './element.ts';
import type { PanelMemory } from './panel-memory.ts';

const systems = { snowflake: 'Snowflake', postgres: 'Postgres' } as const;

interface StatementItem {
  readonly statement: StatementView;
  readonly searched: string;
  readonly root: HTMLLIElement;
}

/** The SQL that ran, on both sides, in its order; searchable. */
export class StatementList {
  readonly root: HTMLElement;
  readonly #title: HTMLElement;
  readonly #list = element('ol', { class: 'statements' });
  readonly #search = element('input', {
    type: 'search',
    placeholder: 'Search statements',
    'aria-label': 'Search statements',
  });
  readonly #system = element(
    'select',
    { 'aria-label': 'System' },
    element('option', { value: '' }, 'Both systems'),
    element('option', { value: 'snowflake' }, systems.snowflake),
    element('option', { value: 'postgres' }, systems.postgres),
  );
  readonly #found = element('p', { class: 'found', role: 'status' });
  #items: StatementItem[] = [];

  constructor(memory: PanelMemory) {
    const { root, title } = disclosure(
      memory,
      { name: 'statements', title: 'SQL', open: false, level: 2 },
      element('div', { class: 'filter' }, this.#search, this.#system),
      this.#found,
      this.#list,
    );
    this.root = root;
    this.#title = title;
    root.hidden = true;
    this.#search.addEventListener('input', () => {
      this.#filter();
    });
    this.#system.addEventListener('change', () => {
      this.#filter();
    });
  }

  /** @param whole `statements` are all that there are; otherwise they are added. */
  show(statements: readonly StatementView[], whole: boolean): void {
    if (whole) {
      this.#items = [];
      this.#list.replaceChildren();
    }
    if (statements.length === 0 && !whole) return;
    for (const statement of statements) {
      const item = this.#item(statement, this.#items.length + 1);
      this.#items.push(item);
      this.#list.append(item.root);
    }
    this.root.hidden = this.#items.length === 0;
    setText(this.#title, `SQL (${formatCount(this.#items.length)})`);
    this.#filter();
  }

  #item(statement: StatementView, number: number): StatementItem {
    const { system, text, ms } = statement;
    const name = `${systems[system]} statement ${number}`;
    const details = element(
      'details',
      {},
      element(
        'summary',
        {},
        element('span', { class: `system ${system}` }, systems[system]),
        element('code', { class: 'excerpt' }, excerpt(text)),
        element('span', { class: 'time' }, formatDuration(ms)),
      ),
    );
    details.addEventListener('toggle', () => {
      if (details.open && details.childElementCount === 1) details.append(codeBlock(name, text));
    });
    return { statement, searched: text.toLowerCase(), root: element('li', {}, details) };
  }

  #filter(): void {
    const words = this.#search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const system = this.#system.value;
    let shown = 0;
    for (const { statement, searched, root } of this.#items) {
      const wanted = (system === '' || statement.system === system) && words.every((word) => searched.includes(word));
      root.hidden = !wanted;
      if (wanted) shown += 1;
    }
    const filtered = words.length > 0 || system !== '';
    setText(this.#found, filtered ? `${formatCount(shown)} of ${formatCount(this.#items.length)} statements` : '');
  }
}

/** The beginning of a statement on one line. */
function excerpt(text: string): string {
  const line = text.slice(0, 400).replace(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
