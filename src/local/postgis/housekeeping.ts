import { quoteName, defaultSettings } from './session-settings.ts';
import type { BackendUser, SharedBackend } from './shared-backend.ts';

/** How often there is a look at what to do while anything happens at all; it takes 0.5 ms. */
const intervalMs = 1000;
/** Tables are vacuumed only when no statement has run for this long. */
const quietMs = 3000;
/** Write-ahead log since the last checkpoint that makes for another one. */
const walBytes = 64 * 1024 * 1024;

/**
 * Does what the checkpointer and autovacuum of a PostgreSQL server do. PGlite has no processes for them: without this
 * the write-ahead log grows until the server stops (30 MB for each load of 200,000 rows), a kill is followed by a replay
 * of all of it, and what a merge updates is never reused. Takes its turns like any connection.
 */
export class Housekeeping implements BackendUser {
  settings = defaultSettings;
  settingsChanged = false;
  readonly customSettings = new Set<string>();
  readonly channels = new Set<string>();
  readonly usesTemporary = false;
  readonly #shared: SharedBackend;
  readonly #closed = new AbortController();
  #lastActivity = 0;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(shared: SharedBackend) {
    this.#shared = shared;
  }

  /** A statement has run. */
  noteActivity(): void {
    this.#lastActivity = Date.now();
    this.#schedule();
  }

  notify(): void {
    /** It listens on nothing. */
  }

  /** Resolves when it does nothing any more. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('the server is closing'));
    clearTimeout(this.#timer);
    await this.#working;
  }

  #schedule(): void {
    if (this.#timer || this.#closed.signal.aborted) return;
    this.#timer = setTimeout(() => {
      /** What fails is tried again next time, and a backend that crashed says so itself. */
      this.#working = this.#work()
        .catch(() => undefined)
        .finally(() => {
          this.#timer = undefined;
          if (Date.now() - this.#lastActivity < intervalMs + quietMs) this.#schedule();
        });
    }, intervalMs);
    this.#timer.unref();
  }

  async #work(): Promise<void> {
    const [[logged] = []] = await this.#query(walQuery);
    if (Number(logged) > walBytes) await this.#query('CHECKPOINT');
    if (!this.#isQuiet()) return;
    for (const [schema, table] of await this.#query(tablesQuery)) {
      if (!this.#isQuiet() || schema == null || table == null) return;
      await this.#query(`VACUUM (ANALYZE) ${quoteName(schema)}.${quoteName(table)}`);
    }
  }

  #isQuiet(): boolean {
    return this.#shared.queue.waiting === 0 && Date.now() - this.#lastActivity >= quietMs;
  }

  async #query(sql: string): Promise<(string | null)[][]> {
    const release = await this.#shared.queue.acquire(this.#closed.signal);
    try {
      await this.#shared.switchTo(this);
      return await this.#shared.query(sql);
    } finally {
      release();
    }
  }
}

const walQuery = `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) FROM pg_control_checkpoint()`;

/**
 * Tables that autovacuum would take, by its own thresholds.
 * https://www.postgresql.org/docs/18/routine-vacuuming.html#AUTOVACUUM
 */
const tablesQuery = `
  SELECT schemaname, s.relname FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
   WHERE current_setting('autovacuum')::bool AND relpersistence <> 't'
     AND NOT coalesce(c.reloptions && '{autovacuum_enabled=false,autovacuum_enabled=off}', false)
     AND (n_dead_tup > current_setting('autovacuum_vacuum_threshold')::float8
                       + current_setting('autovacuum_vacuum_scale_factor')::float8 * greatest(reltuples, 0)
       OR n_ins_since_vacuum > current_setting('autovacuum_vacuum_insert_threshold')::float8
                               + current_setting('autovacuum_vacuum_insert_scale_factor')::float8 * greatest(reltuples, 0)
       OR n_mod_since_analyze > current_setting('autovacuum_analyze_threshold')::float8
                                + current_setting('autovacuum_analyze_scale_factor')::float8 * greatest(reltuples, 0))`;
