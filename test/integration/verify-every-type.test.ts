import assert from 'node:assert/strict';
import fc from 'fast-check';
import { syncTable } from '../../src/sync-core/sync.ts';
import { verifyTable } from '../../src/sync-core/verify/verify-table.ts';
import { compareEveryType, everyTypeTable, fillStatements } from '../support/every-type-check.ts';
import { everyType, everyTypeRow } from '../support/every-type.ts';
import { printSeed, rounds } from '../support/random.ts';
import { syncEnvironment } from '../support/sync-environment.ts';
import { openSyncTargets, syncTargetNames, type SyncTargets } from '../support/sync-targets.ts';

const rowsAtOnce = 250;
/** Columns of the types that have no canonical text. */
const unhashed = ['a', 'o', 'v', 've'];

describe('verification of values of every type', () => {
  let targets: SyncTargets;

  before(async function () {
    this.timeout(120_000);
    targets = await openSyncTargets(syncTargetNames);
  });

  after(() => targets.close());

  for (const name of syncTargetNames) {
    it(`finds no difference where there is none on the ${name}`, async function () {
      this.timeout(60 * 60_000);
      const { source } = targets;
      const target = targets.target(name);
      const table = everyTypeTable('DB.PUBLIC.EVERY_TYPE', target.schema);
      const environment = syncEnvironment(target.options, source.connection);
      const seed = printSeed(`verification of every type on the ${name}`);
      await fc.assert(
        fc.asyncProperty(fc.array(everyTypeRow, { minLength: rowsAtOnce, maxLength: rowsAtOnce }), async (rows) => {
          await source.sql(...fillStatements('DB.PUBLIC.EVERY_TYPE', rows));
          await syncTable(environment, table, { force: true });
          // By a comparison of its own, so that the two sides are known to be equal.
          await compareEveryType(target.client, target.schema, rows);
          const verification = await verifyTable(environment, table, { level: 'diff', limit: 3 });
          const { status, sourceRows, targetRows, rows: differences, buckets } = verification;
          assert.deepEqual(differences, []);
          assert.deepEqual(
            { status, sourceRows, targetRows, different: buckets?.different },
            { status: 'equal', sourceRows: rows.length, targetRows: rows.length, different: 0 },
          );
          assert.deepEqual(verification.otherColumns.map(({ column }) => column).toSorted(), unhashed);
          assert.equal(verification.hashedColumns.length, everyType.length + 1 - unhashed.length);
        }),
        { seed, numRuns: rounds({ ci: 2, soak: 40 }), endOnFailure: true },
      );
    });
  }
});
