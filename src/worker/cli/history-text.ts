import type { RunRecord } from '../../sync-core/ledger/run-history.ts';
import type { HistoryOutcome } from '../commands/history.ts';
import { formatBytes, formatCount, formatDuration } from '../protocol/figures.ts';
import type { Style } from './style.ts';
import { formatTextTable } from './text-table.ts';

/** Runs for people, newest first, with the reason under each that failed. */
export function formatHistory({ target, runs, ledger }: HistoryOutcome, style: Style): string {
  if (!ledger) return `Nothing has been synced into ${target} yet. Start with \`snowmelt sync\`.`;
  if (runs.length === 0) return `There is no such run in ${target}.`;
  const [title, ...lines] = formatTextTable(
    [
      { title: 'started' },
      { title: 'table' },
      { title: 'outcome' },
      { title: 'rows', align: 'right' },
      { title: 'changed', align: 'right' },
      { title: 'bytes', align: 'right' },
      { title: 'took', align: 'right' },
      { title: 'generation', align: 'right' },
      { title: 'by' },
      { title: 'run' },
    ],
    runs.map((run) => [
      formatLocalTime(new Date(run.startedAt)),
      run.table,
      run.status,
      run.rows === null ? '-' : formatCount(run.rows),
      changedRows(run),
      run.bytes === null ? '-' : formatBytes(run.bytes),
      run.finishedAt === null ? '-' : formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt)),
      run.generation === null ? '-' : formatCount(run.generation),
      `${run.startedBy}, ${run.client}`,
      run.run,
    ]),
    style.dim,
  ).split('\n');
  const withReasons = lines.flatMap((line, index) => [line, ...reasonOf(runs[index])]);
  return [title, ...withReasons].join('\n');
}

/** `+3 ±10 -2`: inserted, updated, deleted. */
function changedRows({ changes }: RunRecord): string {
  if (changes === null) return '-';
  const { inserted, updated, deleted } = changes;
  if (inserted + updated + deleted === 0) return 'none';
  return `+${formatCount(inserted)} ±${formatCount(updated)} -${formatCount(deleted)}`;
}

function reasonOf(run: RunRecord | undefined): string[] {
  const error = run?.error ?? null;
  if (error === null) return [];
  const step = error.step === undefined ? '' : ` at ${error.step}`;
  return [`    ${error.code}${step}: ${(error.message.split('\n')[0] ?? '').trim()}`];
}

/** `2026-03-01 14:05:09` by this machine's clock. */
function formatLocalTime(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}
