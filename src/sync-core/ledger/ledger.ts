import { randomUUID } from 'node:crypto';
import type { RelationName } from '../config/resolved.ts';
import { SyncError, type ErrorDocument, type SyncStep } from '../errors.ts';
import type { SyncWarning } from '../events.ts';
import type { SyncMode } from '../incremental/choose-mode.ts';
import type { SourceOffset } from '../incremental/source-offset.ts';
import type { Choice } from '../plan/choose-strategy.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { Relation } from '../postgres/relation.ts';
import type { PostgresSession, Transaction } from '../postgres/session.ts';
import { claimLost, fenceStatement, takeClaim, type Claim } from './claims.ts';
import { locateLedger, type LedgerNames } from './ledger-names.ts';
import { migrations } from './migrations.ts';
import type { RunStatus } from './run-history.ts';

/** How often a run says that it is alive, in ms. */
export const heartbeatMs = 5_000;

/** Any two workers that open the ledger of one database at once take this advisory lock before they touch its schema. */
const migrationLock = '7308895154467205492';

/** Who runs: recorded with every run and claim. */
export interface RunIdentity {
  /** A person or service: the operating system's user, or whoever the client says. */
  readonly user: string;
  /** Tells machines (and containers) apart; processes are only looked for on the same one. */
  readonly machine: string;
  readonly processId: number;
  /** Program and version: `snowmelt 0.1.0 (cli)`. */
  readonly client: string;
  /** Whether a process of this machine is running. */
  isRunning(processId: number): boolean;
}

/** Rows that a run has changed in the table. */
export interface RowChanges {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** What the ledger knows of a live table. */
export interface TableRecord {
  readonly relation: RelationName;
  readonly table: string;
  readonly generation: number;
  readonly rows: number;
  readonly syncedAt: string;
  readonly run: string;
  readonly configHash: string;
  /** Full Snowflake type of the source column that filled each target column; null where that is not known. */
  readonly sourceColumns: Readonly<Record<string, string>> | null;
  /** The source's token from before its rows were read; null where there is none. */
  readonly sourceToken: string | null;
  /** Up to where the rows follow the changes of the source; null where that is not known. */
  readonly sourceOffset: SourceOffset | null;
  /** The relation's oid after the sync: another one now means that somebody has replaced the table. */
  readonly oid: number;
}

export interface NewRun {
  readonly run: string;
  readonly table: string;
  readonly relation: RelationName;
  readonly configHash: string;
  readonly identity: RunIdentity;
}

/** The staging table of a run that died, or that could not remove it. */
export interface LeftStaging {
  readonly run: string;
  readonly staging: RelationName;
}

/** What becomes of a run, written in the transaction of the swap. */
export interface RunSuccess {
  /** Rows of the table. */
  readonly rows: number;
  /** Null where all rows were replaced. */
  readonly changes: RowChanges | null;
  /** Of COPY text that was loaded. */
  readonly bytes: number;
  /** Null for a rollback. */
  readonly mode: Choice<SyncMode> | null;
  /** Null where nothing was extracted: a rollback. */
  readonly extractPath: string | null;
  readonly strategy: string;
  readonly stepMs: Readonly<Partial<Record<SyncStep, number>>>;
  readonly warnings: readonly SyncWarning[];
  readonly sourceQueryId: string | null;
  readonly sourceSnapshot: string | null;
  /** Fingerprint of the configuration that the rows follow from: a rollback brings back the earlier one. */
  readonly configHash: string;
  /** Full Snowflake type of the source column that fills each target column; null where that is not known. */
  readonly sourceColumns: Readonly<Record<string, string>> | null;
  /** The source's token from before its rows were read; null where there is none. */
  readonly sourceToken: string | null;
  /** Up to where the rows follow the changes of the source; null where they are not followed. */
  readonly sourceOffset: SourceOffset | null;
  /** How the generation before this one is kept; null where it is not, or there was none. */
  readonly previous: StoredGeneration | null;
}

/** What a run has found that had nothing to change. */
export type UnchangedRun = Pick<
  RunSuccess,
  | 'rows'
  | 'mode'
  | 'extractPath'
  | 'strategy'
  | 'stepMs'
  | 'warnings'
  | 'sourceSnapshot'
  | 'sourceToken'
  | 'sourceOffset'
>;

/** An earlier generation, kept for a rollback. */
export interface StoredGeneration {
  readonly relation: RelationName;
  /** The very table that was live, a copy of its rows, or what undoes the merge that followed. */
  readonly kind: 'table' | 'copy' | 'undo';
  /** What hung on the table when it was live. */
  readonly structure: Relation;
}

/**
 * The history in the target database: who synced what, when, from which snapshot, with what outcome. Shared by everyone who
 * uses that database, and written in the same transaction as the rows that it speaks of.
 */
export class Ledger {
  readonly names: LedgerNames;

  private constructor(names: LedgerNames) {
    this.names = names;
  }

  /**
   * The ledger of the session's database, created or migrated first where needed; safe for workers that do so at once.
   * @throws SyncError `postgres.privilege`, or `ledger.incompatible` when a newer Snowmelt wrote it.
   */
  static async open(session: PostgresSession, targetSchema: string): Promise<Ledger> {
    const { names, version } = await session.transaction(async (transaction) => {
      const located = await locateLedger(transaction, targetSchema);
      return { names: located.names, version: located.create ? null : await readVersion(transaction, located.names) };
    });
    if (version === migrations.length) return new Ledger(names);
    await session.transaction(
      async (transaction) => {
        await transaction.query(`SELECT pg_advisory_xact_lock(${migrationLock})`);
        const { create } = await locateLedger(transaction, targetSchema);
        if (create) await transaction.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(names.schema)}`);
        const current = create ? null : await readVersion(transaction, names);
        if (current === null) {
          await transaction.query(
            `CREATE TABLE ${names.version} (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
          );
        }
        for (const [index, migration] of migrations.entries()) {
          if (index < (current ?? 0)) continue;
          await transaction.run(migration(names));
          await transaction.query(`INSERT INTO ${names.version} (version) VALUES ($1)`, [index + 1]);
        }
      },
      { searchPath: ['pg_catalog'] },
    );
    return new Ledger(names);
  }

  /** The ledger if there is one already; for commands that only look. */
  static async find(session: PostgresSession, targetSchema: string): Promise<Ledger | undefined> {
    return session.transaction(async (transaction) => {
      const located = await locateLedger(transaction, targetSchema);
      if (located.create || (await readVersion(transaction, located.names)) === null) return undefined;
      return new Ledger(located.names);
    });
  }

  /**
   * Claims the table for a run and records that it has begun. Runs of the table that died are marked as abandoned.
   * @returns what earlier runs of the table have left.
   * @throws SyncError `claim.held` when a living run has the table.
   */
  async begin(session: PostgresSession, run: NewRun): Promise<readonly LeftStaging[]> {
    const { names } = this;
    const { relation, identity } = run;
    const key = [relation.schema, relation.name];
    return session.transaction(async (transaction) => {
      const held = await takeClaim(transaction, names, relation, run.run, identity);
      if (held !== undefined) throw claimHeld(held, run);
      await transaction.query(
        `UPDATE ${names.runs} SET status = 'abandoned', finished_at = now()
          WHERE relation_schema = $1 AND relation_name = $2 AND status = 'running'`,
        key,
      );
      const left = await transaction.query<{ run_id: string; staging_schema: string; staging_name: string }>(
        `SELECT run_id, staging_schema, staging_name FROM ${names.runs}
          WHERE relation_schema = $1 AND relation_name = $2 AND staging_name IS NOT NULL ORDER BY started_at`,
        key,
      );
      await transaction.query(
        `INSERT INTO ${names.runs} (run_id, table_name, relation_schema, relation_name, status, started_by, machine, process_id, client, config_hash)
         VALUES ($1, $2, $3, $4, 'running', $5, $6, $7, $8, $9)`,
        [
          run.run,
          run.table,
          ...key,
          identity.user,
          identity.machine,
          identity.processId,
          identity.client,
          run.configHash,
        ],
      );
      return left.map((row) => ({
        run: row.run_id,
        staging: { schema: row.staging_schema, name: row.staging_name },
      }));
    });
  }

  /**
   * Runs `body` with the claim of the table, which ends with the transaction: no run can begin meanwhile, and one that has died loses
   * its claim.
   * @returns false, and does nothing, when a living run has the table.
   */
  async withClaim(
    transaction: Transaction,
    relation: RelationName,
    identity: RunIdentity,
    body: () => Promise<void>,
  ): Promise<boolean> {
    const claim = randomUUID();
    if ((await takeClaim(transaction, this.names, relation, claim, identity)) !== undefined) return false;
    await body();
    await transaction.query(`DELETE FROM ${this.names.claims} WHERE run_id = $1`, [claim]);
    return true;
  }

  /** Writes down where the staging table will be, before it is created, so that it is found if this process dies. */
  async recordStaging(session: PostgresSession, run: string, staging: RelationName, source: string): Promise<void> {
    await session.query(
      `UPDATE ${this.names.runs} SET staging_schema = $2, staging_name = $3, source = $4 WHERE run_id = $1`,
      [run, staging.schema, staging.name, source],
    );
  }

  /** The run's staging table is gone. */
  async forgetStaging(session: PostgresSession, run: string): Promise<void> {
    await session.query(`UPDATE ${this.names.runs} SET staging_schema = NULL, staging_name = NULL WHERE run_id = $1`, [
      run,
    ]);
  }

  /** Says that the run is alive. @returns false when its claim has been taken over; one that it gave up after its swap has not. */
  async heartbeat(session: PostgresSession, run: string): Promise<boolean> {
    return session.transaction(async (transaction) => {
      const beaten = await transaction.query(
        `UPDATE ${this.names.claims} SET heartbeat_at = now() WHERE run_id = $1 RETURNING run_id`,
        [run],
      );
      return beaten.length > 0 || (await this.#status(transaction, run)) === 'success';
    });
  }

  /**
   * Makes sure, inside the swap's transaction, that the run still holds its claim, and keeps others from taking it until the end.
   * @throws SyncError `claim.lost`.
   */
  async fence(transaction: Transaction, run: NewRun): Promise<void> {
    const rows = await transaction.query(fenceStatement(this.names), [run.run]);
    if (rows.length === 0) throw claimLost(run.table);
  }

  /**
   * Records the new generation and the end of the run, and gives up the claim; in the transaction that makes the rows live, and in few
   * statements: readers may wait for it.
   */
  async recordSuccess(transaction: Transaction, run: NewRun, success: RunSuccess): Promise<number> {
    const { names } = this;
    const { previous } = success;
    const [row] = await transaction.query<{ generation: string }>(
      `WITH live AS (
         INSERT INTO ${names.tables} AS t (relation_schema, relation_name, table_name, generation, row_count, synced_at, run_id, config_hash, source_columns, source_token, source_offset, relation_oid)
         VALUES ($1, $2, $3, 1, $4, now(), $5, $6, $7, $8, $14, $9::text::regclass::oid::bigint)
         ON CONFLICT (relation_schema, relation_name) DO UPDATE
            SET table_name = excluded.table_name, generation = t.generation + 1, row_count = excluded.row_count,
                synced_at = now(), run_id = excluded.run_id, config_hash = excluded.config_hash,
                source_columns = excluded.source_columns, source_token = excluded.source_token, source_offset = excluded.source_offset, relation_oid = excluded.relation_oid
         RETURNING t.*),
       retired AS (
         -- A table that Snowmelt meets for the first time is generation 0, of no run.
         INSERT INTO ${names.generations} (relation_schema, relation_name, generation, retired_at, stored_schema, stored_name, stored_kind, structure, dropped_at)
         SELECT relation_schema, relation_name, generation - 1, now(), $10::text, $11::text, $12::text, $13::jsonb,
                CASE WHEN $10::text IS NULL THEN now() END
           FROM live
         ON CONFLICT (relation_schema, relation_name, generation) DO UPDATE
            SET retired_at = now(), stored_schema = excluded.stored_schema, stored_name = excluded.stored_name,
                stored_kind = excluded.stored_kind, structure = excluded.structure, dropped_at = excluded.dropped_at),
       current AS (
         INSERT INTO ${names.generations} (relation_schema, relation_name, generation, run_id, row_count, config_hash, source_columns, source_token, source_offset)
         SELECT relation_schema, relation_name, generation, run_id, row_count, config_hash, source_columns, source_token, source_offset FROM live)
       SELECT generation::text FROM live`,
      [
        run.relation.schema,
        run.relation.name,
        run.table,
        success.rows,
        run.run,
        success.configHash,
        success.sourceColumns === null ? null : JSON.stringify(success.sourceColumns),
        success.sourceToken,
        quoteRelation(run.relation),
        previous?.relation.schema ?? null,
        previous?.relation.name ?? null,
        previous?.kind ?? null,
        previous === null ? null : JSON.stringify(previous.structure),
        offsetValue(success.sourceOffset),
      ],
    );
    const generation = Number(row?.generation);
    await this.#endRun(transaction, run.run, {
      ...success,
      generation,
    });
    return generation;
  }

  /**
   * Records that the table was found to be equal to its source: the rows of the live generation are as fresh as those of a sync. Gives
   * up the claim.
   * @returns the live generation.
   */
  async recordUnchanged(transaction: Transaction, run: NewRun, found: UnchangedRun): Promise<number> {
    const { names } = this;
    const values = [
      run.relation.schema,
      run.relation.name,
      found.rows,
      found.sourceToken,
      offsetValue(found.sourceOffset),
    ];
    const [row] = await transaction.query<{ generation: string }>(
      `UPDATE ${names.tables} SET synced_at = now(), row_count = $3, source_token = $4, source_offset = $5
        WHERE relation_schema = $1 AND relation_name = $2 RETURNING generation::text`,
      values,
    );
    if (row === undefined) throw new SyncError('internal', 'A table without a generation was found to be unchanged.');
    await transaction.query(
      `UPDATE ${names.generations} SET row_count = $3, source_token = $4, source_offset = $5
        WHERE relation_schema = $1 AND relation_name = $2 AND retired_at IS NULL`,
      values,
    );
    await this.#endRun(transaction, run.run, {
      ...found,
      changes: { inserted: 0, updated: 0, deleted: 0 },
      bytes: 0,
      sourceQueryId: null,
      generation: null,
    });
    return Number(row.generation);
  }

  async #endRun(
    transaction: Transaction,
    run: string,
    success: Omit<RunSuccess, 'configHash' | 'sourceColumns' | 'sourceToken' | 'sourceOffset' | 'previous'> & {
      readonly generation: number | null;
    },
  ): Promise<void> {
    const { names } = this;
    await transaction.query(
      `WITH unclaimed AS (DELETE FROM ${names.claims} WHERE run_id = $1)
       UPDATE ${names.runs}
          SET status = 'success', finished_at = clock_timestamp(), row_count = $2, byte_count = $3, extract_path = $4, strategy = $5,
              step_ms = $6, warnings = $7, source_query_id = $8, source_snapshot = $9, generation = $10, mode = $11, mode_reason = $12,
              rows_inserted = $13, rows_updated = $14, rows_deleted = $15, staging_schema = NULL, staging_name = NULL
        WHERE run_id = $1`,
      [
        run,
        success.rows,
        success.bytes,
        success.extractPath,
        success.strategy,
        JSON.stringify(success.stepMs),
        JSON.stringify(success.warnings),
        success.sourceQueryId,
        success.sourceSnapshot,
        success.generation,
        success.mode?.choice ?? null,
        success.mode?.reason ?? null,
        success.changes?.inserted ?? null,
        success.changes?.updated ?? null,
        success.changes?.deleted ?? null,
      ],
    );
  }

  /** The stored tables of these generations are used up: they are live again, or have been applied. */
  async forgetGenerations(
    transaction: Transaction,
    relation: RelationName,
    generations: readonly number[],
  ): Promise<void> {
    await transaction.query(
      `UPDATE ${this.names.generations} SET dropped_at = now()
        WHERE relation_schema = $1 AND relation_name = $2 AND generation = ANY ($3::bigint[])`,
      [relation.schema, relation.name, generations],
    );
  }

  /** Records that the run ended without changing the live table, and gives up the claim. Does nothing to a run that has ended. */
  async recordFailure(
    session: PostgresSession,
    run: string,
    failure: {
      readonly status: 'failed' | 'cancelled';
      readonly error: ErrorDocument;
      readonly stepMs: Readonly<Partial<Record<SyncStep, number>>>;
      readonly stagingDropped: boolean;
    },
  ): Promise<void> {
    await session.transaction(async (transaction) => {
      await transaction.query(
        `UPDATE ${this.names.runs} SET status = $2, finished_at = now(), error = $3, step_ms = $4,
                staging_schema = CASE WHEN $5 THEN NULL ELSE staging_schema END,
                staging_name = CASE WHEN $5 THEN NULL ELSE staging_name END
          WHERE run_id = $1 AND status = 'running'`,
        [run, failure.status, JSON.stringify(failure.error), JSON.stringify(failure.stepMs), failure.stagingDropped],
      );
      await transaction.query(`DELETE FROM ${this.names.claims} WHERE run_id = $1`, [run]);
    });
  }

  /**
   * How the run ended, as far as the ledger knows. Settles a COMMIT whose answer was lost with the connection; one that is still under
   * way is waited for.
   */
  async statusOf(session: PostgresSession, run: string): Promise<RunStatus | undefined> {
    return session.transaction((transaction) => this.#status(transaction, run, 'FOR UPDATE'));
  }

  async #status(transaction: Transaction, run: string, lock: '' | 'FOR UPDATE' = ''): Promise<RunStatus | undefined> {
    const [row] = await transaction.query<{ status: RunStatus }>(
      `SELECT status FROM ${this.names.runs} WHERE run_id = $1 ${lock}`,
      [run],
    );
    return row?.status;
  }

  /** What is live in the relation; undefined before the first sync. */
  async table(session: PostgresSession, relation: RelationName): Promise<TableRecord | undefined> {
    const [record] = await this.tables(session, [relation]);
    return record;
  }

  /** What is live in each of the relations that have been synced. */
  async tables(session: PostgresSession, relations: readonly RelationName[]): Promise<TableRecord[]> {
    interface Row {
      relation_schema: string;
      relation_name: string;
      table_name: string;
      generation: string;
      row_count: string;
      synced_at: Date;
      run_id: string;
      config_hash: string;
      source_columns: Record<string, string> | null;
      source_token: string | null;
      source_offset: SourceOffset | null;
      relation_oid: string | null;
    }
    const rows = await session.query<Row>(
      `SELECT t.relation_schema, t.relation_name, t.table_name, t.generation, t.row_count, t.synced_at, t.run_id, t.config_hash, t.source_columns,
              to_jsonb(t) ->> 'source_token' AS source_token, t.source_offset, t.relation_oid
         FROM ${this.names.tables} t
         JOIN unnest($1::text[], $2::text[]) AS asked(schema, name) ON asked.schema = t.relation_schema AND asked.name = t.relation_name`,
      [relations.map(({ schema }) => schema), relations.map(({ name }) => name)],
    );
    return rows.map((row) => ({
      relation: { schema: row.relation_schema, name: row.relation_name },
      table: row.table_name,
      generation: Number(row.generation),
      rows: Number(row.row_count),
      syncedAt: row.synced_at.toISOString(),
      run: row.run_id,
      configHash: row.config_hash,
      sourceColumns: row.source_columns,
      sourceToken: row.source_token,
      sourceOffset: row.source_offset,
      oid: Number(row.relation_oid),
    }));
  }
}

async function readVersion(transaction: Transaction, names: LedgerNames): Promise<number | null> {
  const [present] = await transaction.query<{ present: boolean }>(`SELECT to_regclass($1) IS NOT NULL AS present`, [
    names.version,
  ]);
  if (present?.present !== true) return null;
  const [row] = await transaction.query<{ version: number | null }>(
    `SELECT max(version) AS version FROM ${names.version}`,
  );
  const version = row?.version ?? 0;
  if (version > migrations.length) {
    throw new SyncError(
      'ledger.incompatible',
      `The history in this database was written by a newer Snowmelt (ledger version ${version}; this one knows ${migrations.length}).`,
      {
        remedy: 'Update Snowmelt.',
      },
    );
  }
  return version;
}

function claimHeld(claim: Claim, run: NewRun): SyncError {
  const since = new Date(claim.since).toISOString();
  return new SyncError('claim.held', `${run.table} is being synced by ${claim.holder} since ${since}.`, {
    table: run.table,
    remedy: 'Wait for that run, or cancel it. A run whose process has died is taken over by itself.',
    details: { holder: claim.holder, since, runId: claim.run_id },
  });
}

function offsetValue(offset: SourceOffset | null): string | null {
  return offset === null ? null : JSON.stringify(offset);
}
