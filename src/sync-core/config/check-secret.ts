import { checkChoice } from './check-values.ts';
import type { Loose } from './loose.ts';
import type { JsonPath, ProblemList } from './problem-list.ts';
import type { SecretJson } from './snowmelt-json.ts';

/** Reports a reference to a secret that says nothing, or more than one thing. */
export function checkSecret(secret: Loose<SecretJson> | undefined, path: JsonPath, problems: ProblemList): void {
  if (secret === undefined) return;
  checkChoice(
    { ...secret },
    {
      names: ['env', 'command', 'prompt'],
      path,
      none: 'Say where the secret is kept: {"env": "NAME"}, {"command": ["program", "argument"]} or {"prompt": true}.',
    },
    problems,
  );
  const { env, command } = secret;
  if (env !== undefined && env !== '' && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(env)) {
    const meant = /^\$\{?(\w+)\}?$/.exec(env)?.[1];
    const message =
      meant === undefined
        ? `${JSON.stringify(env)} is not the name of an environment variable.`
        : 'Only the name of the variable, without $.';
    problems.add([...path, 'env'], message, { suggestion: meant });
  }
  if (command?.[0] === '') problems.add([...path, 'command', 0], 'The name of the program is empty.');
}
