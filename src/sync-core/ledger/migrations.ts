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
];

const sourceTokenComment =
  'Snowflake’s SYSTEM$LAST_CHANGE_COMMIT_TIME of the source from just before its rows were read: another one now means that it has changed. NULL where there is none.';
