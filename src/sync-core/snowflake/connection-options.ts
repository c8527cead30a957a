import type { ConnectionOptions } from 'snowflake-sdk';
import type { HostAccess } from '../config/host-access.ts';
import type { SourceConfig } from '../config/resolved.ts';
import { resolveSecret, type SecretAccess } from '../config/resolve-secret.ts';
import { sourceSecret } from '../config/secret-subject.ts';
import { didYouMean } from '../config/did-you-mean.ts';
import { SyncError } from '../errors.ts';
import { accountProblems, isSelfContained } from './account.ts';
import { authenticatorOf, authenticatorProblems } from './authenticator.ts';
import { type NamedConnection, readNamedConnection } from './connections-toml.ts';
import type { DriverOptions } from './driver-options.ts';
import { driverPrivateKey } from './private-key.ts';
import { readPrivateFile } from './private-file.ts';

/** What the driver is given, and what a person may be told of it. */
export interface SnowflakeConnection {
  /** For `createConnection`. Holds secrets: never to be shown. */
  readonly options: ConnectionOptions;
  /** `user@account`, with the connection's name, for messages and events. */
  readonly description: string;
  readonly warnings: readonly string[];
}

/** Options of which one takes the place of another. */
const alternatives: readonly (readonly string[])[] = [
  ['privateKey', 'privateKeyPath'],
  ['token', 'tokenFilePath'],
  ['accessUrl', 'host', 'account'],
];

/**
 * The driver's options for a source: those of the named connection, overridden by those of the file, with every secret
 * obtained. Checked before anything is sent, all problems at once. The private key and the token file are read here, by the
 * caller's file access, so that what is wrong with them is said before the driver is loaded.
 *
 * @throws SyncError `connection.invalid` for what is missing or contradictory; `secret.unavailable` for a secret, key or
 *   token file that cannot be had.
 */
export async function snowflakeConnectionOptions(
  source: SourceConfig,
  host: HostAccess,
  secrets: SecretAccess,
): Promise<SnowflakeConnection> {
  const named = isSelfContained(source) ? undefined : await readNamedConnection(source.connection, host);
  const origin =
    named === undefined ? '"source" of snowmelt.json' : `the connection ${JSON.stringify(named.name)} in ${named.file}`;
  const given: DriverOptions = {
    ...source.options,
    ...Object.fromEntries(Object.keys(source.secrets).map((option) => [option, '…'])),
  };
  const options = merge(named?.options ?? {}, given);
  check(options, origin);

  for (const [option, reference] of Object.entries(source.secrets)) {
    options[option] = await resolveSecret(reference, secrets, sourceSecret(option));
  }
  const warnings = [...(named?.warnings ?? [])];
  const authenticator = authenticatorOf(options);
  if (authenticator === 'SNOWFLAKE_JWT') await readKey(options, host);
  const tokenFile = options.tokenFilePath;
  if (typeof tokenFile === 'string') {
    const { text, warning } = await readPrivateFile(tokenFile, host);
    options.token = text.trim();
    if (warning !== undefined) warnings.push(warning);
    delete options.tokenFilePath;
  }
  if (authenticator !== undefined) {
    // The driver compares some names before it folds their case.
    options.authenticator = authenticator === 'OKTA' ? String(options.authenticator) : authenticator;
  }
  return { options, description: describe(options, named), warnings };
}

function merge(base: Readonly<DriverOptions>, overrides: Readonly<DriverOptions>): DriverOptions {
  const replaced = alternatives.filter((group) => group.some((option) => overrides[option] !== undefined)).flat();
  const kept = Object.entries(base).filter(
    ([option]) => !replaced.includes(option) || (option === 'account' && overrides.account === undefined),
  );
  return { ...Object.fromEntries(kept), ...overrides };
}

function check(options: Readonly<DriverOptions>, origin: string): void {
  const problems = [...accountProblems(options), ...authenticatorProblems(options)];
  if (problems.length === 0) return;
  const sentences = problems.map(({ message, suggestion }) => `${message}${didYouMean(suggestion)}`).join(' ');
  throw new SyncError('connection.invalid', `Snowflake cannot be connected to with ${origin}. ${sentences}`, {
    details: { problems },
    remedy: 'Complete the connection; docs/configuration.md has an example for every authenticator.',
  });
}

async function readKey(options: DriverOptions, host: HostAccess): Promise<void> {
  const { privateKeyPath: path, privateKeyPass: passphrase, privateKey } = options;
  const text = typeof privateKey === 'string' ? privateKey : await readKeyFile(String(path), host);
  const origin = typeof privateKey === 'string' ? 'privateKey' : String(path);
  options.privateKey = driverPrivateKey(text, typeof passphrase === 'string' ? passphrase : undefined, origin);
  delete options.privateKeyPath;
  delete options.privateKeyPass;
}

async function readKeyFile(path: string, host: HostAccess): Promise<string> {
  try {
    return await host.files.read(path);
  } catch (error) {
    throw new SyncError('secret.unavailable', `The private key file ${path} cannot be read.`, {
      cause: error,
      remedy: 'Check privateKeyPath. A path in snowmelt.json is relative to that file.',
    });
  }
}

function describe(options: Readonly<DriverOptions>, named: NamedConnection | undefined): string {
  const place = options.account ?? options.accessUrl ?? options.host;
  const user = options.username;
  const who = user === undefined ? String(place) : `${String(user)}@${String(place)}`;
  return named === undefined ? who : `${who} (connection ${JSON.stringify(named.name)})`;
}
