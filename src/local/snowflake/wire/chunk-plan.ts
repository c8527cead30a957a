import type { StatementResult, WireRow } from '../engine.ts';

/** Rows `[offset, offset + rowCount)` of a result, to be fetched as one chunk. */
export interface ChunkSpan {
  readonly offset: number;
  readonly rowCount: number;
  /** Of its uncompressed body, in bytes. */
  readonly estimatedBytes: number;
}

/** How a result is handed out: the first rows in the reply itself, the others as chunks. */
export interface ChunkPlan {
  readonly inline: readonly WireRow[];
  readonly chunks: readonly ChunkSpan[];
}

export interface ChunkPlanLimits {
  /** Rows of up to this many bytes travel in the reply. */
  readonly inlineBytes: number;
  /** The first chunk's size; every further one is twice the one before, up to `maximumBytes`. */
  readonly firstChunkBytes: number;
  /** No chunk's uncompressed body is larger, but for a single row that is larger by itself. */
  readonly maximumBytes: number;
}

const SAMPLES = 64;
const SAMPLE_ROWS = 64;
const ROWS_PER_SAMPLE = 1024;
/** Sampling cannot see every row: chunks are cut as if the rows were this much larger than the samples say. */
const MARGIN = 1.2;

/** The bytes that a row takes in a chunk's body, the comma behind it included. */
export function rowBytes(row: WireRow): number {
  return Buffer.byteLength(JSON.stringify(row)) + 1;
}

/** The leading rows of a result that fit `limit` bytes, read in growing steps, so that huge rows are not read by the thousand. */
async function leadingRows(result: StatementResult, limit: number): Promise<{ rows: WireRow[]; complete: boolean }> {
  const rows: WireRow[] = [];
  let bytes = 0;
  let step = 16;
  while (rows.length < result.rowCount) {
    const batch = await result.read(rows.length, Math.min(step, result.rowCount - rows.length));
    if (batch.length === 0)
      throw new Error(`The engine's result ended after ${rows.length} of ${result.rowCount} rows`);
    for (const row of batch) {
      bytes += rowBytes(row);
      if (bytes > limit) return { rows, complete: false };
      rows.push(row);
    }
    step = Math.min(step * 4, 1024);
  }
  return { rows, complete: true };
}

interface Density {
  readonly from: number;
  /** Bytes per row around here. */
  readonly bytes: number;
}

/**
 * Bytes per row along the result, from samples spread evenly over it. Each is the largest of itself, its neighbours and
 * the mean of all: rows whose size follows the result's order are seen by the neighbours, rare huge rows by the mean.
 */
async function sampleDensities(result: StatementResult, start: number): Promise<Density[]> {
  const rest = result.rowCount - start;
  const samples = Math.min(SAMPLES, Math.ceil(rest / ROWS_PER_SAMPLE));
  let totalBytes = 0;
  let totalRows = 0;
  const means: number[] = [];
  for (let index = 0; index < samples; index++) {
    const offset = start + Math.floor((rest * index) / samples);
    let bytes = 0;
    let read = 0;
    for (let step = 4; read < Math.min(SAMPLE_ROWS, result.rowCount - offset); step *= 4) {
      const rows = await result.read(
        offset + read,
        Math.min(step, SAMPLE_ROWS - read, result.rowCount - offset - read),
      );
      if (rows.length === 0) throw new Error(`The engine's result has no row ${offset + read} of ${result.rowCount}`);
      for (const row of rows) bytes += rowBytes(row);
      read += rows.length;
      if (bytes > 4_000_000) break;
    }
    means.push(bytes / read);
    totalBytes += bytes;
    totalRows += read;
  }
  const overall = totalBytes / totalRows;
  return means.map((mean, index) => ({
    from: start + Math.floor((rest * index) / samples),
    bytes: Math.max(mean, means[index - 1] ?? 0, means[index + 1] ?? 0, overall) * MARGIN,
  }));
}

/**
 * Cuts a result into inline rows and chunks, reading only the first rows and at most 4,096 sampled ones, whatever the
 * result's size: chunks begin at `firstChunkBytes` and double, as the real service's do, up to `maximumBytes`. Sizes are
 * estimates with a margin of 20% over what the samples around a chunk say.
 */
export async function planChunks(result: StatementResult, limits: ChunkPlanLimits): Promise<ChunkPlan> {
  const leading = await leadingRows(result, limits.inlineBytes);
  const inline = leading.rows;
  if (leading.complete) return { inline, chunks: [] };

  const densities = await sampleDensities(result, inline.length);
  const chunks: ChunkSpan[] = [];
  let offset = inline.length;
  let target = Math.min(limits.firstChunkBytes, limits.maximumBytes);
  let segment = 0;
  while (offset < result.rowCount) {
    const from = offset;
    let bytes = 0;
    while (offset < result.rowCount) {
      while ((densities[segment + 1]?.from ?? Infinity) <= offset) segment++;
      const perRow = densities[segment]?.bytes ?? 1;
      const end = densities[segment + 1]?.from ?? result.rowCount;
      const fitting = Math.floor((target - bytes) / perRow);
      const taken = Math.min(end - offset, Math.max(fitting, offset === from ? 1 : 0));
      if (taken === 0) break;
      offset += taken;
      bytes += taken * perRow;
    }
    chunks.push({ offset: from, rowCount: offset - from, estimatedBytes: Math.round(bytes) });
    target = Math.min(target * 2, limits.maximumBytes);
  }
  return { inline, chunks };
}
