import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SyncError } from '../errors.ts';

/**
 * A private key as the driver takes it: RSA, PKCS#8, PEM, not encrypted. Takes PEM, also with its newlines written as `\n`,
 * as they often are in an environment variable, and bare Base64 of PKCS#8.
 *
 * @param origin where the key is from, for messages.
 * @throws SyncError `secret.unavailable`, which says whether it is the passphrase, the form or the kind of key.
 */
export function driverPrivateKey(text: string, passphrase: string | undefined, origin: string): string {
  const fail = (what: string, remedy: string, cause?: unknown): SyncError<'secret.unavailable'> =>
    new SyncError('secret.unavailable', `The private key (${origin}) ${what}.`, { remedy, cause });
  const pem = asPem(text);
  if (pem === undefined)
    throw fail(
      'is not in PEM form',
      'It starts with -----BEGIN PRIVATE KEY----- or -----BEGIN ENCRYPTED PRIVATE KEY-----.',
    );
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
  } catch (error) {
    const encrypted = pem.includes('ENCRYPTED');
    if (encrypted && passphrase === undefined)
      throw fail('is encrypted and there is no passphrase', 'Set privateKeyPass.', error);
    if (encrypted)
      throw fail('cannot be decrypted', 'The passphrase (privateKeyPass) is probably not the right one.', error);
    throw fail(
      'cannot be read',
      'Create one as Snowflake describes: openssl genrsa 2048 | openssl pkcs8 -topk8 …',
      error,
    );
  }
  if (key.asymmetricKeyType !== 'rsa') {
    throw fail(
      `is ${key.asymmetricKeyType ?? 'of another kind'}, not RSA`,
      'The Snowflake driver signs with RSA only: create an RSA key of 2048 bits or more.',
    );
  }
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function asPem(text: string): string | undefined {
  const trimmed = text.replaceAll('\\n', '\n').replaceAll('\r\n', '\n').trim();
  if (trimmed.startsWith('-----BEGIN ')) return trimmed;
  if (!/^[A-Za-z0-9+/=\s]{64,}$/.test(trimmed)) return undefined;
  const lines = trimmed.replace(/\s/g, '').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----'].join('\n');
}
