import { createHash, createPublicKey, verify } from 'node:crypto';
import type { StandInUser } from './users.ts';

const LONGEST_LIFE_MS = 60 * 60 * 1000;
const CLOCK_SKEW_MS = 60 * 1000;

function parseJson(base64url: string | undefined): Record<string, unknown> | undefined {
  if (base64url === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A JWT's time is in seconds; the Node driver writes milliseconds, and the service takes both. */
function toMilliseconds(time: unknown): number {
  if (typeof time !== 'number') return NaN;
  return time > 100_000_000_000 ? time : time * 1000;
}

/** `SHA256:` and the base64 digest of a public key's DER form, as DESCRIBE USER shows it in RSA_PUBLIC_KEY_FP. */
export function publicKeyFingerprint(pem: string): string {
  const der = createPublicKey(pem).export({ format: 'der', type: 'spki' });
  return `SHA256:${createHash('sha256').update(der).digest('base64')}`;
}

/**
 * Whether a key-pair token lets a user in: signed (RS256) by one of the user's registered keys, issued by
 * `ACCOUNT.USER.FINGERPRINT` of that same key for `ACCOUNT.USER`, not expired and at most an hour old.
 * (docs.snowflake.com/en/user-guide/key-pair-auth; developer-guide/sql-api/authenticating)
 */
export function isValidKeyPairToken(token: string, account: string, user: StandInUser, now = Date.now()): boolean {
  const [header, payload, signature, ...rest] = token.split('.');
  const head = parseJson(header);
  const claims = parseJson(payload);
  if (head === undefined || claims === undefined || signature === undefined || rest.length > 0) return false;
  if (head.alg !== 'RS256') return false;

  const subject = `${account}.${user.name}`.toUpperCase();
  if (claims.sub !== subject) return false;
  const expires = toMilliseconds(claims.exp);
  const issued = toMilliseconds(claims.iat);
  if (!(expires > now && issued <= now + CLOCK_SKEW_MS && issued > now - LONGEST_LIFE_MS)) return false;

  const signed = Buffer.from(`${header ?? ''}.${payload ?? ''}`);
  return (user.publicKeys ?? []).some(
    (pem) =>
      claims.iss === `${subject}.${publicKeyFingerprint(pem)}` &&
      verify('RSA-SHA256', signed, createPublicKey(pem), Buffer.from(signature, 'base64url')),
  );
}
