import { displayRelation } from '../../sync-core/postgres/identifiers.ts';
import type { TableStatus } from '../../sync-core/status.ts';
import type { StatusOutcome } from '../commands/status.ts';
import { formatAge, formatBytes, formatCount } from './figures.ts';
import type { Style } from './style.ts';
import { formatTextTable } from './text-table.ts';

/** The state of the tables for people. `now` is this machine's time, in ms, for the ages of runs. */
export function formatStatus({ target, tables, ledger }: StatusOutcome, now: number, style: Style): string {
  const table = formatTextTable(
    [
      { title: 'table' },
      { title: 'relation' },
      { title: 'rows', align: 'right' },
      { title: 'size', align: 'right' },
      { title: 'generation', align: 'right' },
      { title: 'synced' },
      { title: 'last run' },
    ],
    tables.map((status) => [
      status.table,
      displayRelation(status.relation),
      formatLiveRows(status),
      status.bytes === null ? '-' : formatBytes(status.bytes),
      status.generation === null ? '-' : formatCount(status.generation),
      formatFreshness(status),
      formatLastRun(status, now),
    ]),
    style.dim,
  );
  const notes = {
    read: [],
    none: [`Nothing has been synced into ${target} yet. Start with \`snowmelt sync\`.`],
    unreadable: [`The history in ${target} cannot be read by this role.`],
  }[ledger];
  return [table, ...notes].join('\n');
}

function formatLiveRows({ state, rows, rowsExact }: TableStatus): string {
  if (state === 'missing') return '-';
  return rows === null ? '?' : `${rowsExact ? '' : '~'}${formatCount(rows)}`;
}

function formatFreshness({ state, ageMs }: TableStatus): string {
  if (state === 'missing') return 'missing';
  return ageMs === null ? 'never synced' : formatAge(ageMs);
}

function formatLastRun({ lastRun }: TableStatus, now: number): string {
  if (lastRun === null) return '-';
  const ended = lastRun.finishedAt ?? lastRun.startedAt;
  const why = lastRun.error === null ? '' : ` [${lastRun.error.code}]`;
  return `${lastRun.status}${why} ${formatAge(now - Date.parse(ended))}`;
}
