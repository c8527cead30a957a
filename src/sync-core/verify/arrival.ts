import { SyncError } from '../errors.ts';
import { copyLineColumn } from '../extract/copy-line.ts';
import type { SnowflakeSession } from '../snowflake/session.ts';

/** Rows, and bytes of their COPY lines with the line ends. */
export interface Arrival {
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Counts a finished extract by its own result, without touching the source again: what is compared is exactly what was sent.
 * @see https://docs.snowflake.com/en/sql-reference/functions/result_scan
 */
export function resultArrival(queryId: string): string {
  return `SELECT COUNT(*), COALESCE(SUM(OCTET_LENGTH(${copyLineColumn}) + 1), 0) FROM TABLE(RESULT_SCAN('${queryId}'))`;
}

/**
 * Compares what arrived with what Snowflake says that it sent.
 * @throws SyncError `arrival.mismatch`.
 */
export async function verifyArrival(session: SnowflakeSession, queryId: string, arrived: Arrival): Promise<void> {
  const { rows } = await session.read(resultArrival(queryId));
  const [expectedRows, expectedBytes] = [Number(rows[0]?.[0]), Number(rows[0]?.[1])];
  if (expectedRows === arrived.rows && expectedBytes === arrived.bytes) return;
  throw new SyncError(
    'arrival.mismatch',
    `Snowflake sent ${expectedRows} rows (${expectedBytes} bytes), but ${arrived.rows} rows (${arrived.bytes} bytes) arrived.`,
    {
      remedy:
        'The live table is as it was. Run it again; if it happens again, a proxy may be cutting or changing responses.',
      details: { expectedRows, arrivedRows: arrived.rows, expectedBytes, arrivedBytes: arrived.bytes },
    },
  );
}
