import type { ReportUpdate } from '../panels/messages.ts';
import type {
  DifferencesBlock,
  DifferenceView,
  ReportActionView,
  ReportBlock,
  ReportCell,
  ReportSection,
  Tone,
} from '../panels/report-view.ts';
import { formatDateTime } from '../format.ts';
import { codeBlock } from './code-block.ts';
import { disclosure } from './disclosure.ts';
import { editor } from './editor-api.ts';
import { button, element } from './element.ts';
import { factList, headerRow, tableRegion } from './facts.ts';
import { icon, type IconName } from './icons.ts';
import { PanelMemory } from './panel-memory.ts';

const icons: Readonly<Record<Tone, IconName>> = {
  good: 'done',
  warning: 'warning',
  bad: 'failed',
  neutral: 'pending',
};

/** A plan or a comparison, one section for each table. */
export class ReportPage {
  readonly #root: HTMLElement;
  readonly #memory = new PanelMemory();

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  show({ view }: ReportUpdate): void {
    const { title, subtitle, summary, tone, at, sections } = view;
    const made = element('time', { datetime: new Date(at).toISOString() }, formatDateTime(at));
    this.#root.replaceChildren(
      element(
        'header',
        {},
        element('h1', {}, title),
        element('p', { class: 'place' }, subtitle, ', ', made),
        element('p', { class: `verdict ${tone}` }, icon(icons[tone]), summary),
      ),
      ...sections.map((section) => this.#section(section, sections.length === 1)),
    );
    this.#memory.restoreScroll();
  }

  #section({ table, badge, blocks, actions }: ReportSection, alone: boolean): HTMLElement {
    const { root } = disclosure(
      this.#memory,
      { name: `table ${table}`, title: table, open: alone || badge.tone !== 'good', level: 2 },
      element('div', { class: 'actions' }, ...actions.map((action, index) => actionButton(action, table, index === 0))),
      ...blocks.map((block, index) => this.#block(block, `${table} ${index}`)),
    );
    root.classList.add('table-section');
    root.querySelector('summary')?.append(element('span', { class: `badge ${badge.tone}` }, badge.text));
    return root;
  }

  #block(block: ReportBlock, name: string): HTMLElement {
    switch (block.kind) {
      case 'facts':
        return factList(block.facts);
      case 'notice':
        return element(
          'div',
          { class: `notice ${block.tone}` },
          icon(icons[block.tone]),
          element(
            'div',
            {},
            element('p', {}, block.message),
            block.remedy !== null && element('p', { class: 'remedy' }, block.remedy),
          ),
        );
      case 'table':
        return this.#titled(block, name, reportTable(block.title, block.columns, block.rows));
      case 'sql':
        return this.#titled(block, name, codeBlock(block.title, block.text));
      case 'differences':
        return element('section', {}, element('h3', {}, block.title), ...differences(block));
    }
  }

  #titled(
    block: { readonly title: string; readonly folded: boolean },
    name: string,
    content: HTMLElement,
  ): HTMLElement {
    return disclosure(this.#memory, { name, title: block.title, open: !block.folded, level: 3 }, content).root;
  }
}

function actionButton({ action, label }: ReportActionView, table: string, prominent: boolean): HTMLElement {
  return button(
    label,
    () => {
      editor.postMessage({ type: 'report-action', action, table });
    },
    { class: prominent ? 'primary' : 'secondary', 'aria-label': `${label}: ${table}` },
  );
}

function reportTable(title: string, columns: readonly string[], rows: readonly (readonly ReportCell[])[]): HTMLElement {
  return tableRegion(
    title,
    headerRow(...columns),
    ...rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, cellContent(cell))))),
  );
}

function cellContent({ text, style, change }: ReportCell): HTMLElement {
  const attributes = { class: [style, change].filter((name) => name !== undefined).join(' ') };
  return style === 'code' ? element('code', attributes, text) : element('span', attributes, text);
}

const kinds: Readonly<Record<DifferenceView['kind'], string>> = {
  missing: 'missing in the target',
  extra: 'not in the source',
  different: 'different',
};

function differences({ title, rows, more }: DifferencesBlock): HTMLElement[] {
  return [
    tableRegion(
      title,
      headerRow('Row', 'Column', 'Snowflake', 'Postgres'),
      ...rows.flatMap((row) => differenceRows(row)),
    ),
    ...(more === null ? [] : [element('p', { class: 'note' }, more)]),
  ];
}

/** One line for each column that differs, below each other, so that both values are side by side. */
function differenceRows({ kind, key, columns }: DifferenceView): HTMLTableRowElement[] {
  const head = element(
    'th',
    { scope: 'rowgroup', rowspan: Math.max(1, columns.length) },
    element('code', {}, key),
    element('span', { class: `kind ${kind}` }, kinds[kind]),
  );
  const [first, ...others] = columns;
  if (first === undefined) {
    return [element('tr', { class: 'first' }, head, element('td', { colspan: 3, class: 'muted' }, 'The whole row'))];
  }
  const values = ({ column, source, target }: typeof first): HTMLElement[] => [
    element('td', {}, element('code', {}, column)),
    element('td', {}, valueOf(source, kind === 'extra', 'source')),
    element('td', {}, valueOf(target, kind === 'missing', 'target')),
  ];
  return [
    element('tr', { class: 'first' }, head, ...values(first)),
    ...others.map((column) => element('tr', {}, ...values(column))),
  ];
}

function valueOf(value: string | null, absent: boolean, side: 'source' | 'target'): HTMLElement {
  if (absent) return element('span', { class: 'muted' }, 'no row');
  if (value === null) return element('span', { class: 'muted' }, 'NULL');
  return element('code', { class: side === 'source' ? 'added' : 'removed' }, value);
}
