import { quoteLiteral } from '../postgres/identifiers.ts';
import type { LedgerNames } from './ledger-names.ts';
import { commentStatements, viewStatements } from './ledger-views.ts';

/**
 * The ledger's schema, one entry a version, each applied once and never changed after a release. Every relation is named
 * through `names`, because a role that may not create a schema keeps its ledger beside its tables.
 */
export const migrations: readonly ((names: LedgerNames) => readonly string[])[] = [
  (names) => [
    `CREATE TABLE ${names.runs} (
       run_id uuid PRIMARY KEY,
       table_name text NOT NULL,
       relation_schema text NOT NULL,
       relation_name text NOT NULL,
       status text NOT NULL CHECK (status IN ('running', 'success', 'failed', 'cancelled', 'abandoned')),
       started_at timestamptz NOT NULL DEFAULT now(),
       finished_at timestamptz,
       started_by text NOT NULL,
       machine text NOT NULL,
       process_id bigint NOT NULL,
       client text NOT NULL,
       config_hash text NOT NULL,
       source text,
       source_query_id text,
       source_snapshot timestamptz,
       extract_path text,
       strategy text,
       row_count bigint,
       byte_count bigint,
       generation bigint,
       step_ms jsonb NOT NULL DEFAULT '{}',
       warnings jsonb NOT NULL DEFAULT '[]',
       staging_schema text,
       staging_name text,
       error jsonb)`,
    `CREATE INDEX ON ${names.runs} (relation_schema, relation_name, started_at DESC)`,
    `CREATE TABLE ${names.tables} (
       relation_schema text NOT NULL,
       relation_name text NOT NULL,
       table_name text NOT NULL,
       generation bigint NOT NULL,
       row_count bigint NOT NULL,
       synced_at timestamptz NOT NULL,
       run_id uuid NOT NULL,
       config_hash text NOT NULL,
       relation_oid bigint,
       source_columns jsonb,
       source_offset jsonb,
       verified_at timestamptz,
       PRIMARY KEY (relation_schema, relation_name))`,
    `CREATE TABLE ${names.generations} (
       relation_schema text NOT NULL,
       relation_name text NOT NULL,
       generation bigint NOT NULL,
       run_id uuid,
       row_count bigint,
       config_hash text,
       source_columns jsonb,
       created_at timestamptz NOT NULL DEFAULT now(),
       retired_at timestamptz,
       stored_schema text,
       stored_name text,
       stored_kind text CHECK (stored_kind IN ('table', 'copy', 'undo')),
       structure jsonb,
       dropped_at timestamptz,
       PRIMARY KEY (relation_schema, relation_name, generation))`,
    `CREATE TABLE ${names.claims} (
       relation_schema text NOT NULL,
       relation_name text NOT NULL,
       run_id uuid NOT NULL,
       holder text NOT NULL,
       machine text NOT NULL,
       process_id bigint NOT NULL,
       since timestamptz NOT NULL DEFAULT now(),
       heartbeat_at timestamptz NOT NULL DEFAULT now(),
       PRIMARY KEY (relation_schema, relation_name))`,
    `CREATE TABLE ${names.loadedFiles} (
       run_id uuid NOT NULL,
       file text NOT NULL,
       row_count bigint NOT NULL,
       byte_count bigint NOT NULL,
       loaded_at timestamptz NOT NULL DEFAULT now(),
       PRIMARY KEY (run_id, file))`,
    ...viewStatements(names),
    ...commentStatements(names),
  ],
  (names) =>
    [names.tables, names.generations].flatMap((table) => [
      `ALTER TABLE ${table} ADD COLUMN source_token text`,
      `COMMENT ON COLUMN ${table}.source_token IS ${quoteLiteral(sourceTokenComment)}`,
    ]),
  (names) => [
    `ALTER TABLE ${names.generations} ADD COLUMN source_offset jsonb`,
    `COMMENT ON COLUMN ${names.generations}.source_offset IS ${quoteLiteral('How far the changes of the source had been applied.')}`,
    `ALTER TABLE ${names.runs} ADD COLUMN mode text, ADD COLUMN mode_reason text, ADD COLUMN rows_inserted bigint, ADD COLUMN rows_updated bigint, ADD COLUMN rows_deleted bigint`,
    `CREATE OR REPLACE VIEW ${names.history} AS
     SELECT r.run_id, r.table_name, r.relation_schema, r.relation_name,
            CASE WHEN r.status = 'running' AND c.run_id IS NULL THEN 'abandoned' ELSE r.status END AS status,
            r.started_at, r.finished_at,
            CASE WHEN c.run_id IS NULL THEN r.finished_at ELSE now() END - r.started_at AS duration,
            r.row_count, r.byte_count, r.generation, r.strategy, r.extract_path, r.source, r.source_query_id, r.source_snapshot,
            r.started_by, split_part(r.machine, ' ', 1) AS machine, r.process_id, r.client,
            r.error ->> 'code' AS error_code, r.error ->> 'message' AS error_message,
            jsonb_array_length(r.warnings) AS warning_count,
            r.mode, r.mode_reason, r.rows_inserted, r.rows_updated, r.rows_deleted
       FROM ${names.runs} r
       LEFT JOIN ${names.claims} c ON c.run_id = r.run_id AND c.heartbeat_at > now() - interval '30 s'`,
    ...[names.runs, names.history].flatMap((relation) =>
      Object.entries(modeComments).map(
        ([column, text]) => `COMMENT ON COLUMN ${relation}.${column} IS ${quoteLiteral(text)}`,
      ),
    ),
    `COMMENT ON COLUMN ${names.tables}.synced_at IS ${quoteLiteral('When the live rows were swapped in, or a later run found them equal to the source.')}`,
  ],
];

/** Of the relations that have a row for each run. */
const modeComments = {
  mode: 'full: all rows were brought over; changes: those that had changed; row-diff: those that differed. NULL for a rollback.',
  mode_reason: 'Why it was that mode.',
  rows_inserted: 'With rows_updated and rows_deleted: what changed in the table. NULL where all rows were replaced.',
  row_count: 'Rows of the table after the run.',
  generation: 'The generation that the run has made live; NULL where it has changed nothing.',
} as const;

const sourceTokenComment =
  'Snowflake’s SYSTEM$LAST_CHANGE_COMMIT_TIME of the source from just before its rows were read: another one now means that it has changed. NULL where there is none.';
