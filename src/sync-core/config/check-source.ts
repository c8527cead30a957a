import { accountProblems, isSelfContained } from '../snowflake/account.ts';
import { authenticatorProblems } from '../snowflake/authenticator.ts';
import type { DriverOptions } from '../snowflake/driver-options.ts';
import { checkSecret } from './check-secret.ts';
import { checkChoice } from './check-values.ts';
import type { Loose } from './loose.ts';
import type { JsonPath, ProblemList } from './problem-list.ts';
import type { SourceJson } from './snowmelt-json.ts';

/** Settings of a source whose value is a reference to a secret. */
export const sourceSecrets = [
  'password',
  'privateKey',
  'privateKeyPass',
  'token',
  'passcode',
  'oauthClientSecret',
  'proxyPassword',
] as const satisfies readonly (keyof SourceJson)[];

/**
 * Reports what a source lacks to log in. A source that names a connection, or no account, is completed by Snowflake's own
 * files, which are looked at when it connects.
 */
export function checkSource(source: Loose<SourceJson>, path: JsonPath, problems: ProblemList): void {
  for (const name of sourceSecrets) checkSecret(source[name], [...path, name], problems);
  checkChoice({ ...source }, { names: ['user', 'username'], path }, problems);
  checkChoice({ ...source }, { names: ['privateKey', 'privateKeyPath'], path }, problems);
  checkChoice({ ...source }, { names: ['token', 'tokenFilePath'], path }, problems);
  if (source.connection === '') problems.add([...path, 'connection'], 'The name of the connection is empty.');
  if (source.retryTimeout !== undefined && source.retryTimeout !== 0 && source.retryTimeout < 300) {
    problems.add([...path, 'retryTimeout'], '"retryTimeout" is in seconds, and the driver takes 0 or at least 300.');
  }

  const options = driverOptionsOf(source);
  const account = accountProblems(options);
  const login = authenticatorProblems(options);
  // The rest may come from the named connection.
  const found = isSelfContained({ connection: source.connection, options })
    ? [...account, ...login]
    : [...account, ...login].filter(({ option }) => typeof options[option] === 'string' && option in source);
  for (const { option, message, suggestion } of found) {
    const name = option === 'username' ? 'user' : option;
    const present = name in source;
    problems.add(present ? [...path, name] : path, message, { suggestion, atKey: !present });
  }
}

/** The settings under the driver's names, with a mark in place of every secret. */
function driverOptionsOf(source: Loose<SourceJson>): DriverOptions {
  const options: DriverOptions = {};
  for (const [name, value] of Object.entries(source)) {
    if (name === 'connection') continue;
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    options[name === 'user' ? 'username' : name] = isPlain ? value : '…';
  }
  return options;
}
