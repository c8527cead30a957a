import { randomUUID, timingSafeEqual, createHash } from 'node:crypto';
import { isValidKeyPairToken } from './key-pair-token.ts';
import type { StandInUser } from './users.ts';
import { WireError } from './wire-error.ts';

/** The credentials in a log-in request, as the driver sends them. */
export interface LoginCredentials {
  readonly account: string;
  /** Absent for an OAuth or access-token log-in, where the token says who it is. */
  readonly user: string | undefined;
  readonly authenticator: string;
  readonly password: string | undefined;
  readonly passcode: string | undefined;
  readonly passcodeInPassword: boolean;
  readonly token: string | undefined;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const sameSecret = (given: string, expected: string): boolean => timingSafeEqual(digest(given), digest(expected));

function refusal(code: string, message: string): WireError {
  return new WireError(code, message, {
    nextAction: 'RETRY_LOGIN',
    pwdChangeInfo: null,
    inFlightCtx: null,
    redirectUrl: null,
    licenseAgreementPDFFilePath: null,
    licenseAgreementHTMLFilePath: null,
    authnMethod: 'USERNAME_PASSWORD',
    oCSPFailOpen: true,
  });
}

const incorrectPassword = (): WireError => refusal('390100', 'Incorrect username or password was specified.');

function checkPassword(user: StandInUser | undefined, credentials: LoginCredentials): void {
  let password = credentials.password ?? '';
  let passcode = credentials.passcode;
  if (user?.passcode !== undefined && credentials.passcodeInPassword) {
    passcode = password.slice(-user.passcode.length);
    password = password.slice(0, -user.passcode.length);
  }
  if (user?.password === undefined || !sameSecret(password, user.password)) throw incorrectPassword();
  if (user.passcode === undefined) return;
  if (passcode === undefined || passcode === '') {
    throw refusal('390197', 'Multi-factor authentication is required for this account. Log in to Snowsight to enroll.');
  }
  if (!sameSecret(passcode, user.passcode)) throw refusal('390127', 'Incorrect passcode was specified.');
}

/**
 * Who a log-in request is from. Throws a {@link WireError} with the service's own code for a credential that does not
 * hold: 390100 password, 390127 passcode, 390144 key-pair token, 394400 programmatic access token, 390303 OAuth token.
 */
export function authenticate(
  account: string,
  users: readonly StandInUser[],
  credentials: LoginCredentials,
): StandInUser {
  if (credentials.account.toUpperCase() !== account.toUpperCase()) throw incorrectPassword();
  const named = users.find((user) => user.name.toUpperCase() === credentials.user?.toUpperCase());
  const token = credentials.token ?? '';
  const holds = (tokens: readonly string[] | undefined): boolean =>
    token !== '' && (tokens ?? []).some((registered) => sameSecret(token, registered));

  switch (credentials.authenticator.toUpperCase()) {
    case 'SNOWFLAKE':
    case 'USERNAME_PASSWORD_MFA':
      checkPassword(named, credentials);
      if (named === undefined) throw incorrectPassword();
      return named;
    case 'SNOWFLAKE_JWT':
      if (named === undefined || !isValidKeyPairToken(token, account, named)) {
        throw refusal('390144', `JWT token is invalid. [${randomUUID()}]`);
      }
      return named;
    case 'PROGRAMMATIC_ACCESS_TOKEN': {
      const owner = users.find((user) => holds(user.programmaticAccessTokens));
      if (owner === undefined || (credentials.user !== undefined && credentials.user !== '' && owner !== named)) {
        throw refusal('394400', 'Programmatic access token is invalid.');
      }
      return owner;
    }
    case 'OAUTH': {
      const owner = users.find((user) => holds(user.oauthTokens));
      if (owner === undefined || (credentials.user !== undefined && credentials.user !== '' && owner !== named)) {
        throw refusal('390303', `Invalid OAuth access token. [${randomUUID()}]`);
      }
      return owner;
    }
    default:
      throw refusal('390104', `The stand-in does not know the authenticator ${credentials.authenticator}.`);
  }
}
