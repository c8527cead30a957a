/** A file's permissions, as far as the product cares. */
export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'other';
  /** Permission bits, such as 0o600. Undefined on systems that have none. */
  readonly mode: number | undefined;
  /** Whether it belongs to the user who runs the program. */
  readonly ownedByUser: boolean;
  readonly ownedByRoot: boolean;
}

/** How the library reads files that are not its own: certificates, password files, Snowflake's connections. */
export interface FileAccess {
  /** Follows links. Undefined where there is nothing; rejects where it cannot be known. */
  status(path: string): Promise<FileStatus | undefined>;
  /** The whole file as UTF-8 text. Rejects with the system's error. */
  read(path: string): Promise<string>;
}

/**
 * What the library may know of the machine that it runs on. The library itself never looks at the environment: its caller
 * passes this in, and a test passes whatever it wants.
 */
export interface HostAccess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly homeDir: string;
  /** The name of the user who runs the program. */
  readonly userName: string;
  readonly files: FileAccess;
}
