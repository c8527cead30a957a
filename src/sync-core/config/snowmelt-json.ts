/**
 * The content of `snowmelt.json`. The JSON schema that editors, the command and the worker validate with is generated from
 * these types (`node scripts/generate-schema.mjs`), and the comments here are the descriptions in it.
 */
export interface SnowmeltJson {
  /** The JSON schema of this file, for editors that do not know Snowmelt. */
  $schema?: string;
  source: SourceJson;
  /**
   * Postgres databases to write to, by the name that `--target` takes.
   *
   * @examples [{"local": {"embedded": true}}]
   */
  targets: Record<string, TargetJson>;
  /** The target of commands without `--target`. Not needed when there is only one. */
  defaultTarget?: string;
  role?: RoleJson;
  defaults?: TableDefaultsJson;
  /**
   * Tables to keep in step, by name. Commands take this name, and the target relation has it unless `target` says otherwise:
   * `roads` is `public.roads`, and `maps.roads` is in the schema `maps`.
   */
  tables: Record<string, TableJson>;
}

/**
 * How to reach Snowflake: the name of a connection in Snowflake's `connections.toml`, or the driver's own options, or a named
 * connection with options that override it. `{}` is the default connection.
 */
export interface SourceJson {
  /**
   * A connection in `connections.toml` or `config.toml`, which are looked for in `$SNOWFLAKE_HOME`, `~/.snowflake` and the
   * folder of Snowflake CLI.
   *
   * @examples ["default"]
   */
  connection?: string;
  /**
   * The account identifier.
   *
   * @examples ["myorg-myaccount"]
   */
  account?: string;
  /**
   * The URL to connect to, where it is not the account's usual one.
   *
   * @examples ["https://myorg-myaccount.privatelink.snowflakecomputing.com"]
   */
  accessUrl?: string;
  /** The host to connect to, where it is not the account's usual one. */
  host?: string;
  /** The region, where `account` does not include it. */
  region?: string;
  /** The user to log in as. */
  user?: string;
  /** The user to log in as, under the driver's name for it. Use `user` or `username`, not both. */
  username?: string;
  /** The password of the user. */
  password?: SecretJson;
  /**
   * How to log in: a name from the list, in any case, or the URL of an Okta account.
   *
   * @default "SNOWFLAKE"
   * @examples ["SNOWFLAKE", "EXTERNALBROWSER", "SNOWFLAKE_JWT", "PROGRAMMATIC_ACCESS_TOKEN", "OAUTH", "OAUTH_AUTHORIZATION_CODE", "OAUTH_CLIENT_CREDENTIALS", "WORKLOAD_IDENTITY", "USERNAME_PASSWORD_MFA"]
   */
  authenticator?: string;
  /** The PEM file of the private key (SNOWFLAKE_JWT), relative to this file. */
  privateKeyPath?: string;
  /** The private key in PEM form (SNOWFLAKE_JWT). */
  privateKey?: SecretJson;
  /** The passphrase of the private key. */
  privateKeyPass?: SecretJson;
  /** The token (PROGRAMMATIC_ACCESS_TOKEN, OAUTH, WORKLOAD_IDENTITY with OIDC). */
  token?: SecretJson;
  /** A file with the token, relative to this file. */
  tokenFilePath?: string;
  /** The passcode of multi-factor authentication (USERNAME_PASSWORD_MFA). */
  passcode?: SecretJson;
  /** Whether the passcode is at the end of the password. */
  passcodeInPassword?: boolean;
  /** The client id (OAUTH_CLIENT_CREDENTIALS, OAUTH_AUTHORIZATION_CODE). */
  oauthClientId?: string;
  /** The client secret (OAUTH_CLIENT_CREDENTIALS, OAUTH_AUTHORIZATION_CODE). */
  oauthClientSecret?: SecretJson;
  /** The identity provider's authorization endpoint. */
  oauthAuthorizationUrl?: string;
  /** The identity provider's token endpoint. */
  oauthTokenRequestUrl?: string;
  /** Where the identity provider sends the browser back to. */
  oauthRedirectUri?: string;
  /** Scopes to ask for, separated by spaces. By default derived from `role`. */
  oauthScope?: string;
  /** Whether refresh tokens are for a single use. */
  oauthEnableSingleUseRefreshTokens?: boolean;
  /** Where the identity of this machine comes from (WORKLOAD_IDENTITY). */
  workloadIdentityProvider?: 'AWS' | 'AZURE' | 'GCP' | 'OIDC';
  /** Service accounts to impersonate one after the other (AWS, GCP). */
  workloadIdentityImpersonationPath?: string[];
  /** The Entra resource (AZURE). */
  workloadIdentityAzureEntraIdResource?: string;
  /** The client id of the managed identity (AZURE). */
  workloadIdentityAzureClientId?: string;
  /** Whether a web identity token is used in place of a signed request (AWS). */
  workloadIdentityAwsUseOutboundToken?: boolean;
  /** The role of the session. */
  role?: string;
  /** The warehouse of the session. */
  warehouse?: string;
  /** The database of the session, for source names without one. */
  database?: string;
  /** The schema of the session, for source names without one. */
  schema?: string;
  /** Whether tokens of a browser log-in are kept in the driver's own cache. */
  clientStoreTemporaryCredential?: boolean;
  /** The folder of the driver's own cache, relative to this file. */
  credentialCacheDir?: string;
  /** Whether a token that spares the next multi-factor log-in is asked for. */
  clientRequestMFAToken?: boolean;
  /** How long the browser log-in may take, in milliseconds. */
  browserActionTimeout?: number;
  /** The local port that the browser log-in comes back to. */
  browserRedirectPort?: number;
  /** Whether the session is kept alive while it is idle. */
  clientSessionKeepAlive?: boolean;
  /** Seconds between the messages that keep the session alive. */
  clientSessionKeepAliveHeartbeatFrequency?: number;
  /** How long the driver retries a request, in seconds: 0 for ever, otherwise at least 300. */
  retryTimeout?: number;
  /** Whether the check of the SAML URL is left out (Okta). */
  disableSamlURLCheck?: boolean;
  /** The proxy's host name. */
  proxyHost?: string;
  /** The proxy's port. */
  proxyPort?: number;
  /** The proxy's protocol. */
  proxyProtocol?: 'http' | 'https';
  /** The user of the proxy. */
  proxyUser?: string;
  /** The password of the proxy. */
  proxyPassword?: SecretJson;
  /** Hosts that are reached without the proxy, separated by `|`. */
  noProxy?: string;
  /** Whether certificates are checked for revocation. */
  certRevocationCheckMode?: 'DISABLED' | 'ADVISORY' | 'ENABLED';
  /** Whether a certificate without a revocation list is accepted. */
  crlAllowCertificatesWithoutCrlURL?: boolean;
}

/**
 * Where a secret is kept. One of `env`, `command` and `prompt`; the secret itself is never in this file.
 *
 * @examples [{"env": "CLOUD_PGPASSWORD"}, {"command": ["op", "read", "op://vault/postgres/password"]}, {"prompt": true}]
 */
export interface SecretJson {
  /**
   * The name of an environment variable.
   *
   * @minLength 1
   */
  env?: string;
  /**
   * A program and its arguments. It is run without a shell; what it prints, without the newline at the end, is the secret.
   *
   * @minItems 1
   */
  command?: string[];
  /** Asks for it every time: in the terminal, or in the editor, which can keep it in its secret storage. */
  prompt?: true;
}

/**
 * A Postgres database to write to: `embedded`, or a server by `url` or by its parts. What is left out comes from the url,
 * then from the `PG*` environment variables and `~/.pgpass`, then from libpq's defaults.
 */
export interface TargetJson {
  /** The PostGIS that ships with Snowmelt; nothing needs to be installed. */
  embedded?: true | EmbeddedJson;
  /**
   * A connection URL as libpq knows it. It may not contain a password.
   *
   * @examples ["postgresql://application@db.example.com:5432/postgres?sslmode=verify-full"]
   */
  url?: string;
  /** Host name, IP address, or the folder of a Unix socket. */
  host?: string;
  /**
   * The TCP port.
   *
   * @asType integer
   * @minimum 1
   * @maximum 65535
   * @default 5432
   */
  port?: number;
  /** The database. */
  database?: string;
  /** The role to log in as. */
  user?: string;
  password?: SecretJson;
  /**
   * How the connection is encrypted and whom it trusts, exactly as in libpq. Only `verify-full` makes sure that the server
   * is the one that was meant.
   *
   * @default "prefer"
   */
  sslmode?: 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  /**
   * The PEM file of the certificate authorities to trust, relative to this file, or `system` for those that Node trusts.
   *
   * @default "~/.postgresql/root.crt"
   */
  sslrootcert?: string;
  /**
   * The PEM file of the client's certificate, relative to this file.
   *
   * @default "~/.postgresql/postgresql.crt"
   */
  sslcert?: string;
  /**
   * The PEM file of the client certificate's private key, relative to this file.
   *
   * @default "~/.postgresql/postgresql.key"
   */
  sslkey?: string;
  /**
   * How long connecting may take; `0` waits without limit.
   *
   * @default "10s"
   */
  connectTimeout?: string;
}

/** The PostGIS that ships with Snowmelt. */
export interface EmbeddedJson {
  /** The folder of its data, relative to this file. */
  dataDir?: string;
  /**
   * Its TCP port on 127.0.0.1.
   *
   * @asType integer
   * @minimum 1
   * @maximum 65535
   */
  port?: number;
}

/** The application's Postgres role, whose settings `snowmelt timeouts` checks and sets. */
export interface RoleJson {
  /**
   * The name of the role.
   *
   * @minLength 1
   * @examples ["application"]
   */
  name: string;
  /**
   * What `idle_in_transaction_session_timeout` should be.
   *
   * @default "60s"
   */
  idleInTransactionSessionTimeout?: string;
  /**
   * What `statement_timeout` should be. Snowmelt's own sessions override it, or it would end their COPY.
   *
   * @default "300s"
   */
  statementTimeout?: string;
}

/** Settings of all tables that do not say otherwise. */
export interface TableDefaultsJson {
  /**
   * The Postgres schema of target relations without one.
   *
   * @default "public"
   * @minLength 1
   */
  schema?: string;
  /**
   * How the new rows become live. `auto` renames the new table into place unless something pins the live one.
   *
   * @default "auto"
   */
  strategy?: 'auto' | 'rename' | 'merge' | 'truncate';
  /**
   * What happens when the source gains or loses columns: the target follows, or the run fails.
   *
   * @default "evolve"
   */
  drift?: 'evolve' | 'fail';
  /**
   * How rows leave Snowflake: as a result set, through files of a stage, or whichever suits the size.
   *
   * @default "auto"
   */
  extract?: 'auto' | 'result' | 'stage';
  /**
   * What happens to a value that Postgres cannot hold, such as a NUL character: the run fails, or the character is left out.
   *
   * @default "error"
   */
  onUnrepresentable?: 'error' | 'strip';
  /**
   * The Postgres type of Snowflake's GEOGRAPHY columns.
   *
   * @default "geometry"
   */
  geography?: 'geometry' | 'geography';
  /**
   * How many earlier generations stay for `snowmelt rollback`.
   *
   * @asType integer
   * @minimum 0
   * @maximum 100
   * @default 1
   */
  keepGenerations?: number;
  /**
   * The fraction of its live rows by which a table may shrink before the run is refused: 0.5 is half, 1 allows everything.
   *
   * @minimum 0
   * @maximum 1
   * @default 0.5
   */
  maxShrink?: number;
  /**
   * How long one attempt of the swap waits for its lock. Readers queue behind it, so keep it short; it cannot be `0`.
   *
   * @default "500ms"
   */
  lockTimeout?: string;
  /**
   * How long attempts of the swap go on altogether; `0` is one attempt.
   *
   * @default "60s"
   */
  lockWait?: string;
  /**
   * `statement_timeout` of Snowmelt's own Postgres sessions; `0` is no limit.
   *
   * @default "0"
   */
  statementTimeout?: string;
  /** The time limit of a statement in Snowflake. By default what the account, user or warehouse has. */
  sourceStatementTimeout?: string;
}

/**
 * One table to keep in step. Names of target columns follow SQL: without double quotes inside the string they are folded to
 * lower case, as Postgres does it.
 */
export interface TableJson extends TableDefaultsJson {
  /**
   * A Snowflake table or view. Use `source` or `query`, not both.
   *
   * @examples ["FLUX_DB.APPLICATIONS.FLUX_OPS_CENTER_TOPOLOGY"]
   */
  source?: string;
  /** A SELECT to take the rows from, as one text or as a list of lines. Use `source` or `query`, not both. */
  query?: string | string[];
  /**
   * The Postgres relation to keep, with its schema or without. By default it has the name of the table here.
   *
   * @minLength 1
   * @examples ["maps.roads"]
   */
  target?: string;
  /**
   * The target columns that identify a row. Becomes the primary key of a table that Snowmelt creates.
   *
   * @minItems 1
   * @examples [["from_asset_id", "to_asset_id"]]
   */
  key?: string[];
  columns?: ColumnsJson;
  /**
   * Columns that Postgres computes while the rows are loaded, by name.
   *
   * @examples [{"geom": {"type": "geometry(Point,4326)", "as": "ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)"}}]
   */
  computed?: Record<string, ComputedColumnJson>;
  /**
   * Indexes besides the one of the key: a column for a plain B-tree index, or an object.
   *
   * @examples [["circuit_id", {"columns": ["geom"], "method": "gist"}]]
   */
  indexes?: (string | IndexJson)[];
  /** How only what has changed is brought over. Left out, every run is a full refresh. */
  incremental?: 'changes' | 'stream' | 'row-diff' | IncrementalJson;
}

/** Which columns of the source arrive, and as what. Source columns match without regard to case. */
export interface ColumnsJson {
  /** Source columns to leave out. */
  exclude?: string[];
  /**
   * New names: source column to target column.
   *
   * @examples [{"LAT": "latitude"}]
   */
  rename?: Record<string, string>;
  /**
   * Postgres types that differ from the usual ones: target column to type.
   *
   * @examples [{"n": "numeric"}]
   */
  types?: Record<string, string>;
}

/** A column that Postgres computes from the others while the rows are loaded. */
export interface ComputedColumnJson {
  /**
   * The Postgres type.
   *
   * @minLength 1
   * @examples ["geometry(Point,4326)"]
   */
  type: string;
  /**
   * An immutable SQL expression over the target's columns.
   *
   * @minLength 1
   * @examples ["ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)"]
   */
  as: string;
}

/** An index of the target table. */
export interface IndexJson {
  /** Its name. By default the one that Postgres would choose. */
  name?: string;
  /**
   * Columns or expressions, in order.
   *
   * @minItems 1
   * @examples [["geom"]]
   */
  columns: (string | IndexColumnJson)[];
  /**
   * The index method.
   *
   * @default "btree"
   */
  method?: 'btree' | 'hash' | 'gist' | 'spgist' | 'gin' | 'brin' | 'hnsw' | 'ivfflat';
  /**
   * Whether two rows may not have the same values.
   *
   * @default false
   */
  unique?: boolean;
  /** Columns that the index carries without being ordered by them. */
  include?: string[];
  /**
   * The SQL condition of the rows that are in the index.
   *
   * @minLength 1
   * @examples ["is_active"]
   */
  where?: string;
}

/** A column or an expression that an index is over, and how. One of `column` and `expression`. */
export interface IndexColumnJson {
  /** A target column. */
  column?: string;
  /**
   * A SQL expression.
   *
   * @examples ["lower(species)"]
   */
  expression?: string;
  /**
   * The operator class.
   *
   * @examples ["text_pattern_ops"]
   */
  operatorClass?: string;
  /** The order of a B-tree index. */
  order?: 'asc' | 'desc';
  /** Where NULL goes in the order. */
  nulls?: 'first' | 'last';
}

/** How only what has changed is brought over, with settings of the mode. */
export interface IncrementalJson {
  /**
   * `changes` asks Snowflake for the rows that changed since the last run; `stream` takes them from a stream; `row-diff`
   * compares hashes on both sides, which works on views and with geospatial columns too.
   */
  mode: 'changes' | 'stream' | 'row-diff';
  /** The stream's name in Snowflake (`stream`). By default the one that `snowmelt deploy` creates. */
  stream?: string;
  /**
   * How many parts of the key are compared by hash (`row-diff`). By default the number of rows decides.
   *
   * @asType integer
   * @minimum 1
   * @maximum 1048576
   */
  buckets?: number;
}
