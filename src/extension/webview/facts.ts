import type { FactView, HolderView } from '../panels/run-view.ts';
import { formatDuration } from '../../worker/protocol/figures.ts';
import { copyButton } from './code-block.ts';
import { element } from './element.ts';

/** Names and values, as a description list. */
export function factList(facts: readonly FactView[]): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    ...facts.map(({ label, value, reason, copy }) =>
      element(
        'div',
        {},
        element('dt', {}, label),
        element(
          'dd',
          {},
          element('span', { class: copy === true ? 'identifier' : undefined }, value),
          copy === true && copyButton('Copy', value, label),
          reason !== undefined && reason !== '' && element('span', { class: 'reason' }, reason),
        ),
      ),
    ),
  );
}

/** A table that can be scrolled sideways where the panel is narrow. */
export function tableRegion(label: string, ...rows: readonly HTMLTableRowElement[]): HTMLElement {
  const [head, ...body] = rows;
  return element(
    'div',
    { class: 'table', tabindex: 0, role: 'region', 'aria-label': label },
    element('table', {}, element('thead', {}, head), element('tbody', {}, ...body)),
  );
}

export function headerRow(...titles: readonly string[]): HTMLTableRowElement {
  return element('tr', {}, ...titles.map((title) => element('th', { scope: 'col' }, title)));
}

/** Who holds a lock. */
export function holderTable(holders: readonly HolderView[]): HTMLElement {
  return tableRegion(
    'Sessions that hold the lock',
    headerRow('Process id', 'User', 'Application', 'Transaction open', 'Query'),
    ...holders.map(({ pid, user, application, ageMs, query }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row', class: 'number' }, String(pid)),
        element('td', {}, user),
        element('td', {}, application),
        element('td', { class: 'number' }, ageMs === null ? 'not known' : formatDuration(ageMs)),
        element('td', {}, element('code', {}, query)),
      ),
    ),
  );
}
