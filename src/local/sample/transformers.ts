import { assetId, circuitId, substationId } from './asset-ids.ts';
import { absent, copyDate, copyLine, copyText, copyTimestampTz } from './copy-text.ts';
import { streams } from './grid-plan.ts';
import type { AreaPlan, GridPlan } from './grid-plan.ts';
import { latitudeOf, longitudeOf, surveyed } from './ground.ts';
import { Prng } from './prng.ts';
import { recently, sampleToday, texasOffset } from './sample-clock.ts';
import { chunked } from './sample-table.ts';
import type { SampleTable } from './sample-table.ts';
import { buildServiceArea } from './service-area.ts';

/** Made up, and awkward on purpose: an apostrophe, quotes, a backslash, a tab, letters of other alphabets, an empty name. */
export const manufacturers: readonly [string, ...string[]] = [
  'Gulf Coast Transformer',
  'Lone Star Electric',
  'Lone Star Electric',
  "O'Brien & Sons",
  'Brazos "Big Iron" Works',
  'Transformadores Peñón',
  'Škofja Elektro',
  'Łódzkie Zakłady',
  '東海変圧器',
  'Back\\Bay Switchgear',
  'Tabulated\tWindings',
  'Ohm ⚡ Co. 𝛀',
  '',
];

const kvaOfOnePhase = [10, 15, 25, 25, 37.5, 50, 50, 75, 100, 167] as const;
const kvaOfThreePhases = [75, 112.5, 150, 225, 300, 500, 750, 1000] as const;
const coolants = ['ester', 'mineral', 'silicone'] as const;

/** PRODUCTION.TRANSFORMERS. */
export function transformers(plan: GridPlan): SampleTable {
  return {
    schema: 'PRODUCTION',
    name: 'TRANSFORMERS',
    columns: [
      'TRANSFORMER_ID VARCHAR(32) NOT NULL',
      'CIRCUIT_ID VARCHAR(32)',
      'SUBSTATION_ID VARCHAR(32)',
      'LATITUDE FLOAT',
      'LONGITUDE FLOAT',
      'KVA_RATING NUMBER(10,2)',
      'PHASES NUMBER(2,0)',
      'MANUFACTURER VARCHAR(64)',
      'INSTALLED_ON DATE',
      'IS_ACTIVE BOOLEAN',
      'ATTRIBUTES VARIANT',
      'LAST_INSPECTED_AT TIMESTAMP_TZ(9)',
    ],
    rows: plan.transformers,
    changeTracking: true,
    chunks: () => chunked(lines(plan)),
  };
}

function* lines(plan: GridPlan): Generator<string, void, undefined> {
  for (const area of plan.areas) yield* linesOf(area, plan.seed);
}

function* linesOf(area: AreaPlan, seed: number): Generator<string, void, undefined> {
  const random = Prng.stream(seed, streams.transformers, area.index);
  for (const node of buildServiceArea(area, seed).nodes) {
    if (node.kind !== 'pole-transformer' && node.kind !== 'pad-transformer') continue;
    const isPad = node.kind === 'pad-transformer';
    const phases = random.chance(isPad ? 0.25 : 0.05) ? 3 : 1;
    const located = !random.chance(0.004);
    yield copyLine([
      assetId(area.index, node),
      circuitId(area.index, node.circuit),
      substationId(area.index),
      located ? surveyed(latitudeOf(node.y)) : absent,
      located ? surveyed(longitudeOf(node.x)) : absent,
      random.chance(0.01) ? absent : random.pick(phases === 3 ? kvaOfThreePhases : kvaOfOnePhase).toFixed(2),
      phases,
      random.chance(0.03) ? absent : copyText(random.pick(manufacturers)),
      random.chance(0.015) ? absent : copyDate(sampleToday - random.integer(55 * 365)),
      random.chance(0.003) ? absent : random.chance(0.98) ? 't' : 'f',
      random.chance(0.02) ? absent : copyText(attributes(isPad, random)),
      random.chance(0.12) ? absent : inspection(random),
    ]);
  }
}

/** As Snowflake keeps a VARIANT: keys in order, no spaces. */
function attributes(isPad: boolean, random: Prng): string {
  if (random.chance(0.01)) return 'null';
  const note = random.chance(0.05) ? random.pick(notes) : undefined;
  return JSON.stringify({
    coolant: { kind: random.pick(coolants), litres: random.integer(380) + 20, pcbFree: random.chance(0.9) },
    impedance: 1 + random.integer(64) / 16,
    mount: isPad ? 'pad' : 'pole',
    ...(note === undefined ? {} : { note }),
    taps: random.chance(0.5) ? [] : [-2.5, 0, 2.5],
  });
}

const notes: readonly [string, ...string[]] = [
  'Gate code on file; beware of "Biscuit"',
  'Oil stain\nre-check',
  'Señora Núñez asks for a call first',
  'C:\\surveys\\2024\\north',
  '保守点検済み ✓',
];

/** Field crews report local time; a contractor's tablet runs on UTC. */
function inspection(random: Prng): string {
  const moment = recently(1500, random);
  const offset = random.chance(0.95) ? texasOffset(moment) : 0;
  return copyTimestampTz(moment, random.chance(0.1) ? random.integer(1_000_000) : 0, offset);
}
