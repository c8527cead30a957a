import type { TableConfig } from '../config/resolved.ts';
import type { PostgresSession } from '../postgres/session.ts';
import { readLedgers } from './read-ledgers.ts';

/**
 * The token of the source that the live rows of each table were fetched with, by the table's name. Without those that have none, that
 * somebody has replaced since, or whose ledger the role may not read.
 *
 * @throws as {@link readLedgers}.
 */
export async function liveTokens(
  session: PostgresSession,
  tables: readonly TableConfig[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  await readLedgers(session, tables, async ({ names }, inLedger) => {
    // Through JSON, because a ledger of version 1, which has no such column, is upgraded only by whoever writes to it.
    const rows = await session.query<{ position: number; token: string }>(
      `SELECT asked.position::int AS position, to_jsonb(t) ->> 'source_token' AS token
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked(schema, name, position)
         JOIN ${names.tables} t ON t.relation_schema = asked.schema AND t.relation_name = asked.name
         JOIN pg_namespace n ON n.nspname = asked.schema
         JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.name AND c.oid::bigint = t.relation_oid
        WHERE to_jsonb(t) ->> 'source_token' IS NOT NULL`,
      [inLedger.map(({ target }) => target.schema), inLedger.map(({ target }) => target.name)],
    );
    for (const { position, token } of rows) {
      const table = inLedger[position - 1];
      if (table !== undefined) found.set(table.name, token);
    }
  });
  return found;
}
