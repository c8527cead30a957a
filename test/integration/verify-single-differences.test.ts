import assert from 'node:assert/strict';
import type pg from 'pg';
import { Prng } from '../../src/local/sample/prng.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import type { Verification, VerifyLevel } from '../../src/sync-core/verify/verification.ts';
import { verifyTable } from '../../src/sync-core/verify/verify-table.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { printSeed, rounds } from '../support/random.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';

describe('a single difference among many rows', () => {
  const rows = rounds({ ci: 20_000, soak: 1_000_000 });
  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;
  const prng = Prng.stream(printSeed('single differences'));
  const someRow = (): number => 1 + prng.integer(rows - 2);

  const readings = tableOf('readings', {
    source: 'DB.PUBLIC.READINGS',
    target: 'application.readings',
    key: ['id'],
    maxShrink: 1,
  });

  before(async function () {
    this.timeout(30 * 60_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'single');
    client = await connect(cluster, 'single', 'application');
    await source.sql(
      `CREATE TABLE DB.PUBLIC.READINGS AS
         SELECT SEQ8()::NUMBER(18,0) AS ID, SEQ8() / 7::FLOAT AS VALUE, MD5(SEQ8()::VARCHAR) AS HASH,
                MOD(SEQ8(), 97)::NUMBER(9,0) AS A, MOD(SEQ8(), 89)::NUMBER(9,0) AS B
           FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
    );
    await syncTable(syncEnvironment(connectionTo(cluster, 'single', 'application'), source.connection), readings, {
      force: true,
    });
    // So that a row can be there twice.
    await client.query('ALTER TABLE application.readings DROP CONSTRAINT readings_pkey');
    await client.query('CREATE INDEX ON application.readings (id)');
  });

  after(async () => {
    await client.end();
    await source.close();
    await cluster.stop();
  });

  const verify = (level: VerifyLevel): Promise<Verification> =>
    verifyTable(syncEnvironment(connectionTo(cluster, 'single', 'application'), source.connection), readings, {
      level,
      limit: 10,
    });

  /** Does it, looks, and undoes it. */
  const finds = async (
    damage: readonly string[],
    found: { readonly missing: number; readonly extra: number; readonly different: number },
    keys: readonly number[],
  ): Promise<Verification> => {
    for (const statement of damage) {
      const { rowCount } = await client.query(statement);
      assert.ok(rowCount !== null && rowCount > 0, statement);
    }
    const checksum = await verify('checksum');
    assert.equal(checksum.status, 'different');
    assert.ok(checksum.buckets !== null && checksum.buckets.different >= 1 && checksum.buckets.different <= 2);
    const diff = await verify('diff');
    const { status, missing, extra, different } = diff;
    assert.deepEqual({ status, missing, extra, different }, { status: 'different', ...found });
    assert.deepEqual(
      diff.rows.map(({ key }) => Number(key.id)).toSorted((a, b) => a - b),
      keys.toSorted((a, b) => a - b),
    );
    return diff;
  };
  const nothing = { missing: 0, extra: 0, different: 0 };

  it('is none where there is none', async function () {
    this.timeout(30 * 60_000);
    const { status, sourceRows, targetRows, missing, extra, different } = await verify('diff');
    assert.deepEqual(
      { status, sourceRows, targetRows, missing, extra, different },
      { status: 'equal', sourceRows: rows, targetRows: rows, ...nothing },
    );
  });

  it('is found where it is the last bit of a float', async function () {
    this.timeout(30 * 60_000);
    const id = someRow();
    const { rows: before } = await client.query<{ value: number }>(
      'SELECT value FROM application.readings WHERE id = $1',
      [id],
    );
    const value = before[0]?.value ?? 0;
    const flipped = withLastBitFlipped(value);
    const diff = await finds(
      [`UPDATE application.readings SET value = ${flipped} WHERE id = ${id}`],
      { ...nothing, different: 1 },
      [id],
    );
    assert.deepEqual(diff.rows, [
      {
        kind: 'different',
        key: { id: String(id) },
        columns: [{ column: 'value', source: String(value), target: String(flipped) }],
        copies: 1,
      },
    ]);
    await client.query(`UPDATE application.readings SET value = ${value} WHERE id = ${id}`);
  });

  it('is found where two values of a row are swapped', async function () {
    this.timeout(30 * 60_000);
    const id = someRow();
    const { rows: some } = await client.query<{ id: string }>(
      'SELECT id FROM application.readings WHERE a <> b AND id >= $1 ORDER BY id LIMIT 1',
      [id],
    );
    const chosen = Number(some[0]?.id);
    const swap = `UPDATE application.readings SET a = b, b = a WHERE id = ${chosen}`;
    const diff = await finds([swap], { ...nothing, different: 1 }, [chosen]);
    assert.deepEqual(
      diff.rows[0]?.columns.map(({ column }) => column),
      ['a', 'b'],
    );
    await client.query(swap);
  });

  it('is found where two rows have swapped their values', async function () {
    this.timeout(30 * 60_000);
    const one = someRow();
    const ids = [one, one === 1 ? rows - 1 : 1];
    const swap = `UPDATE application.readings r SET hash = o.hash FROM application.readings o
                   WHERE r.id IN (${ids.join(', ')}) AND o.id IN (${ids.join(', ')}) AND o.id <> r.id`;
    await finds([swap], { ...nothing, different: 2 }, ids);
    await client.query(swap);
  });

  it('is found where a row is missing', async function () {
    this.timeout(30 * 60_000);
    const id = someRow();
    await client.query(`CREATE TABLE application.kept AS SELECT * FROM application.readings WHERE id = ${id}`);
    const diff = await finds([`DELETE FROM application.readings WHERE id = ${id}`], { ...nothing, missing: 1 }, [id]);
    assert.equal(diff.rows[0]?.kind, 'missing');
    await client.query('INSERT INTO application.readings SELECT * FROM application.kept; DROP TABLE application.kept');
  });

  it('is found where a row is there twice', async function () {
    this.timeout(30 * 60_000);
    const id = someRow();
    const diff = await finds(
      [`INSERT INTO application.readings SELECT * FROM application.readings WHERE id = ${id}`],
      { ...nothing, extra: 1 },
      [id],
    );
    assert.equal(diff.rows[0]?.kind, 'extra');
    await client.query(
      `DELETE FROM application.readings WHERE ctid = (SELECT max(ctid) FROM application.readings WHERE id = ${id})`,
    );
  });
});

function withLastBitFlipped(value: number): number {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  bytes[7] = (bytes[7] ?? 0) ^ 1;
  return bytes.readDoubleBE();
}
