import { createHash } from 'node:crypto';
import type { RelationName } from '../config/resolved.ts';
import type { LedgerNames } from '../ledger/ledger-names.ts';
import { longestIdentifierBytes, quoteIdentifier, quoteRelation, suffixedIdentifier } from '../postgres/identifiers.ts';
import type { PostgresServer, PostgresSession } from '../postgres/session.ts';
import type { Staging, TargetTable } from './target-table.ts';

/**
 * A relation that stands beside a table: its staging table or an earlier generation. In the ledger's schema, so that what
 * publishes every table of the application's schema (tile servers, PostgREST) does not see it.
 */
export function storageName(table: RelationName, suffix: string, ledger: LedgerNames): RelationName {
  const base = table.schema === 'public' || !ledger.ownSchema ? table.name : `${table.schema}__${table.name}`;
  const fits = Buffer.byteLength(base) + Buffer.byteLength(suffix) + indexSuffixBytes <= longestIdentifierBytes;
  const hash = fits ? '' : `_${createHash('sha256').update(base).digest('hex').slice(0, 6)}`;
  const name = suffixedIdentifier(base, `${hash}${suffix}${' '.repeat(indexSuffixBytes)}`).trimEnd();
  return { schema: ledger.ownSchema ? ledger.schema : table.schema, name };
}

/** Room for `_i12` and the like after the name. */
const indexSuffixBytes = 6;

/**
 * The staging table of a run. A table that does not exist yet is staged in its own schema, whose default privileges it
 * should have; an existing one gets the live table's privileges in the swap.
 */
export function stagingOf(table: TargetTable, run: string, ledger: LedgerNames): Staging {
  const tag = run.replaceAll('-', '').slice(-8);
  const { name, schema } = storageName(table.relation, `__${tag}`, ledger);
  return { relation: { name, schema: table.live === null ? table.relation.schema : schema }, tag };
}

/** Where unqualified names of the configuration (types, functions) are looked up. */
export function configurationPath(relation: RelationName, server: PostgresServer): string[] {
  const path = [relation.schema, 'public', server.postgisSchema, server.vectorSchema];
  return [...new Set(path.filter((schema) => schema !== null))];
}

/**
 * Removes the staging table of a run that has ended or died, with whatever was built on it. Does nothing where there is none.
 * Sessions that still work on it are ended first: the server goes on with an index that it builds for a client that is no more.
 */
export async function dropStaging(
  session: PostgresSession,
  staging: RelationName,
  lockTimeoutMs: number,
): Promise<void> {
  if (!session.server.embedded) await session.query(endSessionsQuery, [quoteRelation(staging), lockTimeoutMs]);
  await session.query(`DROP TABLE IF EXISTS ${quoteRelation(staging)}`, [], { lockTimeoutMs });
}

/** Only sessions of Snowmelt and of this role; anybody else who looks at the table is waited for. $1 is the table, $2 how long, in ms. */
const endSessionsQuery = `
  SELECT pg_terminate_backend(pid, $2)
    FROM (SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
           WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND l.relation = to_regclass($1) AND a.usename = current_user AND a.application_name LIKE 'snowmelt:%'
             AND a.pid <> pg_backend_pid()) AS working`;

/** The COPY that fills the staging table. */
export function copyStatement(staging: Staging, columns: readonly string[]): string {
  return `COPY ${quoteRelation(staging.relation)} (${columns.map(quoteIdentifier).join(', ')}) FROM STDIN (FORMAT text, ENCODING 'UTF8')`;
}
