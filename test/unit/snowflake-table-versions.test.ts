import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { emptyCatalog } from '../../src/local/snowflake/sql/catalog/model.ts';
import type { Backend, QueryOutput } from '../../src/local/snowflake/sql/execution/backend.ts';
import { millisecondsOf, TableVersions } from '../../src/local/snowflake/sql/history/table-versions.ts';

const table = 7;

/** A Postgres that does nothing, and whose commits end when a test says so. */
class HeldConnection {
  readonly statements: string[] = [];
  private readonly waiting: (() => void)[] = [];

  async query(sql: string): Promise<QueryOutput> {
    this.statements.push(sql);
    if (sql === 'COMMIT') await new Promise<void>((resolve) => this.waiting.push(resolve));
    return { rows: [], count: 0 };
  }

  async release(): Promise<void> {
    while (this.waiting.length === 0) await turn();
    this.waiting.shift()?.();
  }
}

async function open(clock: () => number): Promise<TableVersions> {
  const idle = { query: () => Promise.resolve({ rows: [], count: 0 }) };
  const backend = { run: (task: (connection: typeof idle) => Promise<unknown>) => task(idle) } as unknown as Backend;
  return TableVersions.open(backend, emptyCatalog(0), () => new Date(clock()));
}

describe('the order of commits in the stand-in', () => {
  it('makes a moment wait for the commits under way, and comes after it with the next one', async () => {
    const versions = await open(() => 5000);
    const connection = new HeldConnection();
    const commit = (): Promise<bigint> => {
      const changes = versions.begin();
      changes.add(table, { kept: true, base: false });
      return versions.commit(connection, changes);
    };
    const first = commit();
    await turn();
    let settled = false;
    const settling = versions.settle(5000).then(() => {
      settled = true;
    });
    const second = commit();
    await turn();
    assert.equal(settled, false, 'the first commit is under way');
    assert.deepEqual(versions.of(table), []);
    assert.equal(connection.statements.length, 2, 'the second waits for its turn');
    await connection.release();
    await settling;
    assert.deepEqual(
      versions.of(table).map(({ token }) => token),
      [await first],
    );
    assert.equal(millisecondsOf(await first), 5000);
    await connection.release();
    assert.equal(millisecondsOf(await second), 5001, 'no commit comes to a moment that has been looked at');
    assert.equal(versions.now().getTime(), 5001, 'whoever asks for the time sees what has been committed');
  });

  it('goes on when a commit fails, and forgets it', async () => {
    const versions = await open(() => 5000);
    const failing = { query: () => Promise.reject(new Error('gone')) };
    const lost = versions.begin();
    lost.add(table, { kept: true, base: false });
    await assert.rejects(versions.commit(failing, lost), /gone/);
    assert.deepEqual(versions.of(table), []);
    const connection = new HeldConnection();
    const changes = versions.begin();
    changes.add(table, { kept: false, base: false });
    const committed = versions.commit(connection, changes);
    await connection.release();
    const token = await committed;
    assert.equal(versions.latest, token);
    assert.deepEqual(versions.of(table), [{ token, transaction: 2, kept: false, base: false }]);
  });

  it('never goes back with the clock', async () => {
    let now = 9000;
    const versions = await open(() => now);
    const connection = new HeldConnection();
    const tokens: bigint[] = [];
    for (const at of [9000, 8000, 8000, 9001]) {
      now = at;
      const changes = versions.begin();
      changes.add(table, { kept: true, base: false });
      const committed = versions.commit(connection, changes);
      await connection.release();
      tokens.push(await committed);
    }
    assert.deepEqual(tokens, [9_000_000_000n, 9_000_000_001n, 9_000_000_002n, 9_001_000_000n]);
    assert.equal(versions.changedAt(table), 9001);
  });
});
