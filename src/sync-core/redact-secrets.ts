/** What stands where a secret stood. */
export const redacted = '***';

const secretName =
  /(?:password|passwd|pwd|passphrase|passcode|token|secret|private_?key|private_?key_?pass|authorization)$/i;

/** camelCase and kebab-case read as snake_case, so that one pattern knows `privateKeyPass`, `oauthClientSecret` and `PGPASSWORD`. */
function isSecretName(name: string): boolean {
  return secretName.test(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('-', '_'));
}

const secretWord =
  '[\\w-]{0,40}(?:password|passwd|pwd|passphrase|passcode|token|secret(?:_string)?|private_?key(?:_?pass)?)';

/** Each pattern has three groups: what stays, the secret, what stays. */
const rules: readonly RegExp[] = [
  // PEM blocks, also where their newlines are escaped or where the end is cut off.
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)([\s\S]*?)(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // scheme://user:password@host. The last @ before the path ends the password, for passwords that were not encoded.
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*:)([^\s/?#]*)(@)/gi,
  /(\b(?:Bearer|Basic)\s+)([\w.~+/=-]{8,})()/gi,
  // A JSON Web Token, which programmatic access tokens and OAuth tokens are.
  /()(\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?)()/g,
  // SQL: PASSWORD 'x', PASSWORD = 'x', SECRET_STRING = 'x'; JSON: "password": "x"; ini, URL and conninfo: password=x.
  new RegExp(`(\\b${secretWord}(?:\\s*=\\s*|\\s+)')((?:[^'\\\\]|''|\\\\.)*)(')`, 'gi'),
  new RegExp(`("${secretWord}"\\s*:\\s*")((?:[^"\\\\]|\\\\.)*)("|$)`, 'gi'),
  new RegExp(`(\\b${secretWord}\\s*=\\s*")((?:[^"\\\\]|\\\\.)*)(")`, 'gi'),
  new RegExp(`(\\b${secretWord}\\s*=\\s*)(?!['"*\\s])([^\\s&;,'")}]+)()`, 'gi'),
];

function redactText(text: string, known: readonly string[], mask: (secret: string) => string = () => redacted): string {
  let result = text;
  for (const secret of known) {
    if (secret.length >= 4) result = result.replaceAll(secret, redacted);
  }
  for (const pattern of rules) {
    result = result.replace(
      pattern,
      (_, before: string, secret: string, after: string) => before + mask(secret) + after,
    );
  }
  return result;
}

/** A text in which every character of what looks like a secret is a `*`, so that places in it stay where they are. */
export function maskSecrets(text: string): string {
  return redactText(text, [], (secret) => secret.replace(/[^\r\n]/g, '*'));
}

function redactValue(value: unknown, known: readonly string[], seen: Set<object>): unknown {
  if (typeof value === 'string') return redactText(value, known);
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return '[circular]';
  seen.add(value);
  try {
    if (Array.isArray(value)) return value.map((item) => redactValue(item, known, seen));
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        isSecretName(name) && typeof member === 'string' ? redacted : redactValue(member, known, seen),
      ]),
    );
  } finally {
    seen.delete(value);
  }
}

/**
 * A copy of a text, or of a plain JSON-like structure, in which secrets are replaced by `***`: passwords in URLs, in
 * `password=…`, in SQL (`PASSWORD '…'`) and in JSON members of that kind, tokens, and private keys. References to secrets
 * (`{"env": "NAME"}`) stay, for they help to find the fault. `known` are secrets that the caller holds (four characters or
 * more, so that a one-letter password does not black out the text). Returns values of other classes as they are; never throws.
 */
export function redactSecrets<T>(value: T, known: readonly string[] = []): T {
  return redactValue(value, known, new Set()) as T;
}
