import { closest } from '../config/did-you-mean.ts';
import type { DriverOptions } from './driver-options.ts';

/** The ways to log in that the driver has, under the driver's names. The URL of an Okta account is one more. */
export const authenticators = [
  'SNOWFLAKE',
  'USERNAME_PASSWORD_MFA',
  'EXTERNALBROWSER',
  'SNOWFLAKE_JWT',
  'PROGRAMMATIC_ACCESS_TOKEN',
  'OAUTH',
  'OAUTH_AUTHORIZATION_CODE',
  'OAUTH_CLIENT_CREDENTIALS',
  'WORKLOAD_IDENTITY',
] as const;

/** `OKTA` stands for the URL of an Okta account. */
export type Authenticator = (typeof authenticators)[number] | 'OKTA';

/** Something that the options lack, or in which they contradict each other. */
export interface AuthenticatorProblem {
  /** The option that is wrong, or that is missing. */
  readonly option: string;
  readonly message: string;
  readonly suggestion?: string;
}

const providers: readonly string[] = ['AWS', 'AZURE', 'GCP', 'OIDC'];

/**
 * How these options log in. Without an `authenticator` a private key means key-pair authentication, as in Snowflake's other
 * drivers; the Node driver itself would ask for a password. Undefined for a name that there is not.
 */
export function authenticatorOf(options: Readonly<DriverOptions>): Authenticator | undefined {
  const given = options.authenticator;
  if (given === undefined || given === '') {
    const hasKey = options.privateKey !== undefined || options.privateKeyPath !== undefined;
    return hasKey && options.password === undefined ? 'SNOWFLAKE_JWT' : 'SNOWFLAKE';
  }
  const name = String(given);
  if (/^https:\/\//i.test(name)) return 'OKTA';
  return authenticators.find((known) => known === name.toUpperCase());
}

/**
 * What is missing for the way to log in, in the words of a person who reads `snowmelt.json`. The driver checks some of it
 * too, but one thing at a time, and falls back to the password for a name that it does not know. Only looks at which options
 * there are, so that secrets need not be known yet. (snowflake-sdk 3.3, lib/connection/connection_config.js and
 * lib/authentication; docs.snowflake.com/developer-guide/node-js/nodejs-driver-authenticate)
 */
export function authenticatorProblems(options: Readonly<DriverOptions>): AuthenticatorProblem[] {
  const authenticator = authenticatorOf(options);
  const has = (option: string): boolean => options[option] !== undefined && options[option] !== '';
  if (authenticator === undefined) {
    const given = String(options.authenticator);
    const suggestion = closest(given, authenticators);
    return [
      {
        option: 'authenticator',
        message: `${JSON.stringify(given)} is not a way to log in: one of ${authenticators.join(', ')}, or the URL of an Okta account.`,
        ...(suggestion !== undefined && { suggestion }),
      },
    ];
  }
  const name = authenticator === 'OKTA' ? 'Okta' : authenticator;
  const need = (option: string, what: string): AuthenticatorProblem[] =>
    has(option) ? [] : [{ option, message: `${name} needs ${what} (${option === 'username' ? 'user' : option}).` }];

  switch (authenticator) {
    case 'SNOWFLAKE': {
      if (!has('password') && has('token')) {
        const message =
          'A token alone does not say what it is: set "authenticator" to "PROGRAMMATIC_ACCESS_TOKEN" or "OAUTH".';
        return [{ option: 'authenticator', message }];
      }
      return [...need('username', 'a user'), ...need('password', 'a password')];
    }
    case 'USERNAME_PASSWORD_MFA':
    case 'OKTA':
      return [...need('username', 'a user'), ...need('password', 'a password')];
    case 'EXTERNALBROWSER':
      return options.clientStoreTemporaryCredential === true
        ? need('username', 'a user, to find the cached token of,')
        : [];
    case 'SNOWFLAKE_JWT': {
      const key = has('privateKey') ? [] : need('privateKeyPath', 'a private key');
      return [...need('username', 'a user'), ...key];
    }
    case 'PROGRAMMATIC_ACCESS_TOKEN':
      return has('password') || has('tokenFilePath') ? [] : need('token', 'a token');
    case 'OAUTH':
      return has('tokenFilePath') ? [] : need('token', 'a token');
    case 'OAUTH_AUTHORIZATION_CODE': {
      const ownProvider = ['oauthAuthorizationUrl', 'oauthTokenRequestUrl'].some(
        (option) => has(option) && !isSnowflakeUrl(String(options[option])),
      );
      return ownProvider
        ? [
            ...need('oauthClientId', "the identity provider's client id"),
            ...need('oauthClientSecret', 'its client secret'),
          ]
        : [];
    }
    case 'OAUTH_CLIENT_CREDENTIALS':
      return [...need('oauthClientId', 'a client id'), ...need('oauthClientSecret', 'a client secret')];
    case 'WORKLOAD_IDENTITY':
      return workloadIdentityProblems(options, need);
  }
}

function workloadIdentityProblems(
  options: Readonly<DriverOptions>,
  need: (option: string, what: string) => AuthenticatorProblem[],
): AuthenticatorProblem[] {
  if (options.workloadIdentityProvider === undefined) {
    return need(
      'workloadIdentityProvider',
      `the place that this machine's identity comes from: ${providers.join(', ')}`,
    );
  }
  const provider = String(options.workloadIdentityProvider).toUpperCase();
  if (!providers.includes(provider)) {
    const message = `${JSON.stringify(provider)} is not a workload identity provider: one of ${providers.join(', ')}.`;
    const suggestion = closest(provider, providers);
    return [{ option: 'workloadIdentityProvider', message, ...(suggestion !== undefined && { suggestion }) }];
  }
  if (provider === 'OIDC') return options.tokenFilePath === undefined ? need('token', 'a token with OIDC') : [];
  if (options.workloadIdentityImpersonationPath !== undefined && provider === 'AZURE') {
    return [
      { option: 'workloadIdentityImpersonationPath', message: 'Impersonation is for AWS and GCP, not for AZURE.' },
    ];
  }
  return [];
}

/** Whether a URL is Snowflake's own, which then is the identity provider and needs no client id. */
function isSnowflakeUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  return /(?:^|\.)snowflakecomputing\.(?:com|cn|mil)$/i.test(new URL(url).hostname);
}
