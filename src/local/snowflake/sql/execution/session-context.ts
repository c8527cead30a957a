import type { Bind, SessionState } from '../../engine.ts';
import type { QualifiedName, TimePoint } from '../ast.ts';
import { informationSchemaView } from '../catalog/information-schema.ts';
import {
  findDatabase,
  findRelation,
  fullName,
  quotedName,
  type FullName,
  type Viewpoint,
} from '../catalog/resolution.ts';
import type { CompileContext, Relation, ScannedResult } from '../compile/context.ts';
import { compileFrom } from '../compile/from.ts';
import { Scope } from '../compile/scope.ts';
import { objectMissing, unsupported } from '../errors.ts';
import { momentOf, type Moment } from '../history/moment.ts';
import { RowHistory } from '../history/row-history.ts';
import { tableName } from '../history/row-storage.ts';
import { latestToken } from '../history/table-versions.ts';
import { parameterDefinition, type ParameterValue } from './parameters.ts';
import type { Shared } from './session.ts';

interface StatementFacts {
  readonly now: Date;
  readonly text: string;
  readonly binds: Readonly<Record<string, Bind>>;
  readonly statementNumber: number;
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
    const relation = findRelation(catalog.current, full, 'SELECT', this.viewpoint);
    const origin = { database: full[0], schema: full[1], table: full[2] };
    if (relation.kind === 'VIEW') {
      return {
        kind: 'view',
        id: relation.id,
        name: full,
        columns: relation.columns.map(({ name: column, type, nullable }) => ({ name: column, type, nullable, origin })),
        text: relation.query ?? '',
        changeTracking: relation.changeTracking,
      };
    }
    this.tables.add(relation.id);
    return {
      kind: 'table',
      id: relation.id,
      name: full,
      relation: tableName(relation),
      history: new RowHistory(relation, catalog.versions.of(relation.id), this.now),
      columns: relation.columns.map(({ name: column, type, nullable, storage }) => ({
        name: column,
        type,
        nullable,
        storage,
        origin,
      })),
    };
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
    return momentOf(this.shared.catalog.versions.latest, 'version');
  }

  result(queryId: string): ScannedResult {
    const result = this.shared.results.scanned(queryId, this.state.user);
    if (!this.scannedResults.includes(queryId)) this.scannedResults.push(queryId);
    return result;
  }
}
