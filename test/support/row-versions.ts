import type pg from 'pg';
import type { TableConfig } from '../../src/sync-core/config/resolved.ts';

/** By their ids: what a row has, and which physical version it is. */
export type RowVersions = ReadonlyMap<string, { readonly row: string; readonly xmin: string }>;

/** The rows of a table whose key is `id`. */
export async function rowVersions(
  client: pg.Client,
  { target: { schema, name } }: Pick<TableConfig, 'target'>,
): Promise<RowVersions> {
  const { rows } = await client.query<{ key: string; row: string; xmin: string }>(
    `SELECT id::text AS key, t::text AS row, xmin::text FROM ${schema}.${name} t`,
  );
  return new Map(rows.map(({ key, ...version }) => [key, version]));
}
