import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { surroundings } from './here.ts';
import type { CableName, Favour } from './surroundings.ts';

/**
 * Runs statements at the Snowflake stand-in one after the other, as an administrator of the source. DB.PUBLIC is there and
 * empty; a file that needs tables takes a schema of its own.
 * @returns rows of the last one, as text.
 */
export async function snowflake(...statements: string[]): Promise<readonly (readonly (string | null)[])[]> {
  return (await ask({ do: 'snowflake', statements })) as readonly (readonly (string | null)[])[];
}

/** A new database with PostGIS, in which the role `application` owns the schema of its name. @returns its name. */
export async function createDatabase(): Promise<string> {
  return (await ask({ do: 'create-database' })) as string;
}

/** Runs a statement in a database of the cluster as its administrator. */
export async function postgres(
  database: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  const { host, port, admin } = surroundings().postgres;
  const client = new pg.Client({ host, port, user: admin, database });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/**
 * Reads a table, and leaves the transaction open: a sync into it comes as far as its swap, and waits there.
 * @returns what ends the transaction.
 */
export async function openReader(database: string, relation: string): Promise<() => Promise<void>> {
  const { host, port, admin } = surroundings().postgres;
  const client = new pg.Client({ host, port, user: admin, database });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`BEGIN; SELECT FROM ${relation} LIMIT 1`);
  return () => client.end();
}

/** Breaks every connection to a server, and refuses new ones until {@link mend}. Mend in `afterEach`: others use it too. */
export async function cut(cable: CableName): Promise<void> {
  await ask({ do: 'cut', cable });
}

export async function mend(cable: CableName): Promise<void> {
  await ask({ do: 'mend', cable });
}

/** `source` of a configuration: the stand-in. */
export function sourceConfig(): Readonly<Record<string, unknown>> {
  const { accessUrl, account, user } = surroundings().snowflake;
  return { accessUrl, account, user, password: { command: passwordCommand() } };
}

/** A target of a configuration: a database of the cluster. */
export function targetConfig(database: string): Readonly<Record<string, unknown>> {
  const { host, port, user } = surroundings().postgres;
  return { host, port, database, user, sslmode: 'disable' };
}

/** The same as a role that must give its password (`surroundings().postgres.guarded`), which is asked for. */
export function guardedTargetConfig(database: string): Readonly<Record<string, unknown>> {
  return { ...targetConfig(database), user: surroundings().postgres.guarded.user, password: { prompt: true } };
}

/**
 * Writes the `snowmelt.json` of a folder of the workspace.
 * @param config its text, or what becomes of it.
 * @param below a folder in that one.
 * @returns its absolute path.
 */
export async function writeConfig(
  config: string | Readonly<Record<string, unknown>>,
  folder = 0,
  below = '',
): Promise<string> {
  const { folders, launch } = surroundings();
  const path = folders[folder];
  if (path === undefined) throw new Error(`The launch "${launch}" has no folder ${folder}.`);
  const file = join(path, below, 'snowmelt.json');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config, null, 2));
  return file;
}

/** Prints the stand-in's password: a secret may not stand in the file. */
function passwordCommand(): readonly string[] {
  const { password } = surroundings().snowflake;
  return [process.execPath, '-e', `process.stdout.write(${JSON.stringify(password)})`];
}

async function ask(favour: Favour): Promise<unknown> {
  const response = await fetch(surroundings().runner, { method: 'POST', body: JSON.stringify(favour) });
  const answer = (await response.json()) as { readonly result?: unknown; readonly error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.result;
}
