import assert from 'node:assert/strict';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import { KilledWorker } from '../support/killed-worker.ts';

type Moment = readonly [name: string, fits: (event: SyncEvent) => boolean];

/** Where in an incremental sync the worker is killed: at the first event that fits. */
const moments = (mode: 'changes' | 'row-diff'): readonly Moment[] => [
  ['plan begins', (event) => event.kind === 'step-started' && event.step === 'plan'],
  ['extract begins', (event) => event.kind === 'step-started' && event.step === 'extract'],
  mode === 'changes'
    ? ['the changes are ready', (event) => event.kind === 'extracted']
    : ['the buckets are compared', (event) => event.kind === 'detail' && event.step === 'extract'],
  ['stage begins', (event) => event.kind === 'step-started' && event.step === 'stage'],
  ...(mode === 'changes'
    ? []
    : [['differing rows are found', (event: SyncEvent) => event.kind === 'detail' && event.step === 'stage'] as const]),
  ['rows are being copied', (event) => event.kind === 'progress'],
  ['stage has ended', (event) => event.kind === 'step-finished' && event.step === 'stage'],
  ['verify begins', (event) => event.kind === 'step-started' && event.step === 'verify'],
  ['swap begins', (event) => event.kind === 'step-started' && event.step === 'swap'],
  ['swap has ended', (event) => event.kind === 'step-finished' && event.step === 'swap'],
];

/** When the new rows may be live already: the kill takes a moment. */
const late = ['swap begins', 'swap has ended'];

for (const mode of ['changes', 'row-diff'] as const) {
  describe(`a worker that is killed in a sync by ${mode}`, () => {
    let worker: KilledWorker;

    before(async function () {
      this.timeout(120_000);
      worker = await KilledWorker.setUp({ incremental: mode });
      await worker.source.sql(
        `CREATE TABLE DB.PUBLIC.T AS SELECT SEQ4() AS ID, 'row ' || SEQ4() AS NAME, 0::NUMBER(4,0) AS ROUND FROM TABLE(GENERATOR(ROWCOUNT => 20000))`,
        'ALTER TABLE DB.PUBLIC.T SET CHANGE_TRACKING = TRUE',
      );
      await worker.sync();
    });

    after(() => worker.close());

    /** Some rows come, some change, some go. */
    const change = (round: number): Promise<unknown> =>
      worker.source.sql(
        `UPDATE DB.PUBLIC.T SET ROUND = ${round} WHERE ID BETWEEN 500 AND 1499`,
        `DELETE FROM DB.PUBLIC.T WHERE ID BETWEEN ${10_000 + 20 * round} AND ${10_009 + 20 * round}`,
        `INSERT INTO DB.PUBLIC.T SELECT ${100_000 + 20 * round} + SEQ4(), 'new', ${round} FROM TABLE(GENERATOR(ROWCOUNT => 20))`,
      );

    const targetRows = async (): Promise<string> => {
      const { rows } = await worker.client.query<{ rows: string }>(
        `SELECT string_agg(concat_ws(',', id, name, round), ';' ORDER BY id) AS rows FROM application.t`,
      );
      return rows[0]?.rows ?? '';
    };
    const sourceRows = async (): Promise<string> => {
      const { rows } = await worker.source.sql('SELECT ID, NAME, ROUND FROM DB.PUBLIC.T ORDER BY ID');
      return rows.map((row) => row.join(',')).join(';');
    };

    for (const [index, [name, fits]] of moments(mode).entries()) {
      it(`when ${name}: the table has the old rows or the new ones, the next run brings the new ones`, async function () {
        this.timeout(120_000);
        const old = await targetRows();
        await change(index + 1);
        const wanted = await sourceRows();
        assert.notEqual(wanted, old);

        await worker.syncUntil(fits);
        await worker.serverHasEnded();
        const after = await targetRows();
        assert.ok(after === old || after === wanted, 'the rows are neither the old ones nor the new ones');
        if (!late.includes(name)) assert.equal(after, old);

        const run = await worker.lastRun();
        assert.deepEqual([run?.status, run?.mode], after === old ? ['abandoned', null] : ['success', mode]);

        const next = await worker.sync();
        assert.equal((JSON.parse(next.stdout) as { mode: string }).mode, mode);
        assert.equal(await targetRows(), wanted);
        assert.deepEqual(await worker.leftTables(), []);
      });
    }

    it('when nothing has changed: the table is as it was, and the next run finds it so', async function () {
      this.timeout(120_000);
      const before = await targetRows();
      await worker.syncUntil((event) => event.kind === 'step-started' && event.step === 'swap');
      const next = await worker.sync();
      const { changes } = JSON.parse(next.stdout) as { changes: unknown };
      assert.deepEqual(changes, { inserted: 0, updated: 0, deleted: 0 });
      assert.equal(await targetRows(), before);
    });
  });
}
