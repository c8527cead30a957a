import { formatAge, formatCount, formatRows } from '../../worker/protocol/figures.ts';
import type { LiveRun } from '../model/live-run.ts';
import type { TableState, TargetState } from '../model/target-state.ts';
import { formatEstimate, formatMoment, joinFacts } from '../format.ts';
import { contextValue } from './context-value.ts';
import { formatProgress } from './run-progress.ts';
import { tableTooltip } from './table-tooltip.ts';
import type { ItemContent, ItemIcon } from './tree-node.ts';

/** What a table's item is made of beside the table itself. `now` and `seenAt` in ms since the epoch. */
export interface TableSurroundings {
  readonly now: number;
  /** How its target was, when it was last looked at. */
  readonly targetState: TargetState['state'];
  readonly seenAt: number | undefined;
  /** The run of this window that is at work on it. */
  readonly run: LiveRun | undefined;
}

/** How a table stands, in the one word that its icon stands for. The first that applies. */
export type TableCondition = 'running' | 'failed' | 'drifted' | 'stale' | 'missing' | 'fresh' | 'unknown';

export function conditionOf({ status, staleness }: TableState, run: LiveRun | undefined): TableCondition {
  if (run !== undefined) return 'running';
  const last = status?.lastRun?.status;
  if (last === 'failed' || last === 'abandoned') return 'failed';
  return staleness.kind;
}

const icons: Readonly<Record<TableCondition, ItemIcon>> = {
  running: { id: 'sync~spin', color: 'progressBar.background' },
  failed: { id: 'error', color: 'list.errorForeground' },
  drifted: { id: 'warning', color: 'list.warningForeground' },
  stale: { id: 'cloud-download', color: 'list.warningForeground' },
  missing: { id: 'circle-large-outline' },
  fresh: { id: 'pass', color: 'testing.iconPassed' },
  unknown: { id: 'table' },
};

/** A table of a target. */
export function tableItem(table: TableState, around: TableSurroundings): ItemContent {
  const { status, staleness } = table;
  const { run, targetState } = around;
  const condition = conditionOf(table, run);
  const outdated = status !== undefined && (targetState === 'failed' || targetState === 'stopped');
  const icon = icons[condition];
  return {
    label: table.table.name,
    description: run === undefined ? describe(table, around, outdated) : formatProgress(run),
    tooltip: tableTooltip(table, around, condition),
    icon: outdated && run === undefined ? { id: icon.id, color: 'disabledForeground' } : icon,
    contextValue: contextValue(
      'table',
      run !== undefined && 'running',
      staleness.kind === 'stale' && 'stale',
      (status?.kept.count ?? 0) > 0 && 'hasGenerations',
      (status?.leftBehind.count ?? 0) > 0 && 'leftBehind',
    ),
    spoken: speak(table, around, condition, outdated),
    outdated: outdated && run === undefined,
  };
}

/** Rows in Snowflake, where Snowflake was asked and has another number than the table had after its last sync. */
export function rowsElsewhere({ status, source }: TableState): number | undefined {
  if (status === undefined || source?.status !== 'success' || source.rows === null) return undefined;
  const here = status.rowsExact ? status.rows : (status.syncedRows ?? status.rows);
  return here === source.rows ? undefined : source.rows;
}

/** How long ago the live rows came, in ms: by the server's clock when it was asked, and by this machine's since. */
export function ageOf(
  { status }: TableState,
  { now, seenAt }: Pick<TableSurroundings, 'now' | 'seenAt'>,
): number | undefined {
  if (status === undefined || status.ageMs === null) return undefined;
  return status.ageMs + Math.max(0, now - (seenAt ?? now));
}

function describe(table: TableState, around: TableSurroundings, outdated: boolean): string {
  const { status } = table;
  if (status === undefined) return '';
  const elsewhere = rowsElsewhere(table);
  if (status.state === 'missing') {
    return joinFacts('not synced yet', elsewhere !== undefined && `${formatRows(elsewhere)} in Snowflake`);
  }
  const rows = status.rows === null ? undefined : formatEstimate(status.rows, status.rowsExact);
  const both =
    elsewhere === undefined
      ? rows === undefined
        ? undefined
        : `${rows} ${status.rows === 1 ? 'row' : 'rows'}`
      : `${rows ?? '?'} → ${formatCount(elsewhere)} in Snowflake`;
  return joinFacts(
    both,
    outdated && around.seenAt !== undefined ? `as of ${formatMoment(around.seenAt, around.now)}` : since(table, around),
  );
}

function since(table: TableState, around: TableSurroundings): string {
  const age = ageOf(table, around);
  return age === undefined ? 'never synced' : formatAge(age);
}

const conditions: Readonly<Record<TableCondition, string>> = {
  running: 'running',
  failed: 'last sync failed',
  drifted: 'drifted',
  stale: 'stale',
  missing: 'not synced yet',
  fresh: 'fresh',
  unknown: 'not looked at yet',
};

function speak(table: TableState, around: TableSurroundings, condition: TableCondition, outdated: boolean): string {
  const { status, staleness } = table;
  const { run, seenAt, now } = around;
  const name = table.table.name;
  if (run !== undefined) return `${name}: ${formatProgress(run)}.`;
  if (status === undefined) return `${name}: ${conditions[condition]}.`;
  const age = ageOf(table, around);
  const elsewhere = rowsElsewhere(table);
  const facts = [
    conditions[condition],
    status.rows !== null && `${status.rowsExact ? '' : 'about '}${formatRows(status.rows)}`,
    elsewhere !== undefined && `${formatCount(elsewhere)} in Snowflake`,
    age !== undefined && `synced ${formatAge(age)}`,
    outdated && seenAt !== undefined && `as of ${formatMoment(seenAt, now)}`,
  ].filter((fact) => fact !== false);
  return [`${name}: ${facts.join(', ')}.`, ...staleness.reasons].join(' ');
}
