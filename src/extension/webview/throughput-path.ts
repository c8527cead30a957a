/** Time in ms and rows per second then. */
export type Sample = readonly [ms: number, rowsPerSecond: number];

export interface ThroughputPath {
  /** Of the line; empty where there are fewer than two samples. */
  readonly line: string;
  /** Of the area below it. */
  readonly area: string;
  /** The value at the upper edge: round, and no smaller than any sample. */
  readonly top: number;
  /** The time at the right edge, in ms. */
  readonly duration: number;
  readonly highest: number;
}

/** Rates over time as SVG paths on a field of this size, with 0 below. Coordinates have one decimal. */
export function throughputPath(samples: readonly Sample[], width: number, height: number): ThroughputPath {
  const highest = Math.max(0, ...samples.map(([, rate]) => rate));
  const top = roundedUp(highest);
  const duration = samples.at(-1)?.[0] ?? 0;
  if (samples.length < 2 || duration <= 0) return { line: '', area: '', top, duration, highest };
  const points = samples.map(([ms, rate]) => {
    const x = (ms / duration) * width;
    const y = height - (rate / top) * height;
    return `${decimal(x)} ${decimal(y)}`;
  });
  const line = `M${points.join('L')}`;
  return { line, area: `${line}L${decimal(width)} ${decimal(height)}L0 ${decimal(height)}Z`, top, duration, highest };
}

/** The next of 1, 1.5, 2, 3, 5, 7.5 and 10 times a power of ten, and no less than 1. */
function roundedUp(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 5, 7.5].find((candidate) => candidate * power >= value) ?? 10;
  return step * power;
}

function decimal(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** At most `most` samples, spread evenly, with the first and the last. */
export function thinned(samples: readonly Sample[], most: number): readonly Sample[] {
  if (samples.length <= most) return samples;
  const step = (samples.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => samples[Math.round(index * step)]).filter(
    (sample) => sample !== undefined,
  );
}
