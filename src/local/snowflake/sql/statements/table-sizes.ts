import type { StatementRun } from './run.ts';

export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
}

/** Rows and bytes of tables as the session sees them now. */
export async function tableSizes(ids: readonly number[], run: StatementRun): Promise<ReadonlyMap<number, TableSize>> {
  if (ids.length === 0) return new Map();
  const selects = ids.map(
    (id) => `SELECT ${id}, (SELECT count(*) FROM sf_data.t${id}), pg_table_size('sf_data.t${id}')`,
  );
  const { rows } = await run.read((connection) => connection.query(selects.join(' UNION ALL '), run.signal));
  return new Map(
    rows.map(([id, count, bytes]) => [
      Number(id),
      { rows: Number(count), bytes: Number(count) === 0 ? 0 : Number(bytes) },
    ]),
  );
}
