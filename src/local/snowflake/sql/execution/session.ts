import {
  SnowflakeSqlError,
  type EngineSession,
  type ExecuteOptions,
  type SessionState,
  type StatementResult,
} from '../../engine.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { dropTemporaryTables } from '../catalog/temporary-tables.ts';
import type { Viewpoint } from '../catalog/resolution.ts';
import { cancelled, executionError, timedOut } from '../errors.ts';
import { parseStatement } from '../parser/parse-statement.ts';
import { executeStatement } from '../statements/dispatch.ts';
import type { Outcome } from '../statements/outcome.ts';
import type { StatementRun } from '../statements/run.ts';
import { Scope } from '../compile/scope.ts';
import type { WireFormats } from '../types/wire.ts';
import type { Backend, BackendConnection } from './backend.ts';
import { SessionContext } from './session-context.ts';
import { parameterDefinition, type ParameterValue } from './parameters.ts';
import { translateError } from './postgres-error.ts';
import { memorySelectList, resultRow, type Results } from './results.ts';

/** What all sessions of an engine share. */
export interface Shared {
  readonly backend: Backend;
  readonly catalog: Catalog;
  readonly results: Results;
  readonly clock: () => Date;
  readonly caseCollation: string;
  nextStatement(): number;
}

/** A result of at most this many rows is kept in memory where the text of its query says that it is so small. */
const memoryRows = 1000;
/** Inside a transaction every result is kept in memory, since a rollback would take its table away. */
const transactionRows = 200_000;

/** What STATEMENT_TIMEOUT_IN_SECONDS = 0 means (sql-reference/parameters). */
const longestTimeout = 604_800;

interface Transaction {
  readonly connection: BackendConnection;
  readonly release: () => void;
  readonly changed: Set<number>;
}

export class Session implements EngineSession {
  readonly state: SessionState;
  private readonly id: string;
  private readonly shared: Shared;
  private readonly queryIds: string[] = [];
  private transaction: Transaction | null = null;
  private tail: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(id: string, state: SessionState, shared: Shared) {
    this.id = id;
    this.state = state;
    this.shared = shared;
  }

  /**
   * Statements of one session run one after the other. Aborting rejects at once; the session's next statement still waits until Postgres
   * has let go of the aborted one, which an embedded Postgres does only when it has finished it.
   */
  async execute(text: string, options: ExecuteOptions): Promise<StatementResult> {
    const seconds = Number(this.parameter('STATEMENT_TIMEOUT_IN_SECONDS'));
    const deadline = new AbortController();
    // A timer cannot wait longer than this; it is more than three weeks.
    const timer = setTimeout(
      () => {
        deadline.abort();
      },
      Math.min((seconds || longestTimeout) * 1000, 2 ** 31 - 1),
    );
    const signal = AbortSignal.any([options.signal, deadline.signal]);
    const turn = this.tail.then(() => this.run(text, { ...options, signal }));
    this.tail = turn.catch(() => undefined);
    try {
      return await unlessAborted(turn, signal);
    } catch (error) {
      throw deadline.signal.aborted && !options.signal.aborted ? timedOut(seconds) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.tail;
    await this.rollback();
    await dropTemporaryTables(this.shared.catalog, (session) => session === this.id);
  }

  private async run(text: string, options: ExecuteOptions): Promise<StatementResult> {
    if (this.closed)
      throw executionError(390111, '08003', 'Session no longer exists. New login required to access the service.');
    if (options.signal.aborted) throw cancelled();
    try {
      const now = this.shared.clock();
      const context = new SessionContext(this.shared, this.state, this.viewpoint(), this.queryIds, {
        now,
        text,
        binds: options.binds ?? {},
        statementNumber: this.shared.nextStatement(),
      });
      const outcome = await executeStatement(parseStatement(text), this.statementRun(context, text, now, options));
      const result = await this.keep(outcome, context, options);
      return result;
    } catch (error) {
      throw wasAborted(options.signal) ? cancelled() : translateError(error);
    } finally {
      this.queryIds.push(options.queryId);
    }
  }

  private viewpoint(): Viewpoint {
    return { state: this.state, session: this.id };
  }

  private formats(): WireFormats {
    return {
      geography: String(this.parameter('GEOGRAPHY_OUTPUT_FORMAT')),
      geometry: String(this.parameter('GEOMETRY_OUTPUT_FORMAT')),
    };
  }

  private parameter(name: string): ParameterValue {
    return this.state.parameters.get(name) ?? parameterDefinition(name).default;
  }

  private async keep(outcome: Outcome, context: SessionContext, options: ExecuteOptions): Promise<StatementResult> {
    const { results, backend } = this.shared;
    const { queryId, signal } = options;
    const { user } = this.state;
    const formats = this.formats();
    if (outcome.kind === 'rows') {
      return results.addRows(queryId, user, outcome.columns, outcome.rows, formats, outcome.statementTypeId);
    }
    const { columns, sql, statementTypeId } = outcome;
    const small = outcome.maxRows !== null && outcome.maxRows <= memoryRows;
    if (!small && this.transaction === null) {
      if (context.scannedResults.length > 0) {
        await backend.run((connection) => results.prepare(context.scannedResults, user, connection));
      }
      return results.addQuery(queryId, user, columns, sql, formats, statementTypeId, signal);
    }
    const rows = await this.read(context, signal, async (connection) => {
      const limit = small ? '' : ` LIMIT ${transactionRows + 1}`;
      const list = memorySelectList(columns, 'x', formats);
      return (await connection.query(`SELECT ${list} FROM (${sql}) x${limit}`, signal)).rows;
    });
    if (rows.length > transactionRows) {
      throw executionError(
        2,
        '0A000',
        `The stand-in keeps at most ${transactionRows} rows of a result inside a transaction.`,
      );
    }
    return results.addRows(
      queryId,
      user,
      columns,
      rows.map((row) => resultRow(columns, row)),
      formats,
      statementTypeId,
    );
  }

  private statementRun(context: SessionContext, text: string, now: Date, options: ExecuteOptions): StatementRun {
    const { catalog, results } = this.shared;
    const { signal } = options;
    return {
      catalog,
      state: this.state,
      viewpoint: this.viewpoint(),
      context,
      environment: { context, scope: new Scope([], null), commonTables: new Map() },
      now,
      signal,
      text,
      parameter: (name) => this.parameter(name),
      resultColumns: (queryId) => results.columnsOf(queryId, this.state.user),
      write: (task, changed) => this.write(context, now, signal, task, changed),
      read: (task) => this.read(context, signal, task),
      endTransactionForDdl: () => this.commit(),
      begin: () => this.begin(signal),
      commit: () => this.commit(),
      rollback: () => this.rollback(),
    };
  }

  private async read<T>(
    context: SessionContext,
    signal: AbortSignal,
    task: (connection: BackendConnection) => Promise<T>,
  ): Promise<T> {
    const whole = async (connection: BackendConnection): Promise<T> => {
      await this.shared.results.prepare(context.scannedResults, this.state.user, connection);
      return task(connection);
    };
    if (this.transaction === null) return this.shared.backend.run(whole, signal);
    return this.inSavepoint(this.transaction.connection, () => whole(this.transaction?.connection ?? unreachable()));
  }

  private async write<T>(
    context: SessionContext,
    now: Date,
    signal: AbortSignal,
    task: (connection: BackendConnection) => Promise<T>,
    changed: readonly number[],
  ): Promise<T> {
    const { backend, catalog, results } = this.shared;
    const at = now.getTime();
    if (this.transaction !== null) {
      const { connection, changed: pending } = this.transaction;
      const value = await this.inSavepoint(connection, async () => {
        await results.prepare(context.scannedResults, this.state.user, connection);
        return task(connection);
      });
      for (const id of changed) pending.add(id);
      return value;
    }
    const value = await backend.run(async (connection) => {
      await results.prepare(context.scannedResults, this.state.user, connection);
      await connection.query('BEGIN');
      try {
        const done = await task(connection);
        await catalog.changes.record(connection, changed, at);
        await connection.query('COMMIT');
        return done;
      } catch (error) {
        await connection.query('ROLLBACK');
        throw error;
      }
    }, signal);
    catalog.changes.confirm(changed, at);
    return value;
  }

  /** A statement that fails leaves its transaction as it was, which in Postgres takes a savepoint. */
  private async inSavepoint<T>(connection: BackendConnection, task: () => Promise<T>): Promise<T> {
    await connection.query('SAVEPOINT statement');
    try {
      const value = await task();
      await connection.query('RELEASE SAVEPOINT statement');
      return value;
    } catch (error) {
      await connection.query('ROLLBACK TO SAVEPOINT statement');
      throw error;
    }
  }

  private async begin(signal: AbortSignal): Promise<void> {
    if (this.transaction !== null) return;
    const { connection, release } = await this.shared.backend.reserve(signal);
    try {
      await connection.query('BEGIN');
    } catch (error) {
      release();
      throw error;
    }
    this.transaction = { connection, release, changed: new Set() };
  }

  private async commit(): Promise<void> {
    const { transaction } = this;
    if (transaction === null) return;
    this.transaction = null;
    const { connection, changed } = transaction;
    const { changes } = this.shared.catalog;
    const at = this.shared.clock().getTime();
    try {
      await changes.record(connection, changed, at);
      await connection.query('COMMIT');
      changes.confirm(changed, at);
    } catch (error) {
      await connection.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      transaction.release();
    }
  }

  private async rollback(): Promise<void> {
    const { transaction } = this;
    if (transaction === null) return;
    this.transaction = null;
    try {
      await transaction.connection.query('ROLLBACK');
    } finally {
      transaction.release();
    }
  }
}

async function unlessAborted(turn: Promise<StatementResult>, signal: AbortSignal): Promise<StatementResult> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(cancelled());
      // A result that comes all the same belongs to nobody.
      turn.then(
        (result) => result.dispose(),
        () => undefined,
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([turn, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** An aborted statement may fail in any of several ways; what it says is that it was cancelled. */
function wasAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function unreachable(): never {
  throw new SnowflakeSqlError(603, 'XX000', 'SQL execution internal error');
}
