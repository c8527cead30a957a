import assert from 'node:assert/strict';
import fc from 'fast-check';
import { syncTable } from '../../src/sync-core/sync.ts';
import { compareEveryType, everyTypeTable, fillStatements } from '../support/every-type-check.ts';
import { everyTypeRows } from '../support/every-type.ts';
import { printSeed, rounds } from '../support/random.ts';
import { syncEnvironment } from '../support/sync-environment.ts';
import { openSyncTargets, syncTargetNames, type SyncTargets } from '../support/sync-targets.ts';

describe('values of every type', () => {
  let targets: SyncTargets;

  before(async function () {
    this.timeout(120_000);
    targets = await openSyncTargets(syncTargetNames);
  });

  after(() => targets.close());

  for (const name of syncTargetNames) {
    it(`arrive exactly on the ${name}`, async function () {
      this.timeout(30 * 60_000);
      const { source } = targets;
      const target = targets.target(name);
      const seed = printSeed(`values of every type on the ${name}`);
      await fc.assert(
        fc.asyncProperty(everyTypeRows, async (rows) => {
          await source.sql(...fillStatements('DB.PUBLIC.EVERY_TYPE', rows));
          const result = await syncTable(
            syncEnvironment(target.options, source.connection),
            everyTypeTable('DB.PUBLIC.EVERY_TYPE', target.schema),
            {
              force: true,
            },
          );
          assert.equal(result.rowsSynced, rows.length);
          await compareEveryType(target.client, target.schema, rows);
        }),
        { seed, numRuns: rounds({ ci: 25, soak: 400 }), interruptAfterTimeLimit: 15 * 60_000 },
      );
    });
  }
});
