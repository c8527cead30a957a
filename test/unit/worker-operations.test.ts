import assert from 'node:assert/strict';
import type { Leftover } from '../../src/sync-core/ledger/leftovers.ts';
import { roleTimeoutsDocument, type RoleTimeouts } from '../../src/sync-core/role-timeouts.ts';
import { formatClean } from '../../src/worker/cli/clean-command.ts';
import { parseSince } from '../../src/worker/cli/parse-since.ts';
import { formatRollback } from '../../src/worker/cli/rollback-command.ts';
import { createStyle } from '../../src/worker/cli/style.ts';
import { formatTimeouts } from '../../src/worker/cli/timeouts-command.ts';
import type { RollbackOutcome } from '../../src/worker/commands/rollback.ts';
import { cleanDocument } from '../../src/worker/documents/clean-document.ts';
import { rollbackDocument } from '../../src/worker/documents/rollback-document.ts';

const plain = createStyle(false);

describe('since', () => {
  const now = Date.parse('2026-03-08T12:00:00Z');

  it('is how long ago', () => {
    for (const [text, expected] of [
      ['90 s', '2026-03-08T11:58:30.000Z'],
      ['90min', '2026-03-08T10:30:00.000Z'],
      ['24h', '2026-03-07T12:00:00.000Z'],
      ['7d', '2026-03-01T12:00:00.000Z'],
      ['1w', '2026-03-01T12:00:00.000Z'],
    ] as const) {
      assert.equal(parseSince(text, now)?.toISOString(), expected, text);
    }
  });

  it('is a date or a time, in the zone of this machine where it names none', () => {
    assert.equal(parseSince('2026-03-01', now)?.getTime(), new Date(2026, 2, 1).getTime());
    assert.equal(parseSince('2026-03-01 14:05', now)?.getTime(), new Date(2026, 2, 1, 14, 5).getTime());
    assert.equal(parseSince('2026-03-01T14:05:06.5Z', now)?.toISOString(), '2026-03-01T14:05:06.500Z');
    assert.equal(parseSince('2026-03-01 14:05+02:00', now)?.toISOString(), '2026-03-01T12:05:00.000Z');
  });

  it('is nothing else', () => {
    for (const text of ['', 'yesterday', '7', '7m', '-1h', '2026-13-01', '2026-03-01 25:00', '1.3.2026']) {
      assert.equal(parseSince(text, now), undefined, text);
    }
  });
});

describe('rollback output', () => {
  const outcome: RollbackOutcome = {
    target: 'local',
    relation: { schema: 'public', name: 'roads' },
    table: 'roads',
    run: 'r1',
    restored: 2,
    generation: 5,
    rows: 1_536,
    ms: 45,
  };

  it('says what is live again', () => {
    assert.equal(
      formatRollback(outcome, plain),
      'rolled back roads in local: generation 2 is live again, as generation 5, with 1,536 rows; took 45 ms',
    );
    assert.deepEqual(rollbackDocument(outcome), {
      status: 'success',
      table: 'roads',
      target: 'local',
      relation: 'public.roads',
      run: 'r1',
      restored: 2,
      generation: 5,
      rows: 1_536,
      seconds: 0.045,
    });
  });
});

describe('clean output', () => {
  const staging: Leftover = {
    kind: 'staging',
    table: 'roads',
    of: { schema: 'public', name: 'roads' },
    relation: { schema: 'snowmelt', name: 'roads__ab12cd34' },
    run: 'r1',
    generation: null,
    bytes: 8_192,
    holder: null,
  };
  const generation: Leftover = {
    ...staging,
    kind: 'generation',
    relation: { schema: 'snowmelt', name: 'roads__g3' },
    run: null,
    generation: 3,
    bytes: 2_000_000,
  };

  it('lists what was removed and what it freed', () => {
    const outcome = { target: 'local', removed: [staging, generation], left: [] };
    assert.deepEqual(formatClean(outcome, false, plain).split('\n'), [
      'removed the staging table of run r1 of roads, snowmelt.roads__ab12cd34, 8.19 kB',
      'removed generation 3 of roads, snowmelt.roads__g3, 2.00 MB',
      'Freed 2.01 MB in local.',
    ]);
    assert.match(
      formatClean(outcome, true, plain),
      /^would remove the staging.*\n.*\n2\.01 MB would be freed in local\.$/,
    );
    const document = cleanDocument(outcome, false);
    assert.deepEqual([document.status, document.bytes, document.removed.length], ['success', 2_008_192, 2]);
    assert.deepEqual(document.removed[1], {
      kind: 'generation',
      table: 'roads',
      relation: 'snowmelt.roads__g3',
      run: null,
      generation: 3,
      bytes: 2_000_000,
    });
  });

  it('says why something is left, which is a failure only where the server refused', () => {
    const busy = { ...generation, cause: 'busy' as const, reason: 'roads is being synced by ann' };
    const failed = { ...generation, cause: 'failed' as const, reason: 'a view depends on it' };
    const text = formatClean({ target: 'local', removed: [], left: [busy] }, false, plain);
    assert.match(text, /^left generation 3 of roads, snowmelt\.roads__g3: roads is being synced by ann\nFreed 0 B/);
    assert.equal(cleanDocument({ target: 'local', removed: [], left: [busy] }, false).status, 'success');
    assert.equal(cleanDocument({ target: 'local', removed: [], left: [busy, failed] }, false).status, 'failed');
  });

  it('says so where there is nothing', () => {
    assert.equal(
      formatClean({ target: 'local', removed: [], left: [] }, false, plain),
      'There is nothing to remove in local.',
    );
  });
});

describe('timeouts output', () => {
  const found = (statementTimeout: string | null): RoleTimeouts => ({
    role: 'application',
    settings: [
      { name: 'idle_in_transaction_session_timeout', actual: '1min', expected: '60s', correct: true },
      {
        name: 'statement_timeout',
        actual: statementTimeout,
        expected: '300s',
        correct: statementTimeout === '300s',
      },
    ],
    rowCounts: [{ table: 'topology_connections_cache', rows: 153_592 }],
  });
  const outcome = {
    target: 'cloud',
    database: 'postgres',
    statements: [`ALTER ROLE "application" SET statement_timeout = '300s'`],
  };

  it('is the document of the procedure that it takes the place of', () => {
    assert.equal(
      JSON.stringify(roleTimeoutsDocument(found('300s'))),
      '{"status":"success","results":["idle_in_transaction_session_timeout = 60s","statement_timeout = 300s","topology_connections_cache row count: 153592"]}',
    );
    assert.equal(roleTimeoutsDocument(found(null)).status, 'error');
  });

  it('shows what is wrong, and who can do something about it', () => {
    assert.deepEqual(formatTimeouts({ ...outcome, applied: false, timeouts: found(null) }, plain).split('\n'), [
      'application in cloud',
      '  ok     idle_in_transaction_session_timeout = 60s',
      '  wrong  statement_timeout = not set, and should be 300s',
      '  topology_connections_cache row count: 153592',
      'Set them with `snowmelt timeouts --apply`, or have an administrator run:',
      `  ALTER ROLE "application" SET statement_timeout = '300s';`,
    ]);
    const applied = formatTimeouts({ ...outcome, applied: true, timeouts: found('300s') }, plain);
    assert.match(applied, /\nApplied; sessions that begin from now on have them\.$/);
    const hidden = formatTimeouts({ ...outcome, applied: true, timeouts: found('5s') }, plain);
    assert.match(hidden, /\n {2}ALTER ROLE "application" IN DATABASE "postgres" RESET statement_timeout;$/);
  });
});
