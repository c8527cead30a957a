import type { RelationName } from '../../sync-core/config/resolved.ts';
import type { Transaction } from '../../sync-core/postgres/session.ts';
import { quoteRelation } from '../../sync-core/postgres/identifiers.ts';

/** How Postgres would run a query. */
export interface ExplainedQuery {
  /** As EXPLAIN prints it, without costs. */
  readonly plan: readonly string[];
  /** The GiST index of the relation that the plan goes by; undefined where it goes by none. */
  readonly index: string | undefined;
}

/** Asks for the plan of a query, and which GiST index of a relation it uses. Does not run the query. */
export async function explainByIndex(
  transaction: Pick<Transaction, 'query'>,
  relation: RelationName,
  sql: string,
): Promise<ExplainedQuery> {
  const explained = await transaction.query<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS OFF) ${sql}`);
  const plan = explained.map((row) => row['QUERY PLAN']);
  const gist = await transaction.query<{ name: string; shown: string }>(
    `SELECT i.relname AS name, quote_ident(i.relname) AS shown
       FROM pg_catalog.pg_index x
       JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
       JOIN pg_catalog.pg_am a ON a.oid = i.relam
      WHERE x.indrelid = $1::pg_catalog.regclass AND a.amname = 'gist'`,
    [quoteRelation(relation)],
  );
  const used = gist.find(({ shown }) =>
    plan.some((line) => line.includes(`Scan using ${shown} `) || line.includes(`Scan on ${shown}`)),
  );
  return { plan, index: used?.name };
}
