import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  errorCodes,
  exitCodeOf,
  formatError,
  isSyncError,
  SyncError,
  type SyncErrorCode,
  toErrorDocument,
  toSyncError,
} from '../../src/sync-core/errors.ts';
import { maskSecrets, redactSecrets } from '../../src/sync-core/redact-secrets.ts';

describe('SyncError', () => {
  const held = new SyncError('claim.held', 'Table roads on target local is being synced by ann@host (pid 7).', {
    table: 'roads',
    target: 'local',
    step: 'stage',
    remedy: 'Wait for it to end.',
    details: { holder: 'ann@host (pid 7)', since: '2024-05-01T10:00:00.000Z' },
    cause: new Error('duplicate key value'),
  });

  it('carries code, place, remedy, details and cause', () => {
    assert.equal(held.code, 'claim.held');
    assert.equal(held.details?.since, '2024-05-01T10:00:00.000Z');
    assert.equal((held.cause as Error).message, 'duplicate key value');
    assert.ok(held instanceof Error);
    assert.equal(held.name, 'SyncError');
  });

  it('is told apart by code', () => {
    const caught: unknown = held;
    assert.ok(isSyncError(caught));
    assert.ok(isSyncError(caught, 'claim.held'));
    assert.equal(isSyncError(caught, 'guard.empty'), false);
    assert.equal(isSyncError(new Error('x')), false);
  });

  it('prints what failed, where, why and what to do next', () => {
    assert.equal(
      formatError(held),
      [
        'error: Table roads on target local is being synced by ann@host (pid 7). [claim.held]',
        '  at: table roads, target local, step stage',
        '  cause: duplicate key value',
        '  what to do: Wait for it to end.',
      ].join('\n'),
    );
  });

  it('becomes a plain document', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(toErrorDocument(held))), {
      code: 'claim.held',
      message: 'Table roads on target local is being synced by ann@host (pid 7).',
      remedy: 'Wait for it to end.',
      table: 'roads',
      target: 'local',
      step: 'stage',
      details: { holder: 'ann@host (pid 7)', since: '2024-05-01T10:00:00.000Z' },
      causes: ['duplicate key value'],
    });
  });

  it('leaves out of a document what it does not have', () => {
    assert.deepEqual(toErrorDocument(new SyncError('usage', 'No.')), { code: 'usage', message: 'No.' });
  });
});

describe('toSyncError', () => {
  it('adds the place to an error that has none, and keeps the one that it has', () => {
    const error = new SyncError('postgres.statement', 'It failed.', {
      table: 'inner',
      remedy: 'Retry.',
      details: { sqlState: '22012' },
    });
    const located = toSyncError(error, { table: 'outer', target: 'local', step: 'swap' });
    assert.equal(located.table, 'inner');
    assert.equal(located.target, 'local');
    assert.equal(located.step, 'swap');
    assert.equal(located.remedy, 'Retry.');
    assert.deepEqual(located.details, { sqlState: '22012' });
    assert.equal(located.stack, error.stack);
    assert.equal(toSyncError(located, { step: 'plan' }), located);
  });

  it('takes an abort for a cancellation', async () => {
    const error: unknown = await Promise.reject(AbortSignal.abort().reason as Error).catch((reason: unknown) => reason);
    assert.equal(toSyncError(error).code, 'cancelled');
    assert.equal(exitCodeOf(error), 130);
  });

  it('calls everything else internal, with its stack where it is printed', () => {
    const cause = new TypeError('x is not a function');
    const error = toSyncError(cause, { table: 'roads' });
    assert.equal(error.code, 'internal');
    assert.equal(error.cause, cause);
    assert.match(formatError(error), /errors\.test\.ts/);
  });

  it('takes anything that can be thrown', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const document = toErrorDocument(thrown);
        assert.ok(document.code in errorCodes);
        assert.ok(formatError(thrown).startsWith('error: '));
        JSON.stringify(document);
      }),
    );
  });

  it('stops at a cause that is its own cause', () => {
    const error = new SyncError('usage', 'No.', { cause: new Error('first') });
    (error.cause as Error).cause = error.cause;
    assert.deepEqual(toErrorDocument(error).causes, ['first']);
    const a = new Error('a');
    a.cause = new Error('b', { cause: a });
    assert.deepEqual(toErrorDocument(new SyncError('usage', 'No.', { cause: a })).causes, ['a', 'b']);
  });

  it('shows the addresses that Node could not connect to', () => {
    const cause = new AggregateError([
      new Error('connect ECONNREFUSED ::1:5432'),
      new Error('connect ECONNREFUSED 127.0.0.1:5432'),
    ]);
    const [shown] = toErrorDocument(new SyncError('postgres.connect', 'Cannot connect.', { cause })).causes ?? [];
    assert.match(shown ?? '', /::1:5432.*127\.0\.0\.1:5432/);
  });
});

describe('exitCodeOf', () => {
  const expected: Partial<Record<SyncErrorCode, number>> = {
    'config.invalid': 2,
    'config.notFound': 2,
    'connection.invalid': 2,
    'secret.unavailable': 2,
    usage: 2,
    'verify.difference': 3,
    'arrival.mismatch': 3,
    'snowflake.connect': 4,
    'snowflake.auth': 4,
    'postgres.connect': 4,
    'postgres.auth': 4,
    'postgres.tls': 4,
    cancelled: 130,
  };

  it('is 2 for configuration, 3 for a difference, 4 for a connection, 130 for a cancellation, else 1', () => {
    for (const code of Object.keys(errorCodes) as SyncErrorCode[]) {
      assert.equal(exitCodeOf(new SyncError(code, 'x', { details: {} })), expected[code] ?? 1, code);
    }
    assert.equal(exitCodeOf(new Error('x')), 1);
    assert.equal(exitCodeOf(undefined), 1);
  });
});

describe('redactSecrets', () => {
  const cases: readonly (readonly [text: string, secret: string])[] = [
    ['postgresql://ann:s3cr3t@db:5432/x', 's3cr3t'],
    ['postgresql://ann:p@ss@db:5432/x', 'p@ss'],
    ['postgres://ann:@db', ':x'],
    ['host=db password=s3cr3t user=ann', 's3cr3t'],
    ['PGPASSWORD=s3cr3t psql', 's3cr3t'],
    ["ALTER ROLE a PASSWORD 's3cr3t'", 's3cr3t'],
    ["CREATE SECRET s TYPE = PASSWORD USERNAME = 'ann' PASSWORD = 'it''s3cr3t'", 's3cr3t'],
    ["SECRET_STRING = 's3cr3t'", 's3cr3t'],
    ['{"password": "s3\\"cr3t", "user": "ann"}', 's3\\"cr3t'],
    ['{"privateKeyPass":"s3cr3t"}', 's3cr3t'],
    ['{"password": "s3cr3t', 's3cr3t'],
    ['Authorization: Bearer abcdefghijkl.mnop', 'abcdefghijkl'],
    ['Snowflake Token="ver:1-hint:abcdef"', 'ver:1-hint:abcdef'],
    ['token is eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'eyJzdWIiOiIxIn0'],
    ['-----BEGIN PRIVATE KEY-----\nMIIEv\n-----END PRIVATE KEY-----', 'MIIEv'],
    ['key: -----BEGIN ENCRYPTED PRIVATE KEY-----\\nMIIEvcut off', 'MIIEv'],
    ['?sslpassword=s3cr3t&x=1', 's3cr3t'],
  ];

  it('takes secrets out of texts of every kind', () => {
    for (const [text, secret] of cases) {
      assert.ok(!redactSecrets(text).includes(secret), `${text} -> ${redactSecrets(text)}`);
      assert.ok(!maskSecrets(text).includes(secret), `${text} -> ${maskSecrets(text)}`);
    }
  });

  it('leaves the rest as it is', () => {
    assert.equal(redactSecrets('postgresql://ann:s3cr3t@db:5432/x'), 'postgresql://ann:***@db:5432/x');
    for (const text of [
      'password authentication failed for user "ann"',
      'postgresql://ann@db:5432/x?sslmode=require',
      'the token has expired',
      'column "password" is missing',
      'https://myorg-myaccount.snowflakecomputing.com:443/session',
    ]) {
      assert.equal(redactSecrets(text), text);
    }
  });

  it('takes secrets out of structures, and leaves references to them', () => {
    assert.deepEqual(
      redactSecrets({
        url: 'postgresql://a:b1234@c',
        password: 'x',
        token: { env: 'TOKEN' },
        list: [{ oauthClientSecret: 'y', privateKeyPath: '/key.pem' }],
        count: 3,
        nothing: null,
      }),
      {
        url: 'postgresql://a:***@c',
        password: '***',
        token: { env: 'TOKEN' },
        list: [{ oauthClientSecret: '***', privateKeyPath: '/key.pem' }],
        count: 3,
        nothing: null,
      },
    );
  });

  it('takes out secrets that the caller knows', () => {
    assert.equal(redactSecrets('login hunter2 failed', ['hunter2']), 'login *** failed');
    assert.equal(redactSecrets('a b c', ['a']), 'a b c');
  });

  it('keeps every place of a text when it masks', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(maskSecrets(`{"password": "${text}"}`).length, `{"password": "${text}"}`.length);
      }),
    );
  });

  it('does not end on a structure that contains itself', () => {
    const loop: Record<string, unknown> = { password: 'x' };
    loop.self = loop;
    assert.deepEqual(redactSecrets(loop), { password: '***', self: '[circular]' });
  });

  it('is applied to every part of an error', () => {
    const error = new SyncError('postgres.auth', 'Cannot log in to postgresql://a:hunter2@db.', {
      remedy: 'Not PGPASSWORD=hunter2.',
      details: { tried: [{ password: 'hunter2' }] },
      cause: new Error('bad url postgres://a:hunter2@db'),
    });
    assert.doesNotMatch(JSON.stringify(toErrorDocument(error)), /hunter2/);
    assert.doesNotMatch(formatError(error), /hunter2/);
    assert.doesNotMatch(formatError(new Error('bad url postgres://a:hunter2@db')), /hunter2/);
  });
});
