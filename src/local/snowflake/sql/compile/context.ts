import type { Identifier, QualifiedName, TimePoint } from '../ast.ts';
import type { Bind, SessionState } from '../../engine.ts';
import type { Moment, TableHistory } from '../history/moment.ts';
import type { OutputColumn } from './typed.ts';
import type { Scope } from './scope.ts';

type RelationName = readonly [string, string, string];

export interface TableRelation {
  readonly kind: 'table';
  readonly id: number;
  readonly name: RelationName;
  /** Postgres relation, quoted and qualified. */
  readonly relation: string;
  readonly columns: readonly (OutputColumn & { readonly storage: string })[];
  /** The rows that it had before. */
  readonly history: TableHistory;
}

export interface ViewRelation {
  readonly kind: 'view';
  readonly id: number;
  readonly name: RelationName;
  readonly columns: readonly OutputColumn[];
  /** The view's own query, resolved in the database and schema that the view is in. */
  readonly text: string;
  readonly changeTracking: boolean;
}

export interface StreamRelation {
  readonly kind: 'stream';
  readonly name: RelationName;
  readonly source: TableRelation | ViewRelation;
  readonly mode: 'DEFAULT' | 'APPEND_ONLY';
  /** The interval whose changes it gives. */
  readonly from: Moment;
  readonly to: Moment;
  /** A Postgres condition: it gives the rows of `from` instead. Null where it never does. */
  readonly initial: string | null;
}

/** What a name in FROM turned out to be. */
export type Relation =
  | TableRelation
  | ViewRelation
  | StreamRelation
  | {
      /** A view of INFORMATION_SCHEMA: its rows are computed from the catalog as a Postgres query over constants. */
      readonly kind: 'system';
      readonly name: RelationName;
      readonly columns: readonly OutputColumn[];
      readonly sql: string;
    };

export interface ScannedResult {
  readonly relation: string;
  readonly columns: readonly (OutputColumn & { readonly storage: string })[];
  /** The column that holds the row's number. */
  readonly order: string;
}

/** What the compiler needs to know of the world; the session implements it. */
export interface CompileContext {
  readonly state: SessionState;
  readonly sessionId: string;
  readonly statementText: string;
  /** Different for each statement that the engine runs; names what must exist for its length only. */
  readonly statementNumber: number;
  /** The statement's own time: CURRENT_TIMESTAMP is the same throughout a statement. */
  readonly now: Date;
  readonly binds: Readonly<Record<string, Bind>>;
  /** Finds a table or view that the session's role may read; throws 2003 otherwise. */
  relation(name: QualifiedName): Relation;
  /** The same, for the body of a view, whose owner's rights count and whose own schema resolves names. */
  forView(name: readonly [string, string, string]): CompileContext;
  /** The ids of the tables that the statement reads so far, itself or through views. Refused where it reads what is no table of the catalog. */
  tablesRead(): readonly number[];
  /** The ids of the tables that a table or view consists of. */
  tablesBelow(name: QualifiedName): readonly number[];
  /** A Postgres expression: the token of the latest committed change of the table, or of any table that the view reads. */
  changeToken(name: QualifiedName): string;
  /** Where a point in time of the statement is. A point in the text of a view is refused. */
  moment(point: TimePoint): Moment;
  /** All that was committed when the statement began. */
  latestMoment(): Moment;
  /** Whether anything was committed to the tables of a stream since its offset. */
  streamHasData(name: QualifiedName): boolean;
  /** The token of the latest version of the stream's table up to its offset; 0 where it had none but its creation. */
  streamTableToken(name: QualifiedName): bigint;
  /** The result of an earlier statement of the same user; throws 709 where there is none. */
  result(queryId: string): ScannedResult;
  lastQueryId(offset: number): string | null;
  parameter(name: string): string | number | boolean;
  /** The collation under which UPPER and LOWER know all of Unicode. */
  readonly caseCollation: string;
  /** A name for a Postgres alias that nothing else in the statement has. */
  alias(): string;
}

export interface CommonTable {
  readonly alias: string;
  readonly columns: readonly OutputColumn[];
}

/** How the tables below are read, where not as they are now. */
export interface Reading {
  /** A query of a table's rows, in its Postgres columns and `row_id`. */
  rows(history: TableHistory): string;
  /** Whether each row must come with what tells it from all others (`row-identity.ts`). */
  readonly rowIds: boolean;
}

/** Where an expression stands. */
export interface Environment {
  readonly context: CompileContext;
  readonly scope: Scope;
  readonly commonTables: ReadonlyMap<string, CommonTable>;
  /** Null is now. */
  readonly reading: Reading | null;
}

export function inScope(environment: Environment, scope: Scope): Environment {
  return { ...environment, scope };
}

export function plainName(name: string): Identifier {
  return { name, quoted: true, position: { line: 1, column: 0 } };
}
