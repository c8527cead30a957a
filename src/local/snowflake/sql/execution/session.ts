import {
  SnowflakeSqlError,
  type EngineSession,
  type ExecuteOptions,
  type SessionState,
  type StatementResult,
} from '../../engine.ts';
import { dropTemporaryTables } from '../catalog/temporary-tables.ts';
import { keepsHistory, type RelationEntry } from '../catalog/model.ts';
import type { Viewpoint } from '../catalog/resolution.ts';
import { cancelled, executionError, streamNotFound } from '../errors.ts';
import { parseName } from '../parser/cursor.ts';
import { parseStatement } from '../parser/parse-statement.ts';
import { executeStatement } from '../statements/dispatch.ts';
import type { Outcome } from '../statements/outcome.ts';
import type { RowWriter, StatementRun } from '../statements/run.ts';
import type { PendingChanges } from '../history/pending-changes.ts';
import type { Moment } from '../history/moment.ts';
import { evaluatePoint } from '../history/time-points.ts';
import { millisecondsOf } from '../history/table-versions.ts';
import { lockRowsSql } from '../history/write-rows.ts';
import type { StatementKind, TimePoint } from '../ast.ts';
import type { Environment } from '../compile/context.ts';
import { Scope } from '../compile/scope.ts';
import type { WireFormats } from '../types/wire.ts';
import type { BackendConnection } from './backend.ts';
import { SessionContext } from './session-context.ts';
import type { Shared } from './shared.ts';
import { withinTimeLimit } from './time-limit.ts';
import { Transaction } from './transaction.ts';
import { parameterDefinition, type ParameterValue } from './parameters.ts';
import { translateError } from './postgres-error.ts';
import { memorySelectList, resultRow } from './results.ts';

/** A result of at most this many rows is kept in memory where the text of its query says that it is so small. */
const memoryRows = 1000;
/** Inside a transaction every result is kept in memory, since a rollback would take its table away. */
const transactionRows = 200_000;

/** What moves the offsets of the streams that it reads (user-guide/streams-intro, "Table versioning"). */
const consumingStatements: ReadonlySet<StatementKind> = new Set<StatementKind>([
  'insert',
  'update',
  'delete',
  'merge',
  'createTable',
]);

/** What a statement's end is known by to Time Travel. */
interface StatementEnd {
  /** The commit of its own that it made. */
  token: bigint | null;
  /** Its changes wait for the commit of the transaction that it is in. */
  pending: boolean;
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
    return withinTimeLimit(Number(this.parameter('STATEMENT_TIMEOUT_IN_SECONDS')), options.signal, (signal) => {
      const turn = this.tail.then(() => this.run(text, { ...options, signal }));
      this.tail = turn.catch(() => undefined);
      return turn;
    });
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
      const { statement, timePoints } = parseStatement(text);
      const context = new SessionContext(this.shared, this.state, this.viewpoint(), this.queryIds, {
        now,
        text,
        binds: options.binds ?? {},
        statementNumber: this.shared.nextStatement(),
        consumes: consumingStatements.has(statement.kind),
        transaction: statement.kind === 'createTable' ? null : this.transaction,
      });
      const end: StatementEnd = { token: null, pending: false };
      const run = this.statementRun(context, text, now, options, end);
      await this.evaluatePoints(timePoints, context, run);
      const outcome = await executeStatement(statement, run);
      const result = await this.keep(outcome, context, options);
      await this.touch(context, now);
      this.remember(options.queryId, end);
      return result;
    } catch (error) {
      throw wasAborted(options.signal) ? cancelled() : translateError(error);
    } finally {
      this.queryIds.push(options.queryId);
    }
  }

  /** Before the statement is compiled; no later commit can belong to any of them then. */
  private async evaluatePoints(
    points: readonly TimePoint[],
    context: SessionContext,
    run: StatementRun,
  ): Promise<void> {
    for (const point of points) {
      const moment = await evaluatePoint(point, {
        environment: run.environment,
        now: run.now,
        evaluate: (sql) =>
          run.read(async (connection) => (await connection.query(`SELECT ${sql}`, run.signal)).rows[0]?.[0] ?? null),
        statement: (queryId, before) => this.shared.statementMoments.find(queryId, before, run.now),
        stream: (name) => this.streamMoment(name, context),
      });
      if (moment.of === 'clock') await this.shared.catalog.versions.settle(millisecondsOf(moment.token));
      context.moments.set(point, moment);
    }
  }

  private streamMoment(text: string, context: SessionContext): Moment {
    const name = parseName(text);
    try {
      return context.streamOffset(name);
    } catch (error) {
      if (error instanceof SnowflakeSqlError && error.code === 2003) throw streamNotFound(text);
      throw error;
    }
  }

  /** A stream that was asked whether it has data and had none does not go stale meanwhile. */
  private async touch({ emptyStreams }: SessionContext, now: Date): Promise<void> {
    const { backend, streams } = this.shared;
    for (const id of emptyStreams) await backend.aside((connection) => streams.touch(id, now, connection));
  }

  private remember(queryId: string, end: StatementEnd): void {
    const { statementMoments, catalog, clock } = this.shared;
    statementMoments.add(queryId, end.token ?? catalog.versions.latest, end.token !== null, clock());
    if (end.pending) this.transaction?.queryIds.push(queryId);
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

  private statementRun(
    context: SessionContext,
    text: string,
    now: Date,
    options: ExecuteOptions,
    end: StatementEnd,
  ): StatementRun {
    const { catalog, results } = this.shared;
    const { signal } = options;
    const environment: Environment = { context, scope: new Scope([], null), commonTables: new Map(), reading: null };
    return {
      catalog,
      streams: this.shared.streams,
      state: this.state,
      viewpoint: this.viewpoint(),
      context,
      environment,
      now,
      signal,
      text,
      parameter: (name) => this.parameter(name),
      resultColumns: (queryId) => results.columnsOf(queryId, this.state.user),
      write: (table, access, task) => this.write(context, signal, end, table, access, task),
      consume: (changes, execute, task) => this.consume(context, changes, execute, task),
      read: (task) => this.read(context, signal, task),
      endTransactionForDdl: async () => {
        await this.commit();
      },
      begin: () => this.begin(signal),
      commit: async () => {
        end.token = await this.commit();
      },
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
    return this.transaction.statement(whole);
  }

  private async write<T>(
    context: SessionContext,
    signal: AbortSignal,
    end: StatementEnd,
    table: RelationEntry,
    access: 'insert' | 'change',
    task: (writer: RowWriter) => Promise<T>,
  ): Promise<T> {
    const { backend, catalog, results } = this.shared;
    const { versions } = catalog;
    const within = async (connection: BackendConnection, changes: PendingChanges): Promise<T> => {
      const execute = (sql: string): Promise<unknown> => connection.query(sql, signal);
      return this.consume(context, changes, execute, async () => {
        if (access === 'change') await execute(lockRowsSql(table));
        // Asked for under the lock: what turns the history of a table on waits for it too.
        const keep = access === 'insert' || keepsHistory(catalog.relation(table.id) ?? table);
        const value = await task({ connection, transaction: changes.transaction, keep });
        changes.add(table.id, { kept: keep, base: false });
        return value;
      });
    };
    const { transaction } = this;
    if (transaction !== null) {
      const value = await transaction.statement(async (connection) => {
        await results.prepare(context.scannedResults, this.state.user, connection);
        return within(connection, transaction.changes);
      });
      end.pending = true;
      return value;
    }
    return backend.run(async (connection) => {
      await results.prepare(context.scannedResults, this.state.user, connection);
      await connection.query('BEGIN');
      try {
        const changes = versions.begin();
        const done = await within(connection, changes);
        end.token = await versions.commit(connection, changes);
        return done;
      } catch (error) {
        await connection.query('ROLLBACK');
        throw error;
      }
    }, signal);
  }

  /** Locks the streams that the statement reads, and has their offsets moved with the commit of its changes, unless it fails. */
  private async consume<T>(
    context: SessionContext,
    changes: PendingChanges,
    execute: (sql: string) => Promise<unknown>,
    task: () => Promise<T>,
  ): Promise<T> {
    const { streams } = this.shared;
    const read = [...context.streams].sort(([a], [b]) => a - b);
    for (const [id] of read) await execute(streams.lockSql(id));
    const value = await task();
    for (const [id, upTo] of read) streams.consume(changes, id, upTo, context.now);
    return value;
  }

  private async begin(signal: AbortSignal): Promise<void> {
    this.transaction ??= await Transaction.begin(this.shared, signal);
  }

  private async commit(): Promise<bigint | null> {
    const { transaction } = this;
    this.transaction = null;
    return transaction === null ? null : transaction.commit();
  }

  private async rollback(): Promise<void> {
    const { transaction } = this;
    this.transaction = null;
    await transaction?.rollback();
  }
}

/** An aborted statement may fail in any of several ways; what it says is that it was cancelled. */
function wasAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
