import assert from 'node:assert/strict';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import { KilledWorker } from '../support/killed-worker.ts';

/** Where in the pipeline the worker is killed: at the first event that fits. */
const moments: readonly (readonly [name: string, fits: (event: SyncEvent) => boolean])[] = [
  ['plan begins', (event) => event.kind === 'step-started' && event.step === 'plan'],
  ['extract begins', (event) => event.kind === 'step-started' && event.step === 'extract'],
  ['stage begins', (event) => event.kind === 'step-started' && event.step === 'stage'],
  ['rows are being copied', (event) => event.kind === 'progress'],
  ['indexes are being built', (event) => event.kind === 'detail' && event.step === 'stage'],
  ['verify begins', (event) => event.kind === 'step-started' && event.step === 'verify'],
  ['swap begins', (event) => event.kind === 'step-started' && event.step === 'swap'],
  ['swap has ended', (event) => event.kind === 'step-finished' && event.step === 'swap'],
];

describe('a worker that is killed', () => {
  let worker: KilledWorker;

  before(async function () {
    this.timeout(120_000);
    worker = await KilledWorker.setUp({ indexes: ['name'] });
  });

  after(() => worker.close());

  const fill = (round: number): Promise<unknown> =>
    worker.source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.T AS
         SELECT SEQ4() AS ID, REPEAT('x', 200) || ${round} AS NAME, ${round} AS ROUND FROM TABLE(GENERATOR(ROWCOUNT => ${60_000 + round}))`,
    );

  const content = async (): Promise<string> => {
    const { rows } = await worker.client.query<{ state: string }>(
      `SELECT concat_ws(' ', count(*), min(round), max(round), count(DISTINCT id)) AS state FROM application.t`,
    );
    return rows[0]?.state ?? '';
  };

  for (const [index, [name, fits]] of moments.entries()) {
    it(`when ${name}: the table stays whole, the next run cleans up`, async function () {
      this.timeout(120_000);
      await fill(2 * index);
      await worker.sync('--force');
      const old = await content();
      await fill(2 * index + 1);
      const expected = `${60_000 + 2 * index + 1} ${2 * index + 1} ${2 * index + 1} ${60_000 + 2 * index + 1}`;

      await worker.syncUntil(fits);
      await worker.serverHasEnded();
      const after = await content();
      assert.ok(after === old || after === expected, `${after} is neither ${old} nor ${expected}`);
      if (name !== 'swap begins' && name !== 'swap has ended') assert.equal(after, old);

      assert.equal((await worker.lastRun())?.status, after === old ? 'abandoned' : 'success');

      await worker.sync();
      assert.equal(await content(), expected);
      assert.deepEqual(await worker.leftTables(), []);
    });
  }
});
