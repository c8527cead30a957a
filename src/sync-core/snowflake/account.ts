import type { AuthenticatorProblem } from './authenticator.ts';
import type { DriverOptions } from './driver-options.ts';

const ownDomain = /\.snowflakecomputing\.(?:com|cn|mil)\/?$/i;

/**
 * What is wrong with the options that say where the account is. The driver takes a host name for an account identifier and
 * puts the domain after it once more, which then cannot be reached.
 */
export function accountProblems(options: Readonly<DriverOptions>): AuthenticatorProblem[] {
  const { account, accessUrl, host } = options;
  const problems: AuthenticatorProblem[] = [];
  if (account === undefined && accessUrl === undefined && host === undefined) {
    problems.push({ option: 'account', message: 'The account is missing (account).' });
  }
  if (typeof account === 'string') {
    const bare = account.replace(/^https?:\/\//i, '').replace(ownDomain, '');
    if (bare !== account) {
      problems.push({
        option: 'account',
        message: `${JSON.stringify(account)} is an address: the account is the part before .snowflakecomputing.com.`,
        suggestion: bare,
      });
    } else if (!/^\w+(?:[.-]\w+)*$/.test(account)) {
      problems.push({
        option: 'account',
        message: `${JSON.stringify(account)} is not an account identifier, such as "myorg-myaccount".`,
      });
    }
  }
  if (typeof accessUrl === 'string' && !(URL.canParse(accessUrl) && /^https?:$/.test(new URL(accessUrl).protocol))) {
    problems.push({
      option: 'accessUrl',
      message: `${JSON.stringify(accessUrl)} is not a URL, such as "https://myorg-myaccount.snowflakecomputing.com".`,
    });
  }
  const address = typeof accessUrl === 'string' ? hostOf(accessUrl) : host;
  if (account === undefined && typeof address === 'string' && !ownDomain.test(address)) {
    problems.push({
      option: 'account',
      message: `The account is missing (account): it cannot be told from the address ${address}.`,
    });
  }
  return problems;
}

/** Whether a source needs no named connection: it names none, and says which account it is. */
export function isSelfContained(source: {
  readonly connection: string | undefined;
  readonly options: Readonly<DriverOptions>;
}): boolean {
  return (
    source.connection === undefined &&
    ['account', 'accessUrl', 'host'].some((option) => source.options[option] !== undefined)
  );
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
