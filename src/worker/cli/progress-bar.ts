import type { SyncStep } from '../../sync-core/errors.ts';
import { formatBytes, formatCount, formatDuration } from '../protocol/figures.ts';
import type { Style } from './style.ts';

/** What is known of a running table. Times are of one monotonic clock, in ms. */
export interface TableProgress {
  readonly table: string;
  readonly startedAt: number;
  readonly step: SyncStep | undefined;
  readonly rows: number;
  readonly totalRows: number | null;
  readonly bytes: number;
  readonly rowsPerSecond: number;
  /** What the table waits for, in place of the figures. */
  readonly waiting: string | undefined;
}

const barWidth = 20;
const shortestName = 12;
const stepWidth = 'extract'.length;

/**
 * One line of at most `width` columns. What matters least is left out first where the line is too narrow: bytes, rate,
 * rows, bar; then the table's name is cut. What is waited for is cut at the end.
 */
export function renderProgressLine(progress: TableProgress, width: number, now: number, style: Style): string {
  const { table, step, waiting } = progress;
  const elapsed = formatDuration(now - progress.startedAt);
  const fixed = [(step ?? 'connect').padEnd(stepWidth), elapsed];
  let kept = waiting === undefined ? figures(progress) : [];
  const length = (): number => [table, ...fixed, ...kept.map(({ text }) => text)].join('  ').length;
  while (kept.length > 0 && length() > width) {
    const worst = Math.max(...kept.map(({ rank }) => rank));
    kept = kept.filter(({ rank }) => rank !== worst);
  }
  const room = width - (length() - table.length);
  const name = table.length <= room ? table : cut(table, Math.max(room, Math.min(shortestName, width)));
  const rest = waiting === undefined ? kept.map(({ text }) => text) : [waiting];
  const line = [name, ...fixed, ...rest].join('  ');
  const shown = line.length <= width ? line : cut(line, width);
  return shown.startsWith(name) ? style.bold(name) + shown.slice(name.length) : shown;
}

function figures({ rows, totalRows, bytes, rowsPerSecond }: TableProgress): { rank: number; text: string }[] {
  if (rows === 0 && bytes === 0) return [];
  const parts: { rank: number; text: string }[] = [];
  if (totalRows !== null && totalRows > 0) {
    const fraction = Math.min(1, rows / totalRows);
    const filled = Math.round(fraction * barWidth);
    parts.push({ rank: 1, text: `${Math.floor(fraction * 100)} %`.padStart(5) });
    parts.push({ rank: 2, text: `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]` });
  }
  const ofTotal = totalRows === null ? '' : `/${formatCount(totalRows)}`;
  parts.push({ rank: 3, text: `${formatCount(rows)}${ofTotal} rows` });
  parts.push({ rank: 4, text: `${formatCount(rowsPerSecond)} rows/s` });
  parts.push({ rank: 5, text: formatBytes(bytes) });
  return parts;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}
