import type { Bind, SessionState } from '../../engine.ts';
import type { QualifiedName, TimePoint } from '../ast.ts';
import { informationSchemaView } from '../catalog/information-schema.ts';
import {
  findDatabase,
  findRelation,
  findStream,
  fullName,
  lookUpRelation,
  quotedName,
  type FullName,
  type Viewpoint,
} from '../catalog/resolution.ts';
import type { RelationEntry, StreamEntry } from '../catalog/model.ts';
import { readableStreamSource } from '../catalog/stream-source.ts';
import type {
  CompileContext,
  Relation,
  ScannedResult,
  StreamRelation,
  TableRelation,
  ViewRelation,
} from '../compile/context.ts';
import { compileFrom } from '../compile/from.ts';
import { Scope } from '../compile/scope.ts';
import { objectMissing, unsupported } from '../errors.ts';
import { versionMoment, type Moment } from '../history/moment.ts';
import { initialSql, offsetSql, type StreamOffset } from '../history/streams.ts';
import { RowHistory } from '../history/row-history.ts';
import { tableName } from '../history/row-storage.ts';
import { latestToken } from '../history/table-versions.ts';
import { parameterDefinition, type ParameterValue } from './parameters.ts';
import type { Shared } from './shared.ts';
import type { Transaction } from './transaction.ts';

interface StatementFacts {
  readonly now: Date;
  readonly text: string;
  readonly binds: Readonly<Record<string, Bind>>;
  readonly statementNumber: number;
  /** It writes rows or makes a table of them, which consumes the streams that it reads. */
  readonly consumes: boolean;
  readonly transaction: Transaction | null;
}

/** The compiler's view of a session, for the length of one statement. */
export class SessionContext implements CompileContext {
  readonly state: SessionState;
  readonly now: Date;
  readonly binds: Readonly<Record<string, Bind>>;
  readonly sessionId: string;
  readonly statementText: string;
  readonly statementNumber: number;
  readonly caseCollation: string;
  /** Results that the statement reads, whose tables must exist before it runs. */
  readonly scannedResults: string[];
  /** Where the statement's points in time are. */
  readonly moments: Map<TimePoint, Moment>;
  /** The streams that the statement reads, and up to which commit. */
  readonly streams: Map<number, bigint>;
  /** The streams that were found to be empty. */
  readonly emptyStreams: Set<number>;
  /** The tables that the statement reads, itself or through views; `null` for what is no table of the catalog. */
  private readonly tables: Set<number | null>;
  private readonly shared: Shared;
  private readonly viewpoint: Viewpoint;
  private readonly queryIds: readonly string[];
  private readonly facts: StatementFacts;
  private readonly aliases: { next: number };

  constructor(
    shared: Shared,
    state: SessionState,
    viewpoint: Viewpoint,
    queryIds: readonly string[],
    facts: StatementFacts,
    outer?: SessionContext,
  ) {
    this.shared = shared;
    this.state = state;
    this.viewpoint = viewpoint;
    this.queryIds = queryIds;
    this.facts = facts;
    this.now = facts.now;
    this.binds = facts.binds;
    this.statementText = facts.text;
    this.statementNumber = facts.statementNumber;
    this.sessionId = viewpoint.session;
    this.caseCollation = shared.caseCollation;
    this.scannedResults = outer?.scannedResults ?? [];
    this.moments = outer?.moments ?? new Map<TimePoint, Moment>();
    this.streams = outer?.streams ?? new Map<number, bigint>();
    this.emptyStreams = outer?.emptyStreams ?? new Set<number>();
    this.tables = outer?.tables ?? new Set();
    this.aliases = outer?.aliases ?? { next: 0 };
  }

  alias(): string {
    this.aliases.next++;
    return `a${this.aliases.next}`;
  }

  parameter(name: string): ParameterValue {
    return this.state.parameters.get(name) ?? parameterDefinition(name).default;
  }

  lastQueryId(offset: number): string | null {
    // Negative numbers count back from the latest statement, positive ones from the session's first.
    const index = offset < 0 ? this.queryIds.length + offset : offset - 1;
    return this.queryIds[index] ?? null;
  }

  relation(name: QualifiedName): Relation {
    const full = fullName(name, this.viewpoint, 'SELECT');
    const { catalog } = this.shared;
    if (full[1] === 'INFORMATION_SCHEMA') {
      const database = findDatabase(catalog.current, full[0], this.viewpoint);
      const view = informationSchemaView(full[2], database, catalog, this.viewpoint);
      if (view === undefined) throw objectMissing(quotedName(full));
      this.tables.add(null);
      return view;
    }
    const stream = this.streamOf(full);
    if (stream !== undefined) return this.streamRelation(stream, full, name);
    return this.tableOrView(full, findRelation(catalog.current, full, 'SELECT', this.viewpoint));
  }

  private tableOrView(name: FullName, relation: RelationEntry): TableRelation | ViewRelation {
    const { id } = relation;
    const origin = { database: name[0], schema: name[1], table: name[2] };
    const columns = relation.columns.map(({ name: column, type, nullable, storage }) => ({
      name: column,
      type,
      nullable,
      storage,
      origin,
    }));
    if (relation.kind === 'VIEW') {
      const { query, changeTracking } = relation;
      const own = columns.map(({ storage: _, ...column }) => column);
      return { kind: 'view', id, name, columns: own, text: query ?? '', changeTracking };
    }
    this.tables.add(id);
    const history = new RowHistory(relation, this.shared.catalog.versions.of(id), this.now);
    return { kind: 'table', id, name, relation: tableName(relation), history, columns };
  }

  /** The stream of that name, where no table or view has it. */
  private streamOf(name: FullName): StreamEntry | undefined {
    const schema = this.shared.catalog.current.databases[name[0]]?.schemas[name[1]];
    if (schema === undefined || lookUpRelation(schema, name[2], this.viewpoint.session) !== undefined) return undefined;
    return Object.hasOwn(schema.streams, name[2])
      ? findStream(this.shared.catalog.current, name, 'SELECT', this.viewpoint)
      : undefined;
  }

  /**
   * In a transaction a stream gives the changes from where it stood when the transaction began to that time, and the same again each time. What
   * consumes it reads from where it stands once it is locked: another transaction may have consumed it meanwhile.
   */
  private streamRelation(stream: StreamEntry, full: FullName, name: QualifiedName): StreamRelation {
    const { id, mode } = stream;
    const { streams, catalog } = this.shared;
    const { transaction } = this.facts;
    const kept = transaction === null || this.facts.consumes || transaction.changes.consumed.has(id);
    const offset = kept ? streams.of(id) : (transaction.offsets.get(id) ?? streams.of(id));
    const position = name[0]?.position ?? { line: 1, column: 0 };
    const { role } = this.state;
    const source = readableStreamSource(stream, offset, catalog, role, this.now, position);
    const to = this.streamEnd();
    this.streams.set(id, to.token);
    return {
      kind: 'stream',
      name: full,
      source: this.tableOrView(source.name, source.relation),
      mode,
      from: { token: offset.token, sql: kept ? offsetSql(id) : String(offset.token), of: 'version', at: null },
      to,
      initial: offset.initial ? (kept ? initialSql(id) : 'true') : null,
    };
  }

  /** Where a stream stands, to be read from there. */
  streamOffset(name: QualifiedName): Moment {
    const { offset } = this.namedStream(name);
    return versionMoment(offset.token, null);
  }

  private streamEnd(): Moment {
    return versionMoment(this.facts.transaction?.began ?? this.shared.catalog.versions.latest, null);
  }

  streamHasData(name: QualifiedName): boolean {
    const { stream, offset } = this.namedStream(name);
    const end = this.streamEnd().token;
    const changed = stream.tables.some((table) =>
      this.shared.catalog.versions.of(table).some(({ token }) => token > offset.token && token <= end),
    );
    if (!changed && !offset.initial) this.emptyStreams.add(stream.id);
    return changed || offset.initial;
  }

  streamTableToken(name: QualifiedName): bigint {
    const { stream, offset } = this.namedStream(name);
    if (stream.source.kind === 'VIEW') throw unsupported('SYSTEM$STREAM_GET_TABLE_TIMESTAMP of a stream on a view');
    const [created, ...later] = this.shared.catalog.versions.of(stream.source.id);
    const versions = created?.base === true ? [created, ...later] : later;
    return versions.findLast(({ token }) => token <= offset.token)?.token ?? 0n;
  }

  private namedStream(name: QualifiedName): { readonly stream: StreamEntry; readonly offset: StreamOffset } {
    const { catalog, streams } = this.shared;
    const stream = findStream(catalog.current, fullName(name, this.viewpoint, 'SELECT'), 'SELECT', this.viewpoint);
    const { transaction } = this.facts;
    const offset = transaction?.offsets.get(stream.id) ?? streams.of(stream.id);
    const position = name[0]?.position ?? { line: 1, column: 0 };
    readableStreamSource(stream, offset, catalog, this.state.role, this.now, position);
    return { stream, offset };
  }

  /** A view's body is resolved where the view is, with the rights of the role that owns it. */
  forView(name: FullName): CompileContext {
    const relation = this.shared.catalog.current.databases[name[0]]?.schemas[name[1]]?.relations[name[2]];
    const state: SessionState = {
      ...this.state,
      parameters: this.state.parameters,
      database: name[0],
      schema: name[1],
      role: relation?.owner ?? this.state.role,
    };
    return new SessionContext(
      this.shared,
      state,
      { state, session: this.viewpoint.session },
      this.queryIds,
      this.facts,
      this,
    );
  }

  tablesRead(): readonly number[] {
    return [...this.tables].map((id) => {
      if (id === null) throw unsupported('changes of INFORMATION_SCHEMA');
      return id;
    });
  }

  tablesBelow(name: QualifiedName): readonly number[] {
    const alone = new SessionContext(this.shared, this.state, this.viewpoint, this.queryIds, this.facts);
    const environment = { context: alone, scope: new Scope([], null), commonTables: new Map(), reading: null };
    const position = name[0]?.position ?? { line: 1, column: 0 };
    compileFrom({ kind: 'table', name, travel: null, alias: null, position }, environment);
    return alone.tablesRead();
  }

  changeToken(name: QualifiedName): string {
    return latestToken(this.tablesBelow(name));
  }

  moment(point: TimePoint): Moment {
    const moment = this.moments.get(point);
    if (moment === undefined) throw unsupported('a point in time in a view');
    return moment;
  }

  latestMoment(): Moment {
    return versionMoment(this.shared.catalog.versions.latest, null);
  }

  result(queryId: string): ScannedResult {
    const result = this.shared.results.scanned(queryId, this.state.user);
    if (!this.scannedResults.includes(queryId)) this.scannedResults.push(queryId);
    return result;
  }
}
