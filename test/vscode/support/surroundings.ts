/** What the runner has prepared for the tests in the extension host, as JSON in the file that SNOWMELT_SURROUNDINGS names. */
export interface Surroundings {
  /** The folder of this launch's suite: `folder`, `untrusted`, … */
  readonly launch: string;
  /** Absolute, in the order of the workspace; empty where no folder is open. */
  readonly folders: readonly string[];
  /** A PostgreSQL with PostGIS, reached through a cable that can be cut. Everybody is trusted but `guarded`. */
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly admin: string;
    /** Owns the schema `application` of every database, and is no superuser. */
    readonly user: string;
    /** A role like it that must give a password. */
    readonly guarded: { readonly user: string; readonly password: string };
  };
  /** A Snowflake stand-in, through a cable as well. */
  readonly snowflake: {
    readonly accessUrl: string;
    readonly account: string;
    readonly user: string;
    readonly password: string;
  };
  /** An empty folder for local parts, for the setting `snowmelt.dataDir`. */
  readonly dataDir: string;
  /** Where Snowflake's own files would be, such as `connections.toml`: a folder that is not there yet. */
  readonly snowflakeHome: string;
  /** Where the runner can be asked for what only it can do: see {@link Favour}. */
  readonly runner: string;
  /** Where the outcomes of the tests go, a JSON line each. */
  readonly outcomes: string;
  /** Run only the tests whose full title matches this regular expression. */
  readonly grep: string | null;
}

export type Favour =
  | { readonly do: 'snowflake'; readonly statements: readonly string[] }
  | { readonly do: 'create-database' }
  | { readonly do: 'cut' | 'mend'; readonly cable: CableName };

export type CableName = 'postgres' | 'snowflake';

/** What becomes of a suite, line by line. */
export type Outcome =
  | { readonly kind: 'passed'; readonly title: readonly string[]; readonly ms: number }
  | { readonly kind: 'failed'; readonly title: readonly string[]; readonly error: string }
  | { readonly kind: 'skipped'; readonly title: readonly string[] }
  /** The last one: without it the suite did not come to its end. */
  | { readonly kind: 'ended'; readonly tests: number };
