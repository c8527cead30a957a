import type { TargetAnswers } from './configuration-text.ts';
import { answered } from './connection-steps.ts';
import { askText, type Choice, pickOne, pickSeveral } from './inputs.ts';
import type { Step } from './steps.ts';
import { isEnvironmentVariable, nameOfServer, urlProblem } from './server-url.ts';

type Password = 'prompt' | 'environment' | 'elsewhere';

/** Where the rows go, as far as it has been answered. */
export interface TargetsAnswers {
  readonly targets?: readonly ('embedded' | 'server')[];
  readonly url?: string;
  readonly password?: Password;
  readonly variable?: string;
}

const title = 'Create Configuration';

const kinds: readonly Choice<'embedded' | 'server'>[] = [
  {
    label: 'The local PostGIS that comes with Snowmelt',
    description: 'nothing to install',
    picked: true,
    value: 'embedded',
  },
  { label: 'A Postgres server', description: 'by its URL', value: 'server' },
];

const passwords: readonly Choice<Password>[] = [
  { label: 'Ask for it', description: 'and keep it in the secret storage of the editor', value: 'prompt' },
  { label: 'In an environment variable', value: 'environment' },
  {
    label: 'Where psql finds it',
    description: 'PGPASSWORD, ~/.pgpass, a certificate, or none is needed',
    value: 'elsewhere',
  },
];

/** Asks where the rows go. */
export function targetSteps<A extends TargetsAnswers>(): Step<A>[] {
  const hasServer = ({ targets }: A): boolean => targets?.includes('server') === true;
  return [
    {
      ask: async (answers, position) => {
        const targets = await pickSeveral<'embedded' | 'server'>({
          ...position,
          title,
          placeholder: 'Where do the rows go? The first one is the default.',
          choices: () => Promise.resolve(kinds),
        });
        // Nothing chosen is nothing to write to.
        const chosen = Array.isArray(targets) && targets.length === 0 ? (['embedded'] as const) : targets;
        return answered(answers, chosen, (value) => ({ targets: value }));
      },
    },
    {
      isNeeded: hasServer,
      ask: async (answers, position) =>
        answered(
          answers,
          await askText({
            ...position,
            title,
            prompt: 'The URL of the database, without a password',
            placeholder: 'postgresql://application@db.example.com:5432/postgres?sslmode=verify-full',
            value: answers.url ?? '',
            problem: urlProblem,
          }),
          (url) => ({ url }),
        ),
    },
    {
      isNeeded: hasServer,
      ask: async (answers, position) =>
        answered(
          answers,
          await pickOne<Password>({
            ...position,
            title,
            placeholder: 'Where is its password?',
            choices: () => Promise.resolve(passwords),
          }),
          (password) => ({ password }),
        ),
    },
    {
      isNeeded: (answers) => hasServer(answers) && answers.password === 'environment',
      ask: async (answers, position) =>
        answered(
          answers,
          await askText({
            ...position,
            title,
            prompt: 'The name of the environment variable',
            value: answers.variable ?? 'CLOUD_PGPASSWORD',
            problem: (value) =>
              isEnvironmentVariable(value) ? undefined : 'Letters, digits and _, without $, and no digit first.',
          }),
          (variable) => ({ variable }),
        ),
    },
  ];
}

/** The answers as `targets` of the configuration has them, the default one first. */
export function targetsOf({ targets = [], url = '', password, variable }: TargetsAnswers): TargetAnswers[] {
  const secret =
    password === 'prompt'
      ? { password: { prompt: true } }
      : password === 'environment'
        ? { password: { env: variable } }
        : {};
  return targets.map((kind) =>
    kind === 'embedded'
      ? {
          name: 'local',
          settings: { embedded: true },
          comment: 'The PostGIS that ships with Snowmelt: started when it is needed.',
        }
      : { name: nameOfServer(url), settings: { url, ...secret }, comment: 'A server.' },
  );
}
