import type { RelationName, TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import type { SourceOffset } from '../incremental/source-offset.ts';
import type { Relation } from '../postgres/relation.ts';
import type { PostgresSession } from '../postgres/session.ts';
import type { Ledger, StoredGeneration } from './ledger.ts';

/** An earlier generation that can still be gone back to. */
export interface KeptGeneration extends StoredGeneration {
  readonly generation: number;
  readonly rows: number | null;
  readonly retiredAt: string;
  /** What the configuration and the source were; null for a table that Snowmelt had not filled. */
  readonly configHash: string | null;
  readonly sourceColumns: Readonly<Record<string, string>> | null;
  /** The source's token when it was fetched; null where there is none. */
  readonly sourceToken: string | null;
  /** Up to where its rows follow the changes of the source; null where they are not followed. */
  readonly sourceOffset: SourceOffset | null;
}

/** An earlier generation, and what keeping it takes. */
export interface KeptSpace {
  readonly generation: number;
  readonly rows: number | null;
  /** When it ceased to be live. */
  readonly retiredAt: string;
  /** With indexes and TOAST. */
  readonly bytes: number;
}

/** The generations of the table that are kept, latest first. */
export async function keptGenerations(
  session: PostgresSession,
  ledger: Ledger,
  relation: RelationName,
): Promise<readonly KeptGeneration[]> {
  interface Row {
    generation: string;
    row_count: string | null;
    retired_at: Date;
    stored_schema: string;
    stored_name: string;
    stored_kind: StoredGeneration['kind'];
    structure: Relation;
    config_hash: string | null;
    source_columns: Record<string, string> | null;
    source_token: string | null;
    source_offset: SourceOffset | null;
  }
  const rows = await session.query<Row>(
    `SELECT generation, row_count, retired_at, stored_schema, stored_name, stored_kind, structure, config_hash, source_columns, source_token, source_offset
       FROM ${ledger.names.generations}
      WHERE relation_schema = $1 AND relation_name = $2 AND stored_name IS NOT NULL AND dropped_at IS NULL
      ORDER BY generation DESC`,
    [relation.schema, relation.name],
  );
  return rows.map((row) => ({
    generation: Number(row.generation),
    rows: row.row_count === null ? null : Number(row.row_count),
    retiredAt: row.retired_at.toISOString(),
    relation: { schema: row.stored_schema, name: row.stored_name },
    kind: row.stored_kind,
    structure: row.structure,
    configHash: row.config_hash,
    sourceColumns: row.source_columns,
    sourceToken: row.source_token,
    sourceOffset: row.source_offset,
  }));
}

/** The same generations for whoever only looks, also at a ledger of an earlier version. */
export async function keptSpace(
  session: PostgresSession,
  ledger: Ledger,
  relation: RelationName,
): Promise<readonly KeptSpace[]> {
  const rows = await session.query<{ generation: string; row_count: string | null; retired_at: Date; bytes: string }>(
    `SELECT g.generation, g.row_count, g.retired_at, coalesce(pg_total_relation_size(s.oid), 0)::text AS bytes
       FROM ${ledger.names.generations} g
       LEFT JOIN pg_namespace n ON n.nspname = g.stored_schema
       LEFT JOIN pg_class s ON s.relnamespace = n.oid AND s.relname = g.stored_name
      WHERE g.relation_schema = $1 AND g.relation_name = $2 AND g.stored_name IS NOT NULL AND g.dropped_at IS NULL
      ORDER BY g.generation DESC`,
    [relation.schema, relation.name],
  );
  return rows.map((row) => ({
    generation: Number(row.generation),
    rows: row.row_count === null ? null : Number(row.row_count),
    retiredAt: row.retired_at.toISOString(),
    bytes: Number(row.bytes),
  }));
}

/**
 * What leads from the live rows back to generation `to`: at most one whole generation (a table or a copy) first, and then what
 * undoes the merges between it and the one that is wanted.
 * @param to undefined for the generation before the live one.
 * @throws SyncError `rollback.unavailable`, naming the generations that are kept.
 */
export function pathBack(
  config: TableConfig,
  kept: readonly KeptGeneration[],
  live: number,
  to: number | undefined,
): readonly [KeptGeneration, ...KeptGeneration[]] {
  const wanted = to ?? live - 1;
  const byNumber = new Map(kept.map((generation) => [generation.generation, generation]));
  const path: KeptGeneration[] = [];
  for (let number = wanted; number < live; number += 1) {
    const generation = byNumber.get(number);
    if (generation === undefined) break;
    path.unshift(generation);
    if (generation.kind !== 'undo' || number === live - 1) return path as [KeptGeneration, ...KeptGeneration[]];
  }
  const names = kept.map(({ generation }) => generation).join(', ');
  throw new SyncError(
    'rollback.unavailable',
    `${config.name}: generation ${wanted} is not kept; generation ${live} is live, and ${names === '' ? 'no earlier one is kept' : `kept are ${names}`}.`,
    {
      table: config.name,
      remedy: 'Set "keepGenerations" to keep more of the generations to come; or correct the source and sync again.',
    },
  );
}
