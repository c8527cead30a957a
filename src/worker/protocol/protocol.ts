import type { ConfigProblem, ErrorDocument, SourceRange, SyncStep } from '../../sync-core/errors.ts';
import type { SyncEvent, SyncWarning } from '../../sync-core/events.ts';
import type { RelationName } from '../../sync-core/config/resolved.ts';
import type { RowChanges } from '../../sync-core/ledger/ledger.ts';
import type { RunRecord, RunStatus } from '../../sync-core/ledger/run-history.ts';
import type { Space, StatusDrift, TableStatus } from '../../sync-core/status.ts';

/**
 * What `snowmelt serve` and its clients say to each other: JSON-RPC 2.0 over stdio, each message behind a `Content-Length`
 * header. The schema (docs/worker-protocol.schema.json) and docs/worker-protocol.md are generated from these types
 * (`node scripts/generate-protocol.mjs`), and the comments here are the descriptions in them.
 *
 * A client sends `initialize` first, and `shutdown` and `exit` last. The worker ends by itself when its input ends; what
 * still runs is then cancelled and cleaned up. Any request is cancelled with the notification `$/cancelRequest`
 * `{"id": …}`; it then fails with the error code `cancelled`.
 */

export type { ConfigProblem, ErrorDocument, RunRecord, RunStatus, SourceRange, SyncEvent, SyncStep, SyncWarning };
export type { RelationName, RowChanges, Space, StatusDrift, TableStatus };

/** Raised when a client of an earlier version would misunderstand the worker. */
export const protocolVersion = 1;

/** JSON-RPC error code of every failure of Snowmelt itself; `data` of the error is an {@link ErrorDocument}. */
export const failedRequest = -32_001;

/** Requests of the client, by method. */
export interface ClientRequests {
  initialize: { params: InitializeParams; result: InitializeResult };
  /** Cancels what runs, waits until it has been cleaned up, and answers. Nothing but `exit` may follow. */
  shutdown: { params: null; result: null };

  /** Reads a configuration and says what is in it. Connects to nothing, runs no command. Problems are part of the answer. */
  'project/read': { params: ProjectReadParams; result: ProjectDocument };
  /** What a sync would do; writes nothing. */
  plan: { params: SelectionParams; result: PlansDocument };
  /** Makes tables equal to their sources. A table that fails does not stop the others; the answer says which did. */
  sync: { params: SyncParams; result: SyncsDocument };
  /** Compares tables with their sources. A difference is part of the answer, no failure of the request. */
  verify: { params: VerifyParams; result: VerifyDocument };
  /** How tables stand in the target. Does not ask Snowflake. */
  status: { params: StatusParams; result: StatusDocument };
  /** How the sources stand in Snowflake: rows, and whether they have changed since the live rows were fetched. */
  'source/status': { params: SourceStatusParams; result: SourceStatusDocument };
  /** What a table consists of: columns with the types of both sides, indexes, kept generations, dependents. Does not ask Snowflake. */
  'table/describe': { params: TableParams; result: TableDocument };
  /** The latest runs of the target's database, by whomever they were started. */
  history: { params: HistoryParams; result: HistoryDocument };
  /** Brings an earlier generation back. */
  rollback: { params: RollbackParams; result: RollbackDocument };
  /** Removes what abandoned runs have left. */
  clean: { params: CleanParams; result: CleanDocument };
  /** Checks, and where asked for sets, the settings of the application's role. */
  timeouts: { params: TimeoutsParams; result: TimeoutsDocument };
  /** Writes a new configuration. */
  init: { params: InitParams; result: InitDocument };

  /** Connects to Snowflake or to a target, says what it found there, and disconnects. */
  'connection/test': { params: ConnectionParams; result: ConnectionDocument };
  /** How a target is reached by other programs. Connects to nothing; never contains a password. */
  'connection/string': { params: TargetParams; result: ConnectionStringDocument };
  /** The connections of Snowflake's own files (`connections.toml`), for a configuration that is yet to be written. */
  'source/connections': { params: OperationParams; result: SourceConnectionsDocument };
  /** Lists what the connection's role may see in Snowflake, one level at a time. */
  'source/list': { params: SourceListParams; result: SourceListDocument };

  /** What lies around the middle of a table's data, found as an application that draws a map would: by ST_DWithin, read-only. */
  'map/query': { params: MapQueryParams; result: MapQueryDocument };

  /** Starts the local parts where they do not run. They go on when the worker ends. */
  'local/start': { params: LocalStartParams; result: LocalStartDocument };
  /** Stops the local parts; their data stays. */
  'local/stop': { params: LocalParams; result: LocalStopDocument };
  'local/status': { params: LocalParams; result: LocalStatusDocument };
}

/** Notifications of the client, by method. */
export interface ClientNotifications {
  /** Ends the worker. */
  exit: null;
}

/** Requests of the worker, by method; sent only to clients that said in `initialize` that they answer them. */
export interface ServerRequests {
  /** Asks for a secret that the configuration has as `{"prompt": true}`. */
  'secret/get': { params: SecretParams; result: SecretResult };
}

/** Notifications of the worker, by method. */
export interface ServerNotifications {
  /** What a run reports while it goes. */
  'run/event': RunEventParams;
  /** What a person should know and that is no event of a run. */
  notice: NoticeParams;
}

export interface InitializeParams {
  /**
   * The version of the protocol that the client speaks.
   *
   * @asType integer
   */
  readonly protocolVersion: number;
  /**
   * For the ledger and logs: `vscode 1.96.0`.
   *
   * @minLength 1
   * @maxLength 200
   */
  readonly client: string;
  readonly capabilities: ClientCapabilities;
}

export interface ClientCapabilities {
  /** The client answers `secret/get`. */
  readonly secrets: boolean;
}

export interface InitializeResult {
  readonly protocolVersion: number;
  /** Of Snowmelt. */
  readonly version: string;
  readonly processId: number;
}

/** What every request may carry. */
export interface OperationParams {
  /** Chosen by the client; comes back in the notifications that belong to the request. Without it there are none. */
  readonly operation?: string;
}

export interface ConfigParams extends OperationParams {
  /** The absolute path of the configuration. */
  readonly config: string;
}

export interface TargetParams extends ConfigParams {
  /** The target's name; the default target where it is left out. */
  readonly target?: string;
}

export interface TableParams extends TargetParams {
  /** The table's name in the configuration. */
  readonly table: string;
}

export interface SelectionParams extends TargetParams {
  /** Names of tables in the configuration; all tables where it is left out or empty. */
  readonly tables?: readonly string[];
}

export interface ProjectReadParams extends ConfigParams {
  /** The text to read in place of the file's: of an editor that has not been saved. */
  readonly text?: string;
}

export interface ProjectDocument {
  /** Absolute. */
  readonly config: string;
  /** Everything that is wrong, in the order of the text. With an error among them the rest is empty. */
  readonly problems: readonly ConfigProblem[];
  readonly source: ProjectSource | null;
  readonly targets: readonly ProjectTarget[];
  readonly defaultTarget: string | null;
  readonly tables: readonly ProjectTable[];
  /** The role whose settings `timeouts` checks. */
  readonly role: string | null;
}

export interface ProjectSource {
  /** For people: the connection's name, or the account. */
  readonly description: string;
  readonly secrets: readonly PromptedSecret[];
}

export interface ProjectTarget {
  readonly name: string;
  readonly kind: 'embedded' | 'server';
  /** For people: `embedded PostGIS`, or host and database; never a password. */
  readonly description: string;
  /** The folder of an embedded PostGIS, where it is not the default one. */
  readonly dataDir: string | null;
  readonly secrets: readonly PromptedSecret[];
}

/** A secret that the configuration has as `{"prompt": true}`: `secret/get` will ask for it. */
export interface PromptedSecret {
  /** Stable within the configuration: `target/cloud/password`, `source/password`. */
  readonly id: string;
  /** For people: `the password of target "cloud"`. */
  readonly label: string;
}

export interface ProjectTable {
  readonly name: string;
  readonly relation: RelationName;
  /** The object's name in Snowflake; null for a query. */
  readonly object: string | null;
  /** For people: the object's name, or that it is a query. */
  readonly source: string;
  readonly key: readonly string[];
  /** Where its key stands in the text. */
  readonly range: SourceRange;
}

export interface SyncParams extends SelectionParams {
  /** Skips the guards against an empty or shrunken source. */
  readonly force?: boolean;
  /** Brings all rows over, whatever "incremental" of the configuration says. */
  readonly full?: boolean;
}

/** What became of each table. */
export interface SyncsDocument {
  readonly status: 'success' | 'failed';
  readonly target: string;
  readonly tables: readonly (SyncedTableDocument | FailedTableDocument)[];
}

/** The names of the procedure that Snowmelt takes the place of, and more. */
export interface SyncedTableDocument {
  readonly status: 'success';
  readonly table: string;
  /** Rows that Snowflake sent. */
  readonly rows_synced: number;
  /** Rows of the table. */
  readonly final_count: number;
  /** What changed in the table; null where all rows were replaced. */
  readonly changes: RowChanges | null;
  readonly run: string;
  /** The live generation: a new one, unless there was nothing to change. */
  readonly generation: number;
  /** Of COPY text. */
  readonly bytes: number;
  readonly seconds: number;
  /** Seconds of each step. */
  readonly steps: Readonly<Partial<Record<SyncStep, number>>>;
  /** `full`: all rows were brought over; `changes`: those that had changed; `row-diff`: those that differed. */
  readonly mode: string;
  /** Why it was that mode: why an incremental one that is configured could not be used. */
  readonly mode_reason: string;
  readonly strategy: string;
  readonly extract_path: string;
  /** Null where the rows came from several queries, or none came. */
  readonly source_query_id: string | null;
  readonly warnings: readonly SyncWarning[];
}

export interface FailedTableDocument {
  readonly status: 'failed';
  readonly table: string;
  readonly error: ErrorDocument;
}

export interface PlansDocument {
  readonly status: 'success' | 'failed';
  readonly target: string;
  readonly tables: readonly (PlanDocument | FailedTableDocument)[];
}

/** What a sync of one table would do. */
export interface PlanDocument {
  readonly status: 'success';
  readonly table: string;
  readonly source: string;
  readonly relation: {
    readonly name: string;
    readonly exists: boolean;
    /** The server's estimate; null where there is none. */
    readonly estimatedRows: number | null;
    readonly bytes: number | null;
  };
  readonly key: readonly string[];
  readonly columns: readonly PlannedColumn[];
  /** How the source has moved away from the table, and what a sync would do about it. */
  readonly drift: PlannedDrift;
  readonly indexes: readonly PlannedIndex[];
  readonly dependents: readonly Dependent[];
  /** `full`: all rows are brought over; `changes`: those that have changed; `row-diff`: those that differ. */
  readonly mode: { readonly mode: string; readonly reason: string };
  /** How all rows are extracted. */
  readonly extract: { readonly path: string; readonly reason: string; readonly sql: string };
  readonly swap: { readonly strategy: string; readonly reason: string };
  readonly warnings: readonly SyncWarning[];
}

export interface PlannedColumn {
  readonly name: string;
  readonly type: string;
  /** `source`: rows bring it; `computed`: Postgres does while they are loaded; `default`: neither. */
  readonly filledBy: 'source' | 'computed' | 'default';
  readonly source: string | null;
  readonly sourceType: string | null;
  readonly expression: string | null;
  /** The live table does not have it yet. */
  readonly added: boolean;
}

export interface PlannedDrift {
  readonly added: readonly { readonly column: string; readonly type: string }[];
  readonly dropped: readonly string[];
  readonly retyped: readonly { readonly column: string; readonly from: string; readonly to: string }[];
  /** The difference as DDL. */
  readonly statements: readonly string[];
  /** What goes with the dropped columns. */
  readonly lost: readonly { readonly kind: 'index' | 'constraint' | 'statistics'; readonly name: string }[];
}

export interface PlannedIndex {
  readonly name: string;
  readonly definition: string;
  readonly action: 'keep' | 'add';
}

/** What hangs on a live table and is kept by every sync. */
export interface Dependent {
  readonly kind: 'view' | 'trigger' | 'policy' | 'rule' | 'publication' | 'statistics' | 'sequence' | 'pin';
  readonly name: string;
}

export interface VerifyParams extends SelectionParams {
  /**
   * `count` compares the numbers of rows; `checksum` hashes of columns by bucket of the key; `diff` goes down to the rows that
   * differ. Where it is left out, `checksum` for a table with a key and `count` for one without.
   */
  readonly level?: 'count' | 'checksum' | 'diff';
  /** Applies the rows that differ to the target; needs `diff`. */
  readonly repair?: boolean;
  /** Fetches the columns that cannot be hashed (JSON and the like) whole, and compares them too; needs `diff`. */
  readonly allColumns?: boolean;
  /**
   * The most differing rows of a table to return.
   *
   * @asType integer
   * @minimum 0
   */
  readonly limit?: number;
}

export interface VerifyDocument {
  /** `different`: at least one table differs from its source. */
  readonly status: 'success' | 'different' | 'failed';
  readonly target: string;
  readonly tables: readonly (VerifiedTableDocument | FailedTableDocument)[];
}

export interface VerifiedTableDocument {
  readonly status: 'equal' | 'different';
  readonly table: string;
  readonly level: 'count' | 'checksum' | 'diff';
  readonly sourceRows: number;
  readonly targetRows: number;
  /** The moment of the source that was compared; null where Snowflake could give no consistent snapshot. */
  readonly snapshot: string | null;
  /** Columns whose values were hashed on both sides. */
  readonly hashedColumns: readonly string[];
  /** Columns that were compared in another way or not at all, and why. */
  readonly otherColumns: readonly { readonly column: string; readonly reason: string }[];
  /** The buckets of the key that were compared, and how many of them differ; null at `count`. */
  readonly buckets: { readonly compared: number; readonly different: number } | null;
  /** The columns that were hashed together, and whether they are the same in all rows; empty at `count`. */
  readonly columnGroups: readonly { readonly columns: readonly string[]; readonly equal: boolean }[];
  readonly missing: number | null;
  readonly extra: number | null;
  readonly different: number | null;
  /** The first of the rows that differ; empty below `diff`. */
  readonly rows: readonly RowDifference[];
  /** Rows that `repair` changed. */
  readonly repaired: number;
  readonly seconds: number;
}

/** `missing` is not in the target, `extra` not in the source. Values are in Postgres' text form. */
export interface RowDifference {
  readonly kind: 'missing' | 'extra' | 'different';
  readonly key: Readonly<Record<string, string | null>>;
  readonly columns: readonly ColumnDifference[];
  /** How many such rows there are: more than 1 only in a table without a key. */
  readonly copies: number;
}

export interface ColumnDifference {
  readonly column: string;
  readonly source: string | null;
  readonly target: string | null;
}

export interface StatusParams extends SelectionParams {
  /** Counts the rows in place of the planner's estimate. */
  readonly exact?: boolean;
}

export interface StatusDocument {
  readonly status: 'success';
  readonly target: string;
  readonly tables: readonly TableStatus[];
  /** `none`: nothing was ever synced into this database; `unreadable`: the role may not look at the history. */
  readonly ledger: 'read' | 'none' | 'unreadable';
}

export interface SourceStatusParams extends SelectionParams {
  /** Counts the rows of views and queries too, which runs them. Tables are always counted: Snowflake keeps their count. */
  readonly exact?: boolean;
}

export interface SourceStatusDocument {
  readonly status: 'success' | 'failed';
  readonly target: string;
  readonly tables: readonly (SourceTableStatus | FailedTableDocument)[];
}

export interface SourceTableStatus {
  readonly status: 'success';
  readonly table: string;
  /** Rows of the source now; null where they were not counted. */
  readonly rows: number | null;
  /**
   * Whether the source has changed since the live rows were fetched; null where that cannot be told: a query, a source that
   * Snowflake keeps no token of, or rows that a version of Snowmelt fetched that did not write it down.
   */
  readonly changed: boolean | null;
}

/** The parts of a table. All lists are empty where the relation is missing. */
export interface TableDocument {
  readonly status: 'success';
  readonly target: string;
  readonly table: string;
  readonly relation: RelationName;
  readonly exists: boolean;
  readonly owner: string | null;
  readonly comment: string | null;
  readonly columns: readonly DescribedColumn[];
  readonly indexes: readonly DescribedIndex[];
  /** Latest first; without the live one. */
  readonly generations: readonly DescribedGeneration[];
  readonly dependents: readonly Dependent[];
}

export interface DescribedColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly key: boolean;
  /** The Snowflake type that filled it at the last sync; null where none did or it is not known. */
  readonly sourceType: string | null;
  /** Default or generation expression. */
  readonly expression: string | null;
  readonly generated: boolean;
}

export interface DescribedIndex {
  readonly name: string;
  readonly definition: string;
  readonly method: string;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly valid: boolean;
  readonly bytes: number;
  readonly columns: readonly string[];
}

export interface DescribedGeneration {
  readonly generation: number;
  readonly rows: number | null;
  /** When it ceased to be live. */
  readonly retiredAt: string;
  readonly bytes: number;
}

export interface HistoryParams extends SelectionParams {
  /**
   * The most runs to return; 20 where it is left out.
   *
   * @asType integer
   * @minimum 1
   */
  readonly limit?: number;
  /** Only runs that ended, or stand, like this. */
  readonly status?: RunStatus;
  /** Only runs that began then or later: an ISO 8601 time. */
  readonly since?: string;
}

export interface HistoryDocument {
  readonly status: 'success';
  readonly target: string;
  /** Newest first. */
  readonly runs: readonly RunRecord[];
}

export interface RollbackParams extends TableParams {
  /**
   * The generation to go back to; the one before the live one where it is left out.
   *
   * @asType integer
   */
  readonly to?: number;
}

export interface RollbackDocument {
  readonly status: 'success';
  readonly table: string;
  readonly target: string;
  readonly relation: string;
  readonly run: string;
  /** The generation that was gone back to. */
  readonly restored: number;
  /** The number under which it is live now. */
  readonly generation: number;
  readonly rows: number;
  readonly seconds: number;
}

export interface CleanParams extends SelectionParams {
  /** The earlier generations too, which a rollback would need. */
  readonly generations?: boolean;
  /** Only says what would be removed. */
  readonly dryRun?: boolean;
}

export interface CleanDocument {
  readonly status: 'success' | 'failed';
  readonly target: string;
  readonly dryRun: boolean;
  /** The sum of what is in `removed`. */
  readonly bytes: number;
  readonly removed: readonly LeftoverDocument[];
  readonly left: readonly LeftDocument[];
}

export interface LeftoverDocument {
  readonly kind: 'generation' | 'staging';
  readonly table: string;
  readonly relation: string;
  readonly run: string | null;
  readonly generation: number | null;
  readonly bytes: number;
}

export interface LeftDocument extends LeftoverDocument {
  /** `busy`: a run that is under way has it. */
  readonly cause: 'busy' | 'failed';
  readonly reason: string;
}

export interface TimeoutsParams extends SelectionParams {
  /** Sets what is not as the configuration says. */
  readonly apply?: boolean;
}

/** What the procedure returns that Snowmelt takes the place of, and more. */
export interface TimeoutsDocument {
  readonly status: 'success' | 'failed';
  readonly results: readonly string[];
  readonly target: string;
  readonly role: string;
  readonly settings: readonly {
    readonly name: string;
    readonly actual: string | null;
    readonly expected: string;
    readonly correct: boolean;
  }[];
  readonly applied: boolean;
  /** What gives the role its settings, for whoever may. */
  readonly statements: readonly string[];
}

export interface InitParams extends OperationParams {
  /** The absolute path of the file to write. */
  readonly config: string;
  /** For the sample data of the local parts, which are started where they do not run. */
  readonly sample?: boolean;
  /** The folder of the local parts. */
  readonly dataDir?: string;
  /** Overwrites a file that is there. */
  readonly force?: boolean;
}

export interface InitDocument {
  readonly status: 'success';
  /** Absolute. */
  readonly file: string;
}

export interface ConnectionParams extends TargetParams {
  /** `source` is Snowflake; `target` the target that is named. */
  readonly side: 'source' | 'target';
}

export interface ConnectionDocument {
  readonly status: 'success';
  readonly side: 'source' | 'target';
  /** Name of the target, or description of the source. */
  readonly name: string;
  readonly user: string;
  /** Snowflake's version, or PostgreSQL's. */
  readonly version: string;
  /** Null where it is not installed, and for Snowflake. */
  readonly postgisVersion: string | null;
  /** Current role and warehouse of Snowflake; null where there is none, and for a target. */
  readonly role: string | null;
  readonly warehouse: string | null;
  readonly database: string | null;
  /** From the first packet to the answer of a query. */
  readonly ms: number;
}

export interface ConnectionStringDocument {
  readonly status: 'success';
  readonly target: string;
  /** For psql, an application or a GIS: libpq's URL, without a password. */
  readonly url: string;
}

export interface SourceConnectionsDocument {
  readonly status: 'success';
  /** In the order of the file; empty where there is none. */
  readonly connections: readonly NamedConnection[];
}

/** What can be said of a connection without saying a secret. */
export interface NamedConnection {
  readonly name: string;
  readonly account: string | null;
  readonly user: string | null;
  /** It is the one that is meant where none is named. */
  readonly isDefault: boolean;
}

export interface SourceListParams extends ConfigParams {
  readonly list: 'databases' | 'schemas' | 'objects' | 'columns';
  /** As Snowflake has it, unquoted; needed for `schemas` and below. */
  readonly database?: string;
  readonly schema?: string;
  readonly object?: string;
}

export interface SourceListDocument {
  readonly status: 'success';
  readonly items: readonly SourceItem[];
  /** Snowflake had more than the most that is asked for. */
  readonly truncated: boolean;
}

export interface SourceItem {
  /** As Snowflake has it, unquoted. */
  readonly name: string;
  /** As it is written in SQL: quoted where it must be. */
  readonly quoted: string;
  readonly kind: 'database' | 'schema' | 'table' | 'view' | 'column';
  /** A column's full type; null for everything else. */
  readonly type: string | null;
  /** Of a table; null where Snowflake does not say. */
  readonly rows: number | null;
  readonly comment: string | null;
}

export interface MapQueryParams extends TargetParams {
  /** The first table with a geospatial column where it is left out. */
  readonly table?: string;
  /** A geometry or geography column; the first one, preferably one with a GiST index, where it is left out. */
  readonly column?: string;
}

export interface MapQueryDocument {
  readonly status: 'success';
  readonly target: string;
  readonly table: string;
  readonly relation: RelationName;
  readonly column: string;
  readonly srid: number;
  /** Whether coordinates are longitude and latitude in degrees. */
  readonly geographic: boolean;
  /** What the features are near: x and y in the coordinates of the column. */
  readonly center: readonly [x: number, y: number];
  /** In metres for a geography column, otherwise in the units of the coordinates. */
  readonly radius: number;
  /** Whether the radius is in metres: that of a geography column. */
  readonly measuredInMetres: boolean;
  /** Columns of the key, whose values the features carry: three at most. */
  readonly key: readonly string[];
  /** At most 2,000. */
  readonly features: readonly MapFeature[];
  /** There are more features than that. */
  readonly truncated: boolean;
  /** The query that found them. */
  readonly sql: string;
  readonly ms: number;
  /** As EXPLAIN prints it, without costs. */
  readonly plan: readonly string[];
  /** The GiST index that the query went by; null where it went by none. */
  readonly index: string | null;
}

export interface MapFeature {
  /** Values of `key`, in its order. */
  readonly key: readonly (string | null)[];
  /** A GeoJSON geometry, in the coordinates of the column. */
  readonly geometry: unknown;
}

export interface LocalParams extends OperationParams {
  /** The folder of the local parts, absolute; the default one where it is left out. */
  readonly dataDir?: string;
}

export interface LocalStartParams extends LocalParams {
  /** The Snowflake stand-in too, filled with sample data. */
  readonly withSnowflake?: boolean;
  /** The size of the sample data: 1 has 153,592 connections. */
  readonly scale?: number;
  /** Without sample data. */
  readonly empty?: boolean;
  /**
   * The port of PostGIS on 127.0.0.1; 0 for any, that of the last time where it is left out.
   *
   * @asType integer
   * @minimum 0
   * @maximum 65535
   */
  readonly port?: number;
}

export interface LocalStartDocument {
  readonly status: 'success';
  readonly home: string;
  readonly postgres: { readonly url: string; readonly version: string; readonly postgisVersion: string };
  /** Null where the stand-in was not asked for. */
  readonly snowflake: { readonly accessUrl: string; readonly account: string; readonly user: string } | null;
  readonly alreadyRunning: boolean;
}

export interface LocalStopDocument {
  readonly status: 'success';
  readonly stopped: readonly ('postgres' | 'snowflake')[];
}

export interface LocalStatusDocument {
  readonly status: 'success';
  readonly home: string;
  readonly postgres: LocalPartState;
  readonly snowflake: LocalPartState;
}

/** `url` is how a running part is reached. */
export interface LocalPartState {
  readonly state: 'running' | 'starting' | 'stopped';
  readonly url: string | null;
}

export interface SecretParams extends PromptedSecret {
  /** The configuration that asks for it. */
  readonly config: string;
  readonly operation: string | null;
}

/** Null where the person declined. The worker keeps it in memory only, for the request that needed it. */
export interface SecretResult {
  readonly secret: string | null;
}

export interface RunEventParams {
  readonly operation: string;
  readonly event: SyncEvent;
}

export interface NoticeParams {
  readonly operation: string;
  /** `progress` passes by, `info` stays, `warning` asks for attention. */
  readonly level: 'progress' | 'info' | 'warning';
  readonly message: string;
}
