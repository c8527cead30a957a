import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';

/** The configuration of the sample data's tables: beside the bundle, in a checkout where it is kept. */
export function sampleConfigFile(): string {
  const beside = fileURLToPath(new URL('./examples/flux-ops-center/snowmelt.json', import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL('../../../examples/flux-ops-center/snowmelt.json', import.meta.url));
}

/** How the sample data is reached from a configuration. */
export interface SampleSource {
  readonly accessUrl: string;
  readonly account: string;
  readonly user: string;
  /** A program that prints the password. */
  readonly passwordCommand: readonly [program: string, ...args: string[]];
  /** The folder of the local parts; undefined for the default one. */
  readonly dataDir: string | undefined;
}

/** A configuration for the sample data of the local parts: the example's own tables, with their comments. */
export async function sampleConfig(source: SampleSource): Promise<string> {
  const { accessUrl, account, user, passwordCommand, dataDir } = source;
  const embedded = dataDir === undefined ? 'true' : `{ "dataDir": ${JSON.stringify(dataDir)} }`;
  return `// The sample data of Snowmelt's local parts. Start them with "snowmelt local start --with-snowflake".
{
  // The Snowflake stand-in. To use your own account, put { "connection": "default" } here, a name in connections.toml.
  "source": {
    "accessUrl": ${JSON.stringify(accessUrl)},
    "account": ${JSON.stringify(account)},
    "user": ${JSON.stringify(user)},
    "password": { "command": ${JSON.stringify(passwordCommand)} }
  },

  // The PostGIS that ships with Snowmelt.
  "targets": { "local": { "embedded": ${embedded} } },

  ${await sampleTables()}
}
`;
}

/** The text of the example's `"tables": {…}`. */
async function sampleTables(): Promise<string> {
  const text = await readFile(sampleConfigFile(), 'utf8');
  const tree = parseTree(text);
  const tables = tree === undefined ? undefined : findNodeAtLocation(tree, ['tables'])?.parent;
  if (tables === undefined) throw new Error('the example has no tables');
  return text.slice(tables.offset, tables.offset + tables.length);
}
