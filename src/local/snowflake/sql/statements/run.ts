import type { BackendConnection } from '../execution/backend.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { RelationEntry } from '../catalog/model.ts';
import type { Viewpoint } from '../catalog/resolution.ts';
import type { StatementKind, StatementOf } from '../ast.ts';
import type { CompileContext, Environment } from '../compile/context.ts';
import type { PendingChanges } from '../history/pending-changes.ts';
import type { Streams } from '../history/streams.ts';
import type { OutputColumn } from '../compile/typed.ts';
import type { ParameterValue } from '../execution/parameters.ts';
import type { SessionState } from '../../engine.ts';
import type { Outcome } from './outcome.ts';

/** Where and how a statement writes rows (`history/write-rows.ts`). */
export interface RowWriter {
  readonly connection: BackendConnection;
  /** What the rows are marked with. */
  readonly transaction: number;
  /** Whether what the rows were must be kept. */
  readonly keep: boolean;
}

/** What a statement's handler may use. One per execution. */
export interface StatementRun {
  readonly catalog: Catalog;
  readonly streams: Streams;
  readonly state: SessionState;
  readonly viewpoint: Viewpoint;
  readonly context: CompileContext;
  readonly environment: Environment;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly text: string;
  parameter(name: string): ParameterValue;
  /** Columns of an earlier result of the same user. */
  resultColumns(queryId: string): readonly OutputColumn[];
  /**
   * Runs SQL that writes rows of a table, in the session's transaction or in one of its own; the earlier results it reads are made ready first.
   * With `change`, for whatever does more than insert, no other transaction changes rows of the table meanwhile.
   */
  write<T>(table: RelationEntry, access: 'insert' | 'change', task: (writer: RowWriter) => Promise<T>): Promise<T>;
  /** For a statement that makes a table in `changes` of what it reads: locks the streams among that, whose offsets move with its commit. */
  consume<T>(changes: PendingChanges, execute: (sql: string) => Promise<unknown>, task: () => Promise<T>): Promise<T>;
  /** Runs SQL that only reads, in the session's transaction if it has one. */
  read<T>(task: (connection: BackendConnection) => Promise<T>): Promise<T>;
  /** DDL ends an open transaction first, committing it. */
  endTransactionForDdl(): Promise<void>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export type Handler<K extends StatementKind> = (
  statement: StatementOf<K>,
  run: StatementRun,
) => Promise<Outcome> | Outcome;
