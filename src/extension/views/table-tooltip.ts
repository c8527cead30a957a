import { formatBytes, formatCount, formatRows } from '../../worker/protocol/figures.ts';
import type { RelationName, RunRecord, TableStatus } from '../../worker/protocol/protocol.ts';
import { formatDateTime, formatEstimate, joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { TableState } from '../model/target-state.ts';
import { failureText } from './failure-node.ts';
import { code, commandLink, factTable, list, paragraphs, plain } from './markdown.ts';
import { formatProgress } from './run-progress.ts';
import type { TableCondition, TableSurroundings } from './table-item.ts';

const titles: Readonly<Record<TableCondition, string>> = {
  running: '$(sync) running',
  failed: '$(error) last sync failed',
  drifted: '$(warning) drifted',
  stale: '$(cloud-download) stale',
  missing: '$(circle-large-outline) not synced yet',
  fresh: '$(pass) fresh',
  unknown: 'not looked at yet',
};

/** All that is known of a table without describing it. */
export function tableTooltip(table: TableState, around: TableSurroundings, condition: TableCondition): string {
  const { status, staleness } = table;
  const { run } = around;
  return paragraphs(
    `**${plain(table.table.name)}** · ${titles[condition]}${run === undefined ? '' : `: ${plain(formatProgress(run))}`}`,
    list(staleness.reasons.map(plain)),
    bothSides(table),
    status !== undefined && historyOf(status),
    lastFailure(status?.lastRun),
    sourceFailure(table),
    leftBehind(table),
    links(table, around),
  );
}

function bothSides({ table, status, source, target }: TableState): string {
  const rows = status === undefined || status.rows === null ? undefined : formatEstimate(status.rows, status.rowsExact);
  const sourceRows = source?.status === 'success' && source.rows !== null ? formatCount(source.rows) : undefined;
  const size =
    status === undefined || status.bytes === null
      ? undefined
      : joinFacts(
          formatBytes(status.bytes),
          status.indexBytes !== null && `${formatBytes(status.indexBytes)} of it indexes`,
        );
  return factTable(
    ['', `Postgres (${plain(target.name)})`, 'Snowflake'],
    [
      ['Object', code(relationText(table.relation)), table.object === null ? plain(table.source) : code(table.object)],
      ['Rows', rows === undefined ? undefined : plain(rows), sourceRows],
      ['Size', size],
    ],
  );
}

export function relationText({ schema, name }: RelationName): string {
  return `${schema}.${name}`;
}

function historyOf({ generation, syncedAt, syncedRows, kept, lastRun }: TableStatus): string {
  const facts = [
    syncedAt !== null &&
      `Synced ${plain(formatDateTime(Date.parse(syncedAt)))}${syncedRows === null ? '' : `: ${formatRows(syncedRows)}`}`,
    lastRun?.status === 'success' && `by ${plain(lastRun.startedBy)}, run ${code(lastRun.run)}`,
    generation !== null && `generation ${formatCount(generation)}`,
    kept.count > 0 && `${formatCount(kept.count)} earlier kept (${formatBytes(kept.bytes)})`,
  ];
  return joinFacts(...facts);
}

function lastFailure(run: RunRecord | null | undefined): string | undefined {
  if (run?.status === 'abandoned')
    return `$(warning) The last run was abandoned: its process died. Its rows were never live.`;
  if (run?.status !== 'failed' || run.error === null) return undefined;
  return `**Last run failed** (${plain(formatDateTime(Date.parse(run.finishedAt ?? run.startedAt)))})\n\n${failureText(run.error)}`;
}

function sourceFailure({ source }: TableState): string | undefined {
  return source?.status === 'failed' ? `**Snowflake:** ${failureText(source.error)}` : undefined;
}

function leftBehind({ status }: TableState): string | undefined {
  if (status === undefined || status.leftBehind.count === 0) return undefined;
  return `Abandoned runs have left ${formatBytes(status.leftBehind.bytes)} behind.`;
}

function links(table: TableState, { run }: TableSurroundings): string {
  const { project, target, status } = table;
  const subject = { kind: 'table', config: project.config, target: target.name, table: table.table.name } as const;
  if (run !== undefined) {
    const runSubject = { ...subject, kind: 'run', run: run.id } as const;
    return joinFacts(
      commandLink('Open Run', commands.openRun, runSubject),
      commandLink('Cancel', commands.cancel, runSubject),
    );
  }
  return joinFacts(
    commandLink('Sync', commands.syncTable, subject),
    commandLink('Plan', commands.plan, subject),
    commandLink('Verify', commands.verify, subject),
    (status?.kept.count ?? 0) > 0 && commandLink('Roll Back…', commands.rollBack, subject),
    (status?.leftBehind.count ?? 0) > 0 && commandLink('Clean Up…', commands.clean, subject),
    status?.lastRun != null &&
      commandLink('Last Run', commands.openRun, { ...subject, kind: 'run', run: status.lastRun.run }),
  );
}
