/** How figures are written for people, the same by the command and in the editor. */

/** Made at its first use: the language data behind it takes 20 ms to load, of an activation that may take 50. */
let grouped: Intl.NumberFormat | undefined;

/** `153,592` */
export function formatCount(count: number): string {
  grouped ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  return grouped.format(count);
}

/** `1 row`, `153,592 rows` */
export function formatRows(rows: number): string {
  return `${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Three digits in decimal units: `812 B`, `21.3 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 999.5) return `${Math.round(bytes)} B`;
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < byteUnits.length - 1; unit += 1) value /= 1_000;
  return `${value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${byteUnits[unit] ?? ''}`;
}

/** `45 ms`, `1.24 s`, `2 min 05 s`, `3 h 20 min`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${twoDigits(minutes % 60)} min`;
}

/** How long ago something was, in its largest unit: `just now`, `5 min ago`, `3 d ago`. */
export function formatAge(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${formatCount(Math.floor(seconds / 86_400))} d ago`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
