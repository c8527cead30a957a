import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { isValidKeyPairToken, publicKeyFingerprint } from '../../src/local/snowflake/wire/key-pair-token.ts';

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const own = pair();
const second = pair();
const stranger = pair();
const user = { name: 'anna', publicKeys: [own.publicKey, second.publicKey] };
const now = Date.UTC(2026, 0, 1);
const seconds = now / 1000;

function token(claims: object, key = own.privateKey, header: object = { alg: 'RS256', typ: 'JWT' }): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key).toString('base64url')}`;
}

const claims = (key = own.publicKey) => ({
  iss: `ACME.ANNA.${publicKeyFingerprint(key)}`,
  sub: 'ACME.ANNA',
  iat: seconds,
  exp: seconds + 120,
});
const valid = (text: string): boolean => isValidKeyPairToken(text, 'acme', user, now);

describe('key-pair token', () => {
  it('lets in with either registered key, times in seconds or milliseconds', () => {
    assert.equal(valid(token(claims())), true);
    assert.equal(valid(token(claims(second.publicKey), second.privateKey)), true);
    assert.equal(valid(token({ ...claims(), iat: now, exp: now + 120_000 })), true);
  });

  const refused: Record<string, string> = {
    'signed by a key that is not registered': token(claims(stranger.publicKey), stranger.privateKey),
    'signed by another key than it names': token(claims(), second.privateKey),
    expired: token({ ...claims(), iat: seconds - 200, exp: seconds - 1 }),
    'issued over an hour ago': token({ ...claims(), iat: seconds - 3700 }),
    'issued in the future': token({ ...claims(), iat: seconds + 300, exp: seconds + 400 }),
    'without an expiry': token({ ...claims(), exp: undefined }),
    'for another user': token({ ...claims(), sub: 'ACME.MARA' }),
    'of another account': token({ ...claims(), iss: claims().iss.replace('ACME', 'OTHER') }),
    'of an unsigned algorithm': token(claims(), own.privateKey, { alg: 'none' }),
    'with a changed payload': token(claims()).replace(
      /\.[^.]+\./,
      `.${Buffer.from(JSON.stringify({ ...claims(), exp: seconds + 999 })).toString('base64url')}.`,
    ),
    'that is none': 'not.a.token',
    'that is empty': '',
  };
  for (const [name, text] of Object.entries(refused)) {
    it(`refuses one ${name}`, () => {
      assert.equal(valid(text), false);
    });
  }
});
