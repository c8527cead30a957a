import assert from 'node:assert/strict';
import {
  listenChanges,
  mayUseTemporary,
  preparedChanges,
  sessionStatement,
} from '../../src/local/postgis/statement-text.ts';

describe('sessionStatement', () => {
  for (const [sql, expected] of [
    ['DISCARD ALL', { kind: 'discard-all' }],
    ['  discard\n all ; ', { kind: 'discard-all' }],
    ['RESET ALL', { kind: 'reset-all' }],
    ['DEALLOCATE ALL', { kind: 'deallocate-all' }],
    ['deallocate prepare all;', { kind: 'deallocate-all' }],
    ['DEALLOCATE Foo', { kind: 'deallocate', name: 'foo' }],
    ['DEALLOCATE PREPARE "_pg3_0"', { kind: 'deallocate', name: '_pg3_0' }],
    ['DEALLOCATE "a""B"', { kind: 'deallocate', name: 'a"B' }],
    ['RESET Session Authorization;', { kind: 'reset-authorization' }],
    ['SET SESSION AUTHORIZATION DEFAULT', { kind: 'reset-authorization' }],
    ['SET SESSION AUTHORIZATION "default"', undefined],
    ['DISCARD PLANS', undefined],
    ['RESET work_mem', undefined],
    ['SELECT 1; DISCARD ALL', undefined],
    ['DISCARD ALL; SELECT 1', undefined],
    ['DEALLOCATE a; SELECT 1', undefined],
  ] as const) {
    it(`reads ${JSON.stringify(sql)}`, () => {
      assert.deepEqual(sessionStatement(sql), expected);
    });
  }
});

describe('listenChanges', () => {
  it('reads the channels in their order', () => {
    assert.deepEqual(listenChanges('LISTEN News; unlisten "Old"; UNLISTEN *; listen é'), [
      { listens: true, channel: 'news' },
      { listens: false, channel: 'Old' },
      { listens: false, channel: '*' },
      { listens: true, channel: 'é' },
    ]);
  });
});

describe('preparedChanges', () => {
  it('reads the names in their order', () => {
    assert.deepEqual(preparedChanges('PREPARE A (int) AS SELECT $1; deallocate prepare "A b"; DEALLOCATE a'), [
      { prepares: true, name: 'a' },
      { prepares: false, name: 'A b' },
      { prepares: false, name: 'a' },
    ]);
  });
});

describe('mayUseTemporary', () => {
  it('takes no chances', () => {
    for (const sql of ['CREATE TEMP TABLE t ()', 'create temporary view v', 'SELECT 1 INTO TEMP t'])
      assert.ok(mayUseTemporary(sql));
    for (const sql of ['SELECT temperature FROM t', 'SELECT 1']) assert.ok(!mayUseTemporary(sql));
  });
});
