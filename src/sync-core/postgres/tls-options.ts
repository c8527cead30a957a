import { isIP } from 'node:net';
import { posix, win32 } from 'node:path';
import { checkServerIdentity, type ConnectionOptions as TlsConnectionOptions, type SecureVersion } from 'node:tls';
import { closest, didYouMean } from '../config/did-you-mean.ts';
import type { HostAccess } from '../config/host-access.ts';
import type { SslMode } from '../config/resolved.ts';
import type { SyncError } from '../errors.ts';
import type { ConnectionParameters } from './connection-url.ts';
import { userFolder } from './password-file.ts';

/** How TLS is done where it is. */
export interface PostgresTls {
  readonly mode: SslMode;
  /** Whether the certificate must come from one of the authorities of `ca`, or of Node where `ca` is undefined. */
  readonly verify: boolean;
  /** Whether the certificate must be for `host`. */
  readonly checkHostname: boolean;
  /** The host as it was asked for: the name that `checkHostname` compares. */
  readonly host: string;
  /** The name sent to the server (SNI); undefined for IP addresses and with `sslsni=0`. */
  readonly servername: string | undefined;
  /** PEM texts. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly crl: string | undefined;
  readonly passphrase: string | undefined;
  readonly minVersion: SecureVersion | undefined;
}

/** Makes the error that says what is wrong with the settings of a connection. */
export type InvalidConnection = (message: string, cause?: unknown) => SyncError<'connection.invalid'>;

const sslModes: readonly SslMode[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

const tlsVersions: ReadonlyMap<string, SecureVersion> = new Map([
  ['tlsv1', 'TLSv1'],
  ['tlsv1.1', 'TLSv1.1'],
  ['tlsv1.2', 'TLSv1.2'],
  ['tlsv1.3', 'TLSv1.3'],
]);

/** What Node's `tls.connect`, and `ssl` of the pg client, take for a connection that is made with TLS. */
export function tlsConnectionOptions(ssl: PostgresTls): TlsConnectionOptions {
  const { ca, cert, key, crl, passphrase, minVersion, servername } = ssl;
  return {
    rejectUnauthorized: ssl.verify,
    // Node would compare with the name that it connected to, which is not known for a socket that it is handed.
    checkServerIdentity: (_name, certificate) =>
      ssl.checkHostname ? checkServerIdentity(ssl.host, certificate) : undefined,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(crl !== undefined && { crl }),
    ...(passphrase !== undefined && { passphrase }),
    ...(minVersion !== undefined && { minVersion }),
    ...(servername !== undefined && { servername }),
  };
}

/** What finding out about TLS needs besides the parameters. */
export interface TlsContext {
  readonly host: HostAccess;
  readonly warnings: string[];
  readonly fail: InvalidConnection;
}

function sslModeOf(parameters: ConnectionParameters, fail: InvalidConnection): SslMode {
  const system = parameters.sslrootcert === 'system';
  const text = parameters.sslmode ?? (system ? 'verify-full' : 'prefer');
  const mode = sslModes.find((known) => known === text);
  if (mode === undefined) {
    throw fail(
      `sslmode ${JSON.stringify(text)} is not one of ${sslModes.join(', ')}.${didYouMean(closest(text, sslModes))}`,
    );
  }
  if (system && mode !== 'verify-full') {
    throw fail(
      `sslmode=${mode} is too weak for sslrootcert=system, where anyone can get a certificate: use verify-full.`,
    );
  }
  return mode;
}

/**
 * How a connection with these parameters does TLS; certificate files are read. `local` is a Unix socket, which has none.
 *
 * @throws what `context.fail` makes, naming the parameter.
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export async function resolveTls(
  parameters: ConnectionParameters,
  address: string,
  local: boolean,
  context: TlsContext,
): Promise<PostgresTls> {
  const { fail } = context;
  const mode = sslModeOf(parameters, fail);
  const minimum = parameters.ssl_min_protocol_version;
  const minVersion = minimum === undefined ? undefined : tlsVersions.get(minimum.toLowerCase());
  if (minimum !== undefined && minVersion === undefined) {
    throw fail(
      `ssl_min_protocol_version ${JSON.stringify(minimum)} is not one of ${[...tlsVersions.values()].join(', ')}.`,
    );
  }
  const sni = parameters.sslsni !== '0' && isIP(address) === 0 && !local;
  const common = {
    mode,
    host: address,
    servername: sni ? address : undefined,
    minVersion,
    passphrase: parameters.sslpassword,
  };
  if (local || mode === 'disable') {
    return {
      ...common,
      verify: false,
      checkHostname: false,
      ca: undefined,
      cert: undefined,
      key: undefined,
      crl: undefined,
    };
  }
  const ca = parameters.sslrootcert === 'system' ? undefined : await readRootCertificate(parameters, mode, context);
  const verify = ca !== undefined || parameters.sslrootcert === 'system';
  return {
    ...common,
    verify,
    checkHostname: mode === 'verify-full',
    ca,
    crl: verify
      ? await readIfThere(parameters.sslcrl ?? inUserFolder('root.crl', context.host), 'sslcrl', context)
      : undefined,
    ...(await readClientCertificate(parameters, context)),
  };
}

/** As in libpq, a root certificate that is there is used in every mode, and one that is not only matters to `verify-*`. */
async function readRootCertificate(
  parameters: ConnectionParameters,
  mode: SslMode,
  context: TlsContext,
): Promise<string | undefined> {
  const path = parameters.sslrootcert ?? inUserFolder('root.crt', context.host);
  const text = await readIfThere(path, 'sslrootcert', context);
  if (text !== undefined) return text;
  if (mode === 'verify-ca' || mode === 'verify-full') {
    throw context.fail(
      `sslmode=${mode} needs the certificates to trust, and ${path} does not exist. Name their file with sslrootcert, ` +
        'or use sslrootcert=system for a server whose certificate is from a public authority.',
    );
  }
  if (parameters.sslrootcert !== undefined) {
    context.warnings.push(`sslrootcert ${path} does not exist, so the server's certificate is not checked.`);
  }
  return undefined;
}

async function readClientCertificate(
  parameters: ConnectionParameters,
  context: TlsContext,
): Promise<{ cert: string | undefined; key: string | undefined }> {
  const certPath = parameters.sslcert ?? inUserFolder('postgresql.crt', context.host);
  const cert = await readIfThere(certPath, 'sslcert', context);
  if (cert === undefined) {
    if (parameters.sslcert !== undefined) context.warnings.push(`sslcert ${certPath} does not exist, so none is sent.`);
    return { cert: undefined, key: undefined };
  }
  const keyPath = parameters.sslkey ?? inUserFolder('postgresql.key', context.host);
  const status = await context.host.files.status(keyPath);
  if (status === undefined)
    throw context.fail(`There is a client certificate (${certPath}), but no private key at ${keyPath}.`);
  const others = status.ownedByRoot ? 0o037 : 0o077;
  if (status.mode !== undefined && (status.mode & others) !== 0) {
    throw context.fail(`The private key ${keyPath} can be read by others: run chmod 600 on it.`);
  }
  return { cert, key: await readIfThere(keyPath, 'sslkey', context) };
}

async function readIfThere(path: string, setting: string, context: TlsContext): Promise<string | undefined> {
  try {
    const status = await context.host.files.status(path);
    return status === undefined ? undefined : await context.host.files.read(path);
  } catch (error) {
    throw context.fail(`The file of ${setting}, ${path}, cannot be read.`, error);
  }
}

function inUserFolder(name: string, host: HostAccess): string {
  return (host.platform === 'win32' ? win32 : posix).join(userFolder(host), name);
}
