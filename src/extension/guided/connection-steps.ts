import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { NamedConnection } from '../../worker/protocol/protocol.ts';
import type { SourceAnswers } from './configuration-text.ts';
import { askText, type Choice, pickOne } from './inputs.ts';
import { back, type Step, type StepResult } from './steps.ts';

/** How Snowflake is to be reached, as far as it has been answered. */
export interface ConnectionAnswers {
  readonly connection?:
    { readonly kind: 'named'; readonly name: string } | { readonly kind: 'account' } | { readonly kind: 'sample' };
  readonly account?: string;
  readonly user?: string;
  readonly login?: Login;
  /** The file of the key, or the variable of the secret. */
  readonly loginDetail?: string;
  readonly warehouse?: string;
}

type Login = 'browser' | 'keyPair' | 'password' | 'token';

const title = 'Create Configuration';

/** Chooses one of Snowflake's own connections, or asks what makes one. */
export function connectionSteps<A extends ConnectionAnswers>(
  connections: (token: vscode.CancellationToken) => Promise<readonly NamedConnection[]>,
): Step<A>[] {
  const isAccount = ({ connection }: A): boolean => connection?.kind === 'account';
  return [
    {
      ask: async (answers, position) => {
        const connection = await pickOne<NonNullable<ConnectionAnswers['connection']>>({
          ...position,
          title,
          placeholder: 'How is Snowflake reached?',
          choices: async (token) => connectionChoices(await connections(token).catch(() => [])),
        });
        return answered(answers, connection, (chosen) => ({ connection: chosen }));
      },
    },
    {
      isNeeded: isAccount,
      ask: async (answers, position) =>
        answered(
          answers,
          await askText({
            ...position,
            title,
            prompt: 'The account identifier. Snowsight shows it under Account Details.',
            placeholder: 'myorg-myaccount',
            value: answers.account ?? '',
            problem: (value) =>
              /^[\w.-]+$/.test(value)
                ? undefined
                : 'An account identifier has letters, digits, -, _ and dots, and is no URL.',
          }),
          (account) => ({ account }),
        ),
    },
    {
      isNeeded: isAccount,
      ask: async (answers, position) =>
        answered(
          answers,
          await askText({
            ...position,
            title,
            prompt: 'The user to log in as',
            value: answers.user ?? '',
            problem: (value) => (value === '' ? 'A user is needed.' : undefined),
          }),
          (user) => ({ user }),
        ),
    },
    {
      isNeeded: isAccount,
      ask: async (answers, position) =>
        answered(
          answers,
          await pickOne<Login>({
            ...position,
            title,
            placeholder: 'How does this user log in?',
            choices: () => Promise.resolve(logins),
          }),
          (login) => ({ login }),
        ),
    },
    {
      isNeeded: (answers) => isAccount(answers) && answers.login === 'keyPair',
      ask: async (answers, position) =>
        answered(
          answers,
          await askText({
            ...position,
            title,
            prompt: 'The file of the private key, in PEM form',
            value: answers.loginDetail ?? '~/.snowflake/rsa_key.p8',
            problem: (value) => (value === '' ? 'A file is needed.' : undefined),
          }),
          (loginDetail) => ({ loginDetail }),
        ),
    },
    {
      isNeeded: isAccount,
      ask: async (answers, position) =>
        answered(
          answers,
          await askText({
            ...position,
            title,
            prompt: 'The warehouse that runs the queries. Empty for the default one of the user.',
            value: answers.warehouse ?? '',
            problem: () => undefined,
          }),
          (warehouse) => ({ warehouse }),
        ),
    },
  ];
}

/** The answers as `source` of the configuration has them. */
export function sourceOf({
  connection,
  account,
  user,
  login,
  loginDetail,
  warehouse,
}: ConnectionAnswers): SourceAnswers {
  if (connection?.kind !== 'account') return connection?.kind === 'named' ? { connection: connection.name } : {};
  const ways: Readonly<Record<Login, SourceAnswers>> = {
    browser: { authenticator: 'EXTERNALBROWSER', clientStoreTemporaryCredential: true },
    keyPair: { authenticator: 'SNOWFLAKE_JWT', privateKeyPath: loginDetail },
    password: { password: { prompt: true } },
    token: { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: { prompt: true } },
  };
  return {
    account,
    user,
    ...(login !== undefined && ways[login]),
    ...(warehouse !== undefined && warehouse !== '' && { warehouse }),
  };
}

const logins: readonly Choice<Login>[] = [
  { label: 'In the browser', description: 'single sign-on', value: 'browser' },
  { label: 'With a key pair', description: 'the usual way for a service', value: 'keyPair' },
  { label: 'With a programmatic access token', description: 'kept in the secret storage', value: 'token' },
  { label: 'With a password', description: 'kept in the secret storage', value: 'password' },
];

function connectionChoices(
  connections: readonly NamedConnection[],
): (
  | Choice<NonNullable<ConnectionAnswers['connection']>>
  | (vscode.QuickPickItem & { kind: vscode.QuickPickItemKind.Separator })
)[] {
  return [
    ...connections.map(({ name, account, user, isDefault }) => ({
      label: `$(plug) ${name}`,
      description: [user, account].filter((part) => part !== null).join(' at '),
      ...(isDefault && { detail: 'The default connection' }),
      value: { kind: 'named', name } as const,
    })),
    ...(connections.length > 0 ? [{ label: '', kind: vscode.QuickPickItemKind.Separator } as const] : []),
    {
      label: '$(edit) Enter an account',
      ...(connections.length === 0 && {
        detail: `No connections.toml was found in ${homedir()} or where Snowflake CLI keeps it.`,
      }),
      value: { kind: 'account' },
    },
    { label: '$(beaker) Try with sample data', description: 'no account is needed', value: { kind: 'sample' } },
  ];
}

/** The answers with more of them, unless there were none. */
export function answered<A, T, B>(answers: A, result: StepResult<T>, add: (value: T) => B): StepResult<A & B> {
  if (result === undefined) return undefined;
  return result === back ? back : { ...answers, ...add(result) };
}
