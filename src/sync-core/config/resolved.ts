/**
 * The configuration as the pipeline consumes it: every default applied, durations in milliseconds, relations with their
 * schema. Produced by `resolveConfig`; nothing here is optional except where its absence means something.
 */
export interface ResolvedConfig {
  /** The file's absolute path. Relative paths in the file have been resolved against its folder. */
  readonly file: string;
  readonly source: SourceConfig;
  /** By name, in the file's order. */
  readonly targets: ReadonlyMap<string, TargetConfig>;
  /** A key of `targets`. */
  readonly defaultTarget: string;
  /** The role whose settings `snowmelt timeouts` checks; undefined where the file names none. */
  readonly role: RoleConfig | undefined;
  /** By name (the key in the file), in the file's order. */
  readonly tables: ReadonlyMap<string, TableConfig>;
}

/** Where a secret is kept. `resolveSecret` obtains it; the secret itself is never part of a configuration. */
export type SecretReference =
  | { readonly env: string }
  | { readonly command: readonly [program: string, ...args: string[]] }
  | { readonly prompt: true };

/** How to reach Snowflake: what the named connection says, overridden by `options`. */
export interface SourceConfig {
  /** A name in connections.toml or config.toml; undefined where everything is in `options`. */
  readonly connection: string | undefined;
  /** Options under the driver's own names. Secrets of `secrets` are not among them. */
  readonly options: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Options whose value is a secret, under the driver's own names (`password`, `token`, `privateKeyPass`, …). */
  readonly secrets: Readonly<Record<string, SecretReference>>;
}

/** A Postgres to write to. */
export type TargetConfig = EmbeddedTarget | ServerTarget;

/** The PostGIS that ships with Snowmelt. */
export interface EmbeddedTarget {
  readonly kind: 'embedded';
  readonly name: string;
  /** Absolute; undefined for the default folder. */
  readonly dataDir: string | undefined;
  /** TCP port on 127.0.0.1; undefined for the default port. */
  readonly port: number | undefined;
}

/** A Postgres server. What is undefined comes from `url`, then the `PG*` environment, then libpq's defaults. */
export interface ServerTarget {
  readonly kind: 'server';
  readonly name: string;
  readonly url: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly password: SecretReference | undefined;
  readonly sslmode: SslMode | undefined;
  /** A file's absolute path, or `system` for the certificates that Node trusts. */
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
  /** 0 waits without limit; undefined for the default. */
  readonly connectTimeoutMs: number | undefined;
}

/** libpq's `sslmode`. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** A length of time, with the text that the file gives for it (`60s`), which Postgres understands too. */
export interface Duration {
  readonly ms: number;
  readonly text: string;
}

/** The application's role and the settings that it should have. */
export interface RoleConfig {
  readonly name: string;
  readonly idleInTransactionSessionTimeout: Duration;
  readonly statementTimeout: Duration;
}

/** A Postgres relation's name, unquoted, in the case that the catalog has. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** One table to keep in step. Column names are those of the target table unless it says otherwise. */
export interface TableConfig {
  /** The key in the file: how commands, events and the ledger call the table. */
  readonly name: string;
  readonly source: TableSource;
  readonly target: RelationName;
  /** Columns that identify a row; empty for a table without a key. */
  readonly key: readonly string[];
  readonly columns: ColumnOverrides;
  /** Columns that Postgres computes while the rows are loaded, in the file's order. */
  readonly computed: readonly ComputedColumn[];
  /** Indexes besides the one of the key. */
  readonly indexes: readonly IndexConfig[];
  /** The Postgres type of Snowflake's GEOGRAPHY columns. */
  readonly geography: 'geometry' | 'geography';
  /** Undefined for a full refresh every time. */
  readonly incremental: IncrementalConfig | undefined;
  readonly strategy: 'auto' | 'rename' | 'merge' | 'truncate';
  readonly drift: 'evolve' | 'fail';
  readonly extract: 'auto' | 'result' | 'stage';
  readonly onUnrepresentable: 'error' | 'strip';
  /** How many earlier generations stay for `snowmelt rollback`; 0 keeps none. */
  readonly keepGenerations: number;
  /** The fraction of live rows, 0 to 1, by which the source may shrink; 1 allows everything. */
  readonly maxShrink: number;
  /** `lock_timeout` of one attempt of the swap; more than 0. */
  readonly lockTimeoutMs: number;
  /** How long attempts of the swap go on altogether; 0 is one attempt. */
  readonly lockWaitMs: number;
  /** `statement_timeout` of Snowmelt's own Postgres sessions; 0 is no limit. */
  readonly statementTimeoutMs: number;
  /** `STATEMENT_TIMEOUT_IN_SECONDS` of the Snowflake session; undefined leaves the account's setting. */
  readonly sourceStatementTimeoutMs: number | undefined;
}

/** Rows come from a table or view by its name as the file has it (`DB.SCHEMA.NAME`, quoted parts allowed), or a query. */
export type TableSource =
  { readonly kind: 'object'; readonly name: string } | { readonly kind: 'query'; readonly sql: string };

/** Source columns are named as in Snowflake; a name that matches none exactly matches without regard to case. */
export interface ColumnOverrides {
  /** Source columns to leave out. */
  readonly exclude: readonly string[];
  /** Source column to target column. */
  readonly rename: Readonly<Record<string, string>>;
  /** Target column to Postgres type. */
  readonly types: Readonly<Record<string, string>>;
}

/** A `GENERATED ALWAYS AS (…) STORED` column of the staging table. */
export interface ComputedColumn {
  readonly name: string;
  /** A Postgres type, as SQL. */
  readonly type: string;
  /** An immutable SQL expression over the target's columns. */
  readonly as: string;
}

/** An index of the target table. */
export interface IndexConfig {
  /** Undefined for the name that Postgres would choose. */
  readonly name: string | undefined;
  readonly elements: readonly [IndexElement, ...IndexElement[]];
  readonly method: string;
  readonly unique: boolean;
  /** Columns of an INCLUDE clause. */
  readonly include: readonly string[];
  /** The predicate of a partial index, as SQL. */
  readonly where: string | undefined;
}

/** A column or an expression that an index is over. */
export interface IndexElement {
  readonly kind: 'column' | 'expression';
  /** The column's name, or the expression as SQL. */
  readonly value: string;
  /** As SQL, such as `text_pattern_ops` or `gist_geometry_ops_nd`. */
  readonly operatorClass: string | undefined;
  readonly order: 'asc' | 'desc' | undefined;
  readonly nulls: 'first' | 'last' | undefined;
}

/** How only what has changed is brought over. */
export type IncrementalConfig =
  | { readonly mode: 'changes' }
  /** `stream` is a stream's name in Snowflake; undefined for the one that `snowmelt deploy` creates for the table. */
  | { readonly mode: 'stream'; readonly stream: string | undefined }
  /** `buckets` is how many parts of the key are compared by hash; undefined lets the row count decide. */
  | { readonly mode: 'row-diff'; readonly buckets: number | undefined };
