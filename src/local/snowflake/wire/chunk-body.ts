import type { StatementResult } from '../engine.ts';
import type { ChunkSpan } from './chunk-plan.ts';

const BATCH_BYTES = 512 * 1024;
const LARGEST_BATCH_ROWS = 8192;

/**
 * The uncompressed body of a chunk, piece by piece: JSON arrays with commas between them and no brackets around all,
 * which is what the driver's `connection/result/chunk.js` adds them to. Holds about half a megabyte at a time, and
 * gives the same bytes every time it is asked for. Throws if the engine does not deliver every row of the span.
 */
export async function* chunkBody(result: StatementResult, span: ChunkSpan): AsyncGenerator<Buffer, void, undefined> {
  const bytesPerRow = Math.max(span.estimatedBytes / span.rowCount, 1);
  const batchRows = Math.min(Math.max(Math.floor(BATCH_BYTES / bytesPerRow), 1), LARGEST_BATCH_ROWS);
  const end = span.offset + span.rowCount;
  let offset = span.offset;
  let next = result.read(offset, Math.min(batchRows, end - offset));
  while (offset < end) {
    const rows = await next;
    if (rows.length !== Math.min(batchRows, end - offset)) {
      throw new Error(
        `The engine gave ${rows.length} rows of ${result.queryId} from row ${offset}, not ${Math.min(batchRows, end - offset)}`,
      );
    }
    const first = offset === span.offset;
    offset += rows.length;
    if (offset < end) {
      next = result.read(offset, Math.min(batchRows, end - offset));
      // Read ahead: a rejection while the consumer is away is taken up by the await above.
      next.catch(() => undefined);
    }
    const text = JSON.stringify(rows);
    yield Buffer.from(first ? text.slice(1, -1) : `,${text.slice(1, -1)}`);
  }
}
