import { formatAge, formatBytes, formatCount, formatDuration, formatRows } from '../../worker/protocol/figures.ts';
import type { RunStatus, SyncStep } from '../../worker/protocol/protocol.ts';
import { firstSentence, formatDateTime, formatMoment, joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { LiveRun } from '../model/live-run.ts';
import type { Subject } from '../commands/subject.ts';
import { contextValue } from './context-value.ts';
import { failureText } from './failure-node.ts';
import { code, commandLink, factTable, paragraphs, plain } from './markdown.ts';
import type { RunEntry } from './run-entry.ts';
import { formatProgress, formatRate, formatStep } from './run-progress.ts';
import type { ItemContent, ItemIcon } from './tree-node.ts';

const icons: Readonly<Record<RunStatus, ItemIcon>> = {
  running: { id: 'sync~spin', color: 'progressBar.background' },
  success: { id: 'pass', color: 'testing.iconPassed' },
  failed: { id: 'error', color: 'list.errorForeground' },
  cancelled: { id: 'circle-slash', color: 'disabledForeground' },
  abandoned: { id: 'debug-disconnect', color: 'list.warningForeground' },
};

/** A run that this window has started and that is under way. */
export function liveRunItem(run: LiveRun, subject: Subject): ItemContent {
  const where = `${run.table} in ${run.target}`;
  return {
    label: `${run.table} · ${formatStep(run)}`,
    description: joinFacts(formatRate(run), run.rows > 0 && formatRows(run.rows)),
    icon: run.state === 'waiting' ? { id: 'clock' } : icons.running,
    contextValue: contextValue('liveRun'),
    action: { kind: 'command', title: 'Open Run', command: commands.openRun, subject },
    tooltip: paragraphs(
      `**${plain(where)}**: ${plain(formatProgress(run))}`,
      `Started ${plain(formatDateTime(run.startedAt))}`,
      joinFacts(commandLink('Open Run', commands.openRun, subject), commandLink('Cancel', commands.cancel, subject)),
    ),
    spoken: `Run of ${where}: ${formatProgress(run).replace(' · ', ', ')}.`,
  };
}

/** A run that has ended, or that another process is at work on. */
export function runItem(entry: RunEntry, subject: Subject, now: number): ItemContent {
  const unsuccessful = entry.status !== 'success' && entry.status !== 'running';
  const outcome = formatOutcome(entry);
  const facts = joinFacts(figures(entry), when(entry, now));
  return {
    label: `${entry.table} · ${outcome}`,
    description: facts,
    icon: entry.kind === 'rollback' && entry.status === 'success' ? { id: 'discard' } : icons[entry.status],
    contextValue: contextValue('run', entry.kind === 'sync' && 'rerunnable', unsuccessful && 'unsuccessful'),
    action: { kind: 'command', title: 'Open Run', command: commands.openRun, subject },
    tooltip: tooltip(entry, subject, outcome),
    spoken: `Run of ${entry.table}, ${outcome}: ${facts.replaceAll(' · ', ', ')}.`,
  };
}

function formatOutcome({ kind, status }: RunEntry): string {
  if (kind === 'sync') return status;
  return status === 'success' ? 'rolled back' : `rollback ${status}`;
}

function figures({ status, rows, startedAt, finishedAt, error, startedBy }: RunEntry): string {
  const took = finishedAt === undefined ? undefined : formatDuration(Math.max(0, finishedAt - startedAt));
  switch (status) {
    case 'success':
      return [rows !== null && formatRows(rows), took !== undefined && `in ${took}`].filter(Boolean).join(' ');
    case 'failed':
      return error === undefined ? '' : firstSentence(error.message);
    case 'cancelled':
      return took === undefined ? '' : `after ${took}`;
    case 'abandoned':
      return 'its process died';
    case 'running':
      return startedBy === undefined ? '' : `by ${startedBy}`;
  }
}

function when({ status, startedAt, finishedAt }: RunEntry, now: number): string {
  if (status === 'running') return `since ${formatMoment(startedAt, now)}`;
  return formatAge(Math.max(0, now - (finishedAt ?? startedAt)));
}

const steps: readonly SyncStep[] = ['plan', 'extract', 'stage', 'verify', 'swap', 'record'];

function tooltip(entry: RunEntry, subject: Subject, outcome: string): string {
  const { table, run, startedAt, finishedAt, rows, bytes, generation, strategy, source, sourceQueryId } = entry;
  const { stepMs, warnings, error, startedBy, client, kind } = entry;
  const took = finishedAt === undefined ? undefined : Math.max(0, finishedAt - startedAt);
  return paragraphs(
    `**${plain(table)}** · ${plain(outcome)}`,
    error !== undefined && failureText(error),
    entry.status === 'abandoned' && 'Its process died before it had ended. The rows of the table are those of before.',
    factTable(
      ['', ''],
      [
        ['Started', joinFacts(plain(formatDateTime(startedAt)), startedBy !== undefined && `by ${plain(startedBy)}`)],
        ['With', client === undefined ? undefined : plain(client)],
        ['Took', took === undefined ? undefined : formatDuration(took)],
        ['Rows', rows === null ? undefined : joinFacts(formatCount(rows), bytes !== null && formatBytes(bytes))],
        ['Strategy', strategy],
        ['Generation', generation === null ? undefined : formatCount(generation)],
        ['Source', source === null ? undefined : code(source)],
        ['Query', sourceQueryId === null ? undefined : code(sourceQueryId)],
        ['Run', startedBy === undefined ? undefined : code(run)],
        [
          'Steps',
          steps
            .flatMap((step) => (stepMs[step] === undefined ? [] : [`${step} ${formatDuration(stepMs[step])}`]))
            .join(', '),
        ],
      ],
    ),
    ...warnings.map(({ message }) => `$(warning) ${plain(message)}`),
    joinFacts(
      commandLink('Open Run', commands.openRun, subject),
      kind === 'sync' && commandLink('Run Again', commands.rerun, subject),
    ),
  );
}
