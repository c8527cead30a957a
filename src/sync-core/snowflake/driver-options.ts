/** A value that an option of the driver can have in a file. */
export type DriverOptionValue = string | number | boolean | readonly string[];

/** Options under the driver's own names. */
export type DriverOptions = Record<string, DriverOptionValue>;

/** The options of snowflake-sdk 3.3 that say how to reach an account and log in, and what kind of value each has. */
export const driverOptions: Readonly<Record<string, 'string' | 'number' | 'boolean' | 'list'>> = {
  account: 'string',
  accessUrl: 'string',
  host: 'string',
  region: 'string',
  username: 'string',
  password: 'string',
  authenticator: 'string',
  privateKeyPath: 'string',
  privateKey: 'string',
  privateKeyPass: 'string',
  token: 'string',
  tokenFilePath: 'string',
  passcode: 'string',
  passcodeInPassword: 'boolean',
  oauthClientId: 'string',
  oauthClientSecret: 'string',
  oauthAuthorizationUrl: 'string',
  oauthTokenRequestUrl: 'string',
  oauthRedirectUri: 'string',
  oauthScope: 'string',
  oauthEnableSingleUseRefreshTokens: 'boolean',
  workloadIdentityProvider: 'string',
  workloadIdentityImpersonationPath: 'list',
  workloadIdentityAzureEntraIdResource: 'string',
  workloadIdentityAzureClientId: 'string',
  workloadIdentityAwsUseOutboundToken: 'boolean',
  role: 'string',
  warehouse: 'string',
  database: 'string',
  schema: 'string',
  clientStoreTemporaryCredential: 'boolean',
  credentialCacheDir: 'string',
  clientRequestMFAToken: 'boolean',
  browserActionTimeout: 'number',
  browserRedirectPort: 'number',
  clientSessionKeepAlive: 'boolean',
  clientSessionKeepAliveHeartbeatFrequency: 'number',
  retryTimeout: 'number',
  disableSamlURLCheck: 'boolean',
  proxyHost: 'string',
  proxyPort: 'number',
  proxyProtocol: 'string',
  proxyUser: 'string',
  proxyPassword: 'string',
  noProxy: 'string',
  certRevocationCheckMode: 'string',
  crlAllowCertificatesWithoutCrlURL: 'boolean',
};

/**
 * A value as the driver wants it for an option: texts of environment variables and of other drivers' files become numbers
 * and booleans where the option is one. Undefined where the value cannot be meant.
 */
export function driverOptionValue(option: string, value: unknown): DriverOptionValue | undefined {
  switch (driverOptions[option]) {
    case 'string':
      return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
    case 'number': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    }
    case 'boolean':
      if (typeof value === 'boolean') return value;
      return value === 'true' ? true : value === 'false' ? false : undefined;
    case 'list': {
      const list = typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value;
      return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined;
    }
    case undefined:
      return undefined;
  }
}
