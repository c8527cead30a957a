import { isUrlProblem, parseConnectionUrl } from '../postgres/connection-url.ts';
import { checkSecret } from './check-secret.ts';
import { checkChoice, checkDuration } from './check-values.ts';
import { closest } from './did-you-mean.ts';
import type { Loose } from './loose.ts';
import type { JsonPath, ProblemList } from './problem-list.ts';
import type { SnowmeltJson, TargetJson } from './snowmelt-json.ts';

/** Settings that say something of a server, which the embedded PostGIS is not. */
const serverSettings: readonly (keyof TargetJson)[] = [
  'url',
  'host',
  'port',
  'database',
  'user',
  'password',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'connectTimeout',
];

/** Reports what is wrong with the targets, and with the choice of the default one. */
export function checkTargets(config: Loose<SnowmeltJson>, problems: ProblemList): void {
  const { targets, defaultTarget } = config;
  if (targets === undefined) return;
  const names = Object.keys(targets);
  if (names.length === 0 && !problems.has(['targets'])) {
    problems.add(
      ['targets'],
      'There is no target. {"local": {"embedded": true}} is the PostGIS that ships with Snowmelt.',
    );
  } else if (defaultTarget !== undefined && !names.includes(defaultTarget)) {
    const known = names.map((name) => JSON.stringify(name)).join(', ');
    problems.add(['defaultTarget'], `There is no target ${JSON.stringify(defaultTarget)}: one of ${known}.`, {
      suggestion: closest(defaultTarget, names),
    });
  } else if (defaultTarget === undefined && names.length > 1) {
    problems.add(['targets'], 'There are several targets: say with "defaultTarget" which one commands use.', {
      atKey: true,
    });
  }
  for (const [name, target] of Object.entries(targets)) {
    if (!/^[A-Za-z0-9_][\w.-]*$/.test(name)) {
      const message =
        'The name of a target is made of letters, digits, "-", "_" and ".", for it is given on the command line.';
      problems.add(['targets', name], message, { atKey: true });
    }
    if (target !== undefined) checkTarget(target, ['targets', name], problems);
  }
}

function checkTarget(target: Loose<TargetJson>, path: JsonPath, problems: ProblemList): void {
  checkSecret(target.password, [...path, 'password'], problems);
  checkDuration(target.connectTimeout, [...path, 'connectTimeout'], problems);
  if (target.embedded !== undefined) {
    for (const name of serverSettings) {
      if (target[name] === undefined) continue;
      problems.add(
        [...path, name],
        `${JSON.stringify(name)} is for a server, and "embedded" is not one: use one or the other.`,
        {
          atKey: true,
        },
      );
    }
    return;
  }
  if (serverSettings.every((name) => target[name] === undefined)) {
    if (problems.has(path)) return;
    const message = 'Say which Postgres this is: "embedded": true, a "url", or "host", "database" and "user".';
    problems.add(path, message, { atKey: true });
    return;
  }
  checkUrl(target, path, problems);
  checkChoice({ ...target }, { names: ['url', 'host'], path }, problems);
  if (target.host?.includes(',') === true) {
    problems.add(
      [...path, 'host'],
      'Several hosts are not supported: a target is one server. Name the one to write to.',
    );
  }
}

function checkUrl(target: Loose<TargetJson>, path: JsonPath, problems: ProblemList): void {
  if (target.url === undefined) return;
  const parsed = parseConnectionUrl(target.url);
  if (isUrlProblem(parsed)) {
    problems.add([...path, 'url'], parsed.problem, { suggestion: parsed.suggestion });
    return;
  }
  if (parsed.password !== undefined) {
    const message =
      'The url contains a password, which whoever reads this file reads too. Take it out, and say with "password" where it ' +
      'is kept: {"env": "NAME"}, {"command": ["program", "argument"]} or {"prompt": true}.';
    problems.add([...path, 'url'], message);
  }
  if (parsed.sslpassword !== undefined) {
    problems.add(
      [...path, 'url'],
      'The url contains the password of a key (sslpassword). Use a key without one that only you can read.',
    );
  }
}
