import { quoteLiteral } from '../postgres/identifiers.ts';
import type { LedgerNames } from './ledger-names.ts';

/**
 * The ledger for whoever reads it with plain SQL: two views, and comments on everything. Part of version 1 of the ledger, so it changes
 * after a release only by a later migration, which replaces what it changes.
 */

/**
 * `history` and `status`. SQL cannot look for a process, so a run counts as abandoned here once its heartbeat is 30 s old; the
 * command knows it earlier on the machine where the run was.
 */
export function viewStatements(names: LedgerNames): readonly string[] {
  return [
    `CREATE VIEW ${names.history} AS
     SELECT r.run_id, r.table_name, r.relation_schema, r.relation_name,
            CASE WHEN r.status = 'running' AND c.run_id IS NULL THEN 'abandoned' ELSE r.status END AS status,
            r.started_at, r.finished_at,
            CASE WHEN c.run_id IS NULL THEN r.finished_at ELSE now() END - r.started_at AS duration,
            r.row_count, r.byte_count, r.generation, r.strategy, r.extract_path, r.source, r.source_query_id, r.source_snapshot,
            r.started_by, split_part(r.machine, ' ', 1) AS machine, r.process_id, r.client,
            r.error ->> 'code' AS error_code, r.error ->> 'message' AS error_message,
            jsonb_array_length(r.warnings) AS warning_count
       FROM ${names.runs} r
       LEFT JOIN ${names.claims} c ON c.run_id = r.run_id AND c.heartbeat_at > now() - interval '30 s'`,
    `CREATE VIEW ${names.status} AS
     SELECT t.table_name, t.relation_schema, t.relation_name, t.generation, t.row_count, t.synced_at, now() - t.synced_at AS age,
            CASE WHEN p.oid IS NULL THEN 'missing' WHEN p.oid::bigint <> t.relation_oid THEN 'replaced' ELSE 'synced' END AS state,
            nullif(p.reltuples, -1)::bigint AS estimated_rows,
            pg_table_size(p.oid) AS table_bytes, pg_indexes_size(p.oid) AS index_bytes,
            kept.generations AS kept_generations, kept.bytes AS kept_bytes,
            last.run_id AS last_run_id, last.status AS last_status, last.started_at AS last_started_at,
            last.error_code AS last_error_code, last.error_message AS last_error_message,
            c.holder AS syncing_by, c.since AS syncing_since
       FROM ${names.tables} t
       LEFT JOIN pg_namespace n ON n.nspname = t.relation_schema
       LEFT JOIN pg_class p ON p.relnamespace = n.oid AND p.relname = t.relation_name
       LEFT JOIN ${names.claims} c ON c.relation_schema = t.relation_schema AND c.relation_name = t.relation_name
             AND c.heartbeat_at > now() - interval '30 s'
       LEFT JOIN LATERAL (
             SELECT h.run_id, h.status, h.started_at, h.error_code, h.error_message FROM ${names.history} h
              WHERE h.relation_schema = t.relation_schema AND h.relation_name = t.relation_name
              ORDER BY h.started_at DESC LIMIT 1) AS last ON true
      CROSS JOIN LATERAL (
             SELECT count(*) AS generations, coalesce(sum(pg_total_relation_size(k.oid)), 0)::bigint AS bytes
               FROM ${names.generations} g
               LEFT JOIN pg_namespace kn ON kn.nspname = g.stored_schema
               LEFT JOIN pg_class k ON k.relnamespace = kn.oid AND k.relname = g.stored_name
              WHERE g.relation_schema = t.relation_schema AND g.relation_name = t.relation_name
                AND g.stored_name IS NOT NULL AND g.dropped_at IS NULL) AS kept`,
  ];
}

interface Documented {
  readonly comment: string;
  /** Only what a name does not say by itself. */
  readonly columns?: Readonly<Record<string, string>>;
}

const relationColumns = {
  table_name: 'The name of the table in snowmelt.json.',
  relation_schema: 'With relation_name: the table in this database.',
} as const;

const runColumns = {
  ...relationColumns,
  row_count: 'Rows that were loaded, or that a rollback made live.',
  byte_count: 'Bytes of COPY text that were loaded.',
  generation: 'The generation that the run has made live.',
  strategy: 'How the rows became live: rename, merge, truncate, or rollback.',
  source_query_id: 'The Snowflake query that the rows came from.',
  source_snapshot: 'When that query began: the rows are those of the source at this time.',
  client: 'The program that ran, with its version.',
} as const;

const documented: Readonly<
  Record<'version' | 'runs' | 'tables' | 'generations' | 'claims' | 'loadedFiles', Documented>
> = {
  version: { comment: 'The versions of this ledger that have been applied, one row each.' },
  runs: {
    comment: 'Every run of every table, also those that failed. To read it, use the view history.',
    columns: {
      ...runColumns,
      status: 'running also for a run that has died and that no later run has taken over yet.',
      machine: 'Host name, boot and namespace of process ids: tells machines and containers of one name apart.',
      config_hash: "A fingerprint of what decided the table's rows and columns in snowmelt.json.",
      source: 'The Snowflake object, or that it was a query.',
      step_ms: 'Milliseconds of each step.',
      staging_schema: 'With staging_name: the staging table; NULL once it is live or gone.',
      error: 'Code, message, step and remedy, as the command prints them with --json.',
    },
  },
  tables: {
    comment: 'What is live in each table that has been synced, one row each. To read it, use the view status.',
    columns: {
      ...relationColumns,
      generation: 'Counts up with every sync and rollback.',
      row_count: 'Rows when the generation became live.',
      run_id: 'The run that has made it live.',
      config_hash: "A fingerprint of what decided the table's rows and columns in snowmelt.json.",
      relation_oid: 'The table after the sync: another oid now means that somebody has replaced it.',
      source_columns: 'The Snowflake type of the source column that filled each column.',
      source_offset: 'How far the changes of the source have been applied.',
      verified_at: 'When source and table were last found equal.',
    },
  },
  generations: {
    comment: 'Every generation of every table. Those with stored_name and without dropped_at can be rolled back to.',
    columns: {
      run_id: 'The run that has made it live; NULL for the table as Snowmelt met it.',
      row_count: 'Rows when it became live.',
      retired_at: 'When the next generation became live; NULL for the live one.',
      stored_schema: 'With stored_name: the table that it is kept in.',
      stored_kind:
        'table: the very table that was live; copy: a copy of its rows; undo: the rows that undo the merge that followed.',
      structure: 'Columns, indexes, constraints, grants and all else that the table had when it was live.',
      dropped_at: 'When what was kept of it was dropped, or became live again.',
    },
  },
  claims: {
    comment: 'The runs that have a table right now, one row a table: nobody else may sync it meanwhile.',
    columns: {
      holder: 'Who it is, in words.',
      heartbeat_at:
        'When the run has last said that it is alive, which it does every 5 s; one that is silent for 30 s has died.',
    },
  },
  loadedFiles: { comment: 'Unloaded files that a run has loaded already, for when it is taken up again.' },
};

const documentedViews: Readonly<Record<'history' | 'status', Documented>> = {
  history: {
    comment: 'Every run, who started it and how it ended.',
    columns: {
      ...runColumns,
      status: 'running, success, failed, cancelled; abandoned for a run that has died.',
      duration: 'Until now for a run that goes on; NULL for one that has died.',
      machine: 'The host name.',
    },
  },
  status: {
    comment: 'How each table that has been synced stands.',
    columns: {
      ...relationColumns,
      row_count: 'Rows when the live generation became live.',
      age: 'Time since then.',
      state: 'synced; missing: the table is gone; replaced: somebody has put another table in its place since.',
      estimated_rows: 'Rows as the planner estimates them; NULL for a table that was never analyzed.',
      table_bytes: 'Without indexes.',
      kept_generations: 'Earlier generations that can be rolled back to.',
      kept_bytes: 'Their size, indexes included.',
      last_status: 'How the latest run ended, or stands.',
      syncing_by: 'Who has the table right now.',
    },
  },
};

/** Comments on every relation of the ledger. */
export function commentStatements(names: LedgerNames): readonly string[] {
  const all: readonly (readonly ['TABLE' | 'VIEW', string, Documented])[] = [
    ...(Object.keys(documented) as (keyof typeof documented)[]).map(
      (name) => ['TABLE', names[name], documented[name]] as const,
    ),
    ...(Object.keys(documentedViews) as (keyof typeof documentedViews)[]).map(
      (name) => ['VIEW', names[name], documentedViews[name]] as const,
    ),
  ];
  return all.flatMap(([kind, name, { comment, columns = {} }]) => [
    `COMMENT ON ${kind} ${name} IS ${quoteLiteral(comment)}`,
    ...Object.entries(columns).map(([column, text]) => `COMMENT ON COLUMN ${name}.${column} IS ${quoteLiteral(text)}`),
  ]);
}
