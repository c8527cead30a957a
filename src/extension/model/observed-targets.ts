import * as vscode from 'vscode';
import type {
  ErrorDocument,
  FailedTableDocument,
  LocalStatusDocument,
  ProjectTarget,
  SourceTableStatus,
  StatusDocument,
  TableDocument,
  TableStatus,
} from '../../worker/protocol/protocol.ts';
import { Disposable } from '../disposable.ts';
import type { Log } from '../log.ts';
import { newOperation } from '../process/operation.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { errorDocumentOf, reasonOf } from '../process/worker-failure.ts';
import type { Settings } from '../settings.ts';
import type { Project, Projects } from './project.ts';
import { stalenessOf } from './staleness.ts';
import type { TableState, TargetState, TargetStates } from './target-state.ts';
import { TargetWatch } from './target-watch.ts';

type RefreshOptions = NonNullable<Parameters<TargetStates['refresh']>[2]>;

/** What was seen of a target, without the judgement that follows from it. */
interface Observation {
  readonly state: TargetState['state'];
  readonly error: ErrorDocument | undefined;
  readonly sourceError: ErrorDocument | undefined;
  readonly statuses: ReadonlyMap<string, TableStatus>;
  readonly sources: ReadonlyMap<string, SourceTableStatus | FailedTableDocument>;
  readonly seenAt: number | undefined;
  readonly sourceSeenAt: number | undefined;
}

const settledStates: ReadonlySet<TargetState['state']> = new Set(['ready', 'stopped']);

/** What is looked at, as the file had it when the look began. */
interface Place {
  readonly key: string;
  readonly project: Project;
  readonly target: string;
}

const nothingSeen: Observation = {
  state: 'unknown',
  error: undefined,
  sourceError: undefined,
  statuses: new Map(),
  sources: new Map(),
  seenAt: undefined,
  sourceSeenAt: undefined,
};

/** Asks the worker how targets stand, and keeps what it said. */
export class ObservedTargets extends Disposable implements TargetStates {
  readonly #worker: WorkerClient;
  readonly #projects: Projects;
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #watch: TargetWatch;
  readonly #observations = new Map<string, Observation>();
  readonly #underWay = new Map<string, Promise<TargetState>>();
  readonly #changes = this.register(new vscode.EventEmitter<TargetState | undefined>());
  readonly onDidChange = this.#changes.event;
  #local: LocalStatusDocument | undefined;

  constructor(worker: WorkerClient, projects: Projects, settings: Settings, log: Log) {
    super();
    this.#worker = worker;
    this.#projects = projects;
    this.#settings = settings;
    this.#log = log;
    this.#watch = this.register(new TargetWatch(this, projects, worker));
    this.register(
      projects.onDidChange(() => {
        this.#changes.fire(undefined);
      }),
    );
    this.register(
      settings.onDidChange(() => {
        this.#changes.fire(undefined);
      }),
    );
  }

  get local(): LocalStatusDocument | undefined {
    return this.#local;
  }

  get current(): readonly TargetState[] {
    return this.#projects.all.map((project) => this.get(project)).filter((state) => state !== undefined);
  }

  get(project: Project, target = project.target): TargetState | undefined {
    // The one that the caller holds may be older than the file.
    const known = this.#projects.find(project.uri) ?? project;
    const found = known.document?.targets.find(({ name }) => name === target);
    return found === undefined ? undefined : this.#stateOf(known, found);
  }

  watch(): vscode.Disposable {
    return this.#watch.hold();
  }

  /** What has failed may go well now. */
  lookAgain(): void {
    this.#watch.lookAgain();
  }

  refresh(project: Project, target: string, options: RefreshOptions = {}): Promise<TargetState> {
    const key = `${this.#keyOf(project, target)} ${JSON.stringify(options)}`;
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const refreshed = this.#look(project, target, options).finally(() => {
      this.#underWay.delete(key);
    });
    this.#underWay.set(key, refreshed);
    return refreshed;
  }

  async describe(table: TableState, token?: vscode.CancellationToken): Promise<TableDocument> {
    const { project, target } = table;
    const params = { config: project.config, target: target.name, table: table.table.name };
    return this.#worker.request('table/describe', { ...params, operation: newOperation('background') }, token);
  }

  async refreshLocal(): Promise<LocalStatusDocument | undefined> {
    try {
      this.#local = await this.#worker.request('local/status', {});
    } catch (error) {
      this.#log.warn(`The local PostGIS could not be looked for: ${errorDocumentOf(error).message}`);
      this.#local = undefined;
    }
    this.#changes.fire(undefined);
    return this.#local;
  }

  async refreshEmbedded(): Promise<void> {
    const looks = this.#projects.all.flatMap((project) =>
      (project.document?.targets ?? [])
        .filter(({ kind, name }) => kind === 'embedded' && this.#isShown(project, name))
        .map(({ name }) => this.refresh(project, name)),
    );
    await Promise.all([this.refreshLocal(), ...looks]);
  }

  /** Of a target that is not the chosen one, what was seen before is shown beside its connection. */
  #isShown(project: Project, target: string): boolean {
    return project.target === target || this.#observations.has(this.#keyOf(project, target));
  }

  /** When Snowflake last answered for a target, in ms since the epoch. */
  sourceSeenAt(project: Project, target: string): number | undefined {
    return this.#observations.get(this.#keyOf(project, target))?.sourceSeenAt;
  }

  async #look(project: Project, target: string, options: RefreshOptions): Promise<TargetState> {
    const place: Place = { key: this.#keyOf(project, target), project, target };
    const before = this.#seen(place.key);
    this.#observe(place, { state: before.state === 'unknown' ? 'loading' : before.state });
    const { tables = [], exact = false, source = this.#settings.askSnowflake(project.uri) } = options;
    const params = { config: project.config, target, tables, exact };
    let document: StatusDocument;
    try {
      document = await this.#worker.request('status', { ...params, operation: newOperation('background') });
    } catch (thrown) {
      const error = errorDocumentOf(thrown);
      // Of no use to anybody: the window closes, or the workspace is not trusted yet.
      if (error.code === 'cancelled') return this.#observe(place, { state: before.state });
      const isStopped = error.code === 'local.failed' && reasonOf(error) === 'not-running';
      return this.#observe(place, { state: isStopped ? 'stopped' : 'failed', error });
    }
    const { statuses: statusesBefore, sources: sourcesBefore } = this.#seen(place.key);
    const statuses = new Map(statusesBefore);
    const sources = new Map(sourcesBefore);
    for (const status of document.tables) {
      const known = statuses.get(status.table);
      // Whether the source has changed was said of the rows that were live then.
      if (known?.generation !== status.generation) sources.delete(status.table);
      statuses.set(status.table, withCountedRows(status, known));
    }
    this.#observe(place, { state: 'ready', error: undefined, statuses, sources, seenAt: Date.now() });
    if (source) await this.#askSource(place, { tables, exact });
    return this.#current(project, target);
  }

  async #askSource(
    place: Place,
    options: { readonly tables: readonly string[]; readonly exact: boolean },
  ): Promise<void> {
    const { project, target } = place;
    const params = { config: project.config, target, ...options, operation: newOperation('background') };
    try {
      const document = await this.#worker.request('source/status', params);
      const sources = new Map(this.#seen(place.key).sources);
      for (const table of document.tables) sources.set(table.table, table);
      this.#observe(place, { sources, sourceError: undefined, sourceSeenAt: Date.now() });
    } catch (thrown) {
      const sourceError = errorDocumentOf(thrown);
      if (sourceError.code !== 'cancelled') this.#observe(place, { sourceError });
    }
  }

  #seen(key: string): Observation {
    return this.#observations.get(key) ?? nothingSeen;
  }

  #observe({ key, project, target }: Place, seen: Partial<Observation>): TargetState {
    const before = this.#seen(key);
    this.#observations.set(key, { ...before, ...seen });
    const state = this.#current(project, target);
    // A sync has started it, or somebody else has stopped it.
    if (state.target.kind === 'embedded' && state.state !== before.state && settledStates.has(state.state)) {
      void this.refreshLocal();
    }
    if (!this.isDisposed) this.#changes.fire(state);
    return state;
  }

  /** A target that another database stands behind now is another one: nothing that was seen is about it. */
  #keyOf(project: Project, target: string): string {
    const known = this.#projects.find(project.uri) ?? project;
    const found = known.document?.targets.find(({ name }) => name === target);
    const folder = found?.kind === 'embedded' ? (found.dataDir ?? this.#settings.dataDir) : undefined;
    return JSON.stringify([project.config, target, found?.description, folder]);
  }

  /** Of a target that has left the file meanwhile, what there is to say without it. */
  #current(project: Project, target: string): TargetState {
    const gone = { name: target, kind: 'server', description: target, dataDir: null, secrets: [] } as const;
    return this.get(project, target) ?? this.#stateOf({ ...project, document: undefined }, gone);
  }

  #stateOf(project: Project, target: ProjectTarget): TargetState {
    const { state, error, sourceError, statuses, sources, seenAt } = this.#seen(this.#keyOf(project, target.name));
    const rules = {
      staleAfterHours: this.#settings.staleAfterHours(project.uri),
      sinceMeasuredMs: seenAt === undefined ? 0 : Date.now() - seenAt,
    };
    const tables = (project.document?.tables ?? []).map((table): TableState => {
      const status = statuses.get(table.name);
      const source = sources.get(table.name);
      return { project, target, table, status, source, staleness: stalenessOf(status, source, rules) };
    });
    return { project, target, state, error, sourceError, tables, seenAt };
  }
}

/** Rows that somebody had counted stay while nothing is known to have changed them: the planner's estimate says less of the same rows. */
function withCountedRows(status: TableStatus, known: TableStatus | undefined): TableStatus {
  if (status.rowsExact || known?.rowsExact !== true) return status;
  if (known.generation !== status.generation || known.bytes !== status.bytes) return status;
  return { ...status, rows: known.rows, rowsExact: true };
}
