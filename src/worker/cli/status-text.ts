import { displayRelation } from '../../sync-core/postgres/identifiers.ts';
import type { SourceOutcome } from '../../sync-core/source-status.ts';
import type { TableStatus } from '../../sync-core/status.ts';
import type { StatusOutcome } from '../commands/status.ts';
import { formatAge, formatBytes, formatCount } from '../protocol/figures.ts';
import type { Style } from './style.ts';
import { formatTextTable } from './text-table.ts';

/** The state of the tables for people. `now` is this machine's time, in ms, for the ages of runs. */
export function formatStatus({ target, tables, ledger, sources }: StatusOutcome, now: number, style: Style): string {
  const table = formatTextTable(
    [
      { title: 'table' },
      { title: 'relation' },
      { title: 'rows', align: 'right' },
      ...(sources === undefined ? [] : [{ title: 'source rows', align: 'right' } as const, { title: 'changed' }]),
      { title: 'size', align: 'right' },
      { title: 'indexes', align: 'right' },
      { title: 'kept', align: 'right' },
      { title: 'generation', align: 'right' },
      { title: 'synced' },
      { title: 'last run' },
    ],
    tables.map((status, index) => [
      status.table,
      displayRelation(status.relation),
      formatLiveRows(status),
      ...(sources === undefined ? [] : formatSource(sources[index])),
      status.bytes === null ? '-' : formatBytes(status.bytes),
      status.indexBytes === null ? '-' : formatBytes(status.indexBytes),
      formatKept(status),
      status.generation === null ? '-' : `${formatCount(status.generation)}${driftOf(status).length > 0 ? '*' : ''}`,
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
  const marked = tables.flatMap((status) => [
    ...driftOf(status).map((change) => `${style.yellow('*')} ${status.table}: ${change}`),
    ...(status.leftBehind.count === 0
      ? []
      : [
          `${status.table}: abandoned runs have left ${formatBytes(status.leftBehind.bytes)}; \`snowmelt clean\` removes it.`,
        ]),
  ]);
  const failed = (sources ?? []).flatMap((outcome) =>
    outcome.status === 'failed' ? [`${style.red('!')} ${outcome.table}: ${outcome.error.message}`] : [],
  );
  return [table, ...marked, ...failed, ...notes].join('\n');
}

/** Rows of the source, and whether it has changed since the live rows were fetched. */
function formatSource(outcome: SourceOutcome | undefined): readonly [rows: string, changed: string] {
  if (outcome?.status !== 'success') return ['failed', '?'];
  const { rows, changed } = outcome.source;
  return [rows === null ? '-' : formatCount(rows), changed === null ? '?' : changed ? 'yes' : 'no'];
}

/** What has changed since the live generation became live. */
function driftOf({ drift }: TableStatus): string[] {
  if (drift === null) return [];
  const { configurationChanged, replaced, missingColumns } = drift;
  return [
    ...(configurationChanged
      ? ['the configuration has changed since; `snowmelt plan` shows what a sync would do.']
      : []),
    ...(replaced ? ['somebody has put another table in its place since.'] : []),
    ...(missingColumns.length > 0 ? [`the table no longer has ${missingColumns.join(', ')}.`] : []),
  ];
}

/** `2: 91.4 MB` */
function formatKept({ kept }: TableStatus): string {
  return kept.count === 0 ? '-' : `${formatCount(kept.count)}: ${formatBytes(kept.bytes)}`;
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
