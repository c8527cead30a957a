import assert from 'node:assert/strict';
import fc from 'fast-check';
import { syncTable } from '../../src/sync-core/sync.ts';
import { printSeed, rounds } from '../support/random.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';
import { openSyncTargets, syncTargetNames, type SyncTargets } from '../support/sync-targets.ts';

/** What a row has, as Postgres' own texts; the float by its bits. */
interface Row {
  readonly name: string | null;
  readonly amount: number | null;
  readonly place: readonly [x: number, y: number] | null;
}

interface Key {
  readonly area: string;
  readonly id: number;
}

type Change =
  | { readonly kind: 'put'; readonly key: Key; readonly row: Row }
  | { readonly kind: 'remove'; readonly key: Key }
  | { readonly kind: 'move'; readonly key: Key; readonly to: Key }
  | { readonly kind: 'rename area'; readonly from: string; readonly to: string }
  | { readonly kind: 'clear' };

/** Few enough that changes meet each other; with what separates fields, and texts that are each other's beginning. */
const areas = ['a', 'b', '', 'a,1', 'A', '1', 'é', "it's"];
const key: fc.Arbitrary<Key> = fc.record({ area: fc.constantFrom(...areas), id: fc.integer({ min: -3, max: 140 }) });
const row: fc.Arbitrary<Row> = fc.record({
  name: fc.option(fc.constantFrom('', 'x', 'N', '1:x', 'x,', 'tab\there', 'line\nfeed', 'back\\slash', '\\N', '中'), {
    freq: 5,
  }),
  amount: fc.option(fc.oneof(fc.constantFrom(0, -0, NaN, Infinity, 0.1, 1 / 3), fc.double()), { freq: 5 }),
  place: fc.option(fc.tuple(fc.integer({ min: -170, max: 170 }), fc.integer({ min: -80, max: 80 })), { freq: 5 }),
});
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), key, row }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), key, to: key }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('rename area' as const),
      from: fc.constantFrom(...areas),
      to: fc.constantFrom(...areas),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
);
/** What happens to the source between one sync and the next. */
const histories = fc.array(fc.array(change, { minLength: 0, maxLength: 25 }), { minLength: 2, maxLength: 4 });

type Model = Map<string, { readonly key: Key; readonly row: Row }>;

const nameOf = ({ area, id }: Key): string => JSON.stringify([area, id]);

/** What the changes make of the rows, without any database. */
function apply(model: Model, changes: readonly Change[]): void {
  for (const one of changes) {
    switch (one.kind) {
      case 'put':
        model.set(nameOf(one.key), one);
        break;
      case 'remove':
        model.delete(nameOf(one.key));
        break;
      case 'move': {
        const moved = model.get(nameOf(one.key));
        if (moved === undefined || model.has(nameOf(one.to))) break;
        model.delete(nameOf(one.key));
        model.set(nameOf(one.to), { key: one.to, row: moved.row });
        break;
      }
      case 'rename area':
        for (const { key: old, row: kept } of [...model.values()].filter(({ key: { area } }) => area === one.from)) {
          const renamed = { area: one.to, id: old.id };
          if (model.has(nameOf(renamed))) continue;
          model.delete(nameOf(old));
          model.set(nameOf(renamed), { key: renamed, row: kept });
        }
        break;
      case 'clear':
        model.clear();
        break;
    }
  }
}

const text = (value: string): string =>
  `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\t', '\\t')}'`;

function float(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value.toExponential() : Number.isNaN(value) ? 'NaN' : value > 0 ? 'inf' : '-inf';
}

function sourceValues(
  { key: { area, id }, row: { name, amount, place } }: { readonly key: Key; readonly row: Row },
  placeType: 'GEOGRAPHY' | 'VARCHAR',
): string {
  return [
    text(area),
    String(id),
    name === null ? 'NULL::VARCHAR' : text(name),
    amount === null ? 'NULL::FLOAT' : `'${float(amount)}'::FLOAT`,
    place === null ? `NULL::${placeType}` : `'POINT(${place.join(' ')})'::${placeType}`,
  ].join(', ');
}

function bits(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

/** Snowflake keeps no changes of a table with geospatial columns: there the places are texts. */
const modes = [
  { mode: 'row-diff', placeType: 'GEOGRAPHY' },
  { mode: 'changes', placeType: 'VARCHAR' },
] as const;

describe('random changes, brought over by an incremental mode', () => {
  let targets: SyncTargets;

  before(async function () {
    this.timeout(120_000);
    targets = await openSyncTargets(syncTargetNames);
  });

  after(() => targets.close());

  for (const [name, { mode: wanted, placeType }] of syncTargetNames.flatMap((one) =>
    modes.map((mode) => [one, mode] as const),
  )) {
    it(`leave the ${name}, by ${wanted}, with the rows that the source has, and equal rows untouched`, async function () {
      this.timeout(4 * 60 * 60_000);
      const { source } = targets;
      const target = targets.target(name);
      const table = tableOf('things', {
        source: 'DB.PUBLIC.THINGS',
        target: `${target.schema}.things`,
        key: ['area', 'id'],
        maxShrink: 1,
        keepGenerations: 0,
        incremental: wanted,
      });
      const environment = syncEnvironment(target.options, source.connection);
      const versions = async (): Promise<Map<string, { readonly values: string; readonly xmin: string }>> => {
        const { rows } = await target.client.query<
          Record<'area' | 'id' | 'name' | 'amount' | 'place' | 'xmin', string>
        >(
          `SELECT area, id::text, name, encode(float8send(amount), 'hex') AS amount, ${placeType === 'GEOGRAPHY' ? 'ST_AsEWKT(place)' : 'place'} AS place, xmin::text
             FROM ${target.schema}.things`,
        );
        return new Map(
          rows.map(({ area, id, xmin, ...values }) => [
            nameOf({ area, id: Number(id) }),
            { values: JSON.stringify(values), xmin },
          ]),
        );
      };
      const expected = ({ name: label, amount, place }: Row): string =>
        JSON.stringify({
          name: label,
          amount: amount === null ? null : Number.isNaN(amount) ? '7ff8000000000000' : bits(amount),
          place: place === null ? null : `${placeType === 'GEOGRAPHY' ? 'SRID=4326;' : ''}POINT(${place.join(' ')})`,
        });
      /** The source's rows become those of the model: by statements that touch only what is not so. */
      const fill = async (before: Model, now: Model): Promise<void> => {
        const gone = [...before.values()].filter((entry) => now.get(nameOf(entry.key)) !== entry);
        const come = [...now.values()].filter((entry) => before.get(nameOf(entry.key)) !== entry);
        for (const { key: old } of gone) {
          await source.sql(`DELETE FROM DB.PUBLIC.THINGS WHERE AREA = ${text(old.area)} AND ID = ${old.id}`);
        }
        if (come.length > 0) {
          await source.sql(
            `INSERT INTO DB.PUBLIC.THINGS SELECT ${come.map((entry) => sourceValues(entry, placeType)).join('\nUNION ALL SELECT ')}`,
          );
        }
      };
      let [synced, byMode] = [0, 0];
      await fc.assert(
        fc.asyncProperty(histories, async (batches) => {
          await source.sql(
            `CREATE OR REPLACE TABLE DB.PUBLIC.THINGS (AREA VARCHAR, ID NUMBER(9,0), NAME VARCHAR, AMOUNT FLOAT, PLACE ${placeType}) CHANGE_TRACKING = TRUE`,
          );
          await target.client.query(`DROP TABLE IF EXISTS ${target.schema}.things`);
          let model: Model = new Map();
          let before = new Map<string, { readonly values: string; readonly xmin: string }>();
          for (const changes of batches) {
            const next = new Map(model);
            apply(next, changes);
            await fill(model, next);
            model = next;
            const { mode } = await syncTable(environment, table, { force: true });
            const after = await versions();
            assert.deepEqual(
              [...after].map(([at, { values }]) => [at, values]).toSorted(),
              [...model.values()].map((entry) => [nameOf(entry.key), expected(entry.row)]).toSorted(),
            );
            synced += 1;
            if (mode.choice === wanted) {
              byMode += 1;
              for (const [at, version] of after) {
                const earlier = before.get(at);
                if (earlier?.values === version.values)
                  assert.equal(version.xmin, earlier.xmin, `the version of ${at}`);
              }
            }
            before = after;
          }
        }),
        { seed: printSeed(`random changes by ${wanted} on the ${name}`), numRuns: rounds({ ci: 6, soak: 400 }) },
      );
      console.log(`      ${synced} syncs, ${byMode} of them by ${wanted}`);
      assert.ok(byMode >= synced / 2);
    });
  }
});
