import { absent, copyDate, copyLine, copyText, copyTimestamp } from './copy-text.ts';
import { polygonHex } from './ewkb-hex.ts';
import { streams } from './grid-plan.ts';
import { latitudeOf, longitudeOf, surveyed } from './ground.ts';
import { placeNames } from './place-names.ts';
import { Prng } from './prng.ts';
import { recently, sampleToday } from './sample-clock.ts';
import { chunked } from './sample-table.ts';
import type { SampleTable } from './sample-table.ts';
import { manufacturers } from './transformers.ts';

/** Larger tables for measurements; none of them is made unless it is asked for by name. */
export const benchmarkShapes = ['grid-assets', 'buildings', 'narrow'] as const;
export type BenchmarkShape = (typeof benchmarkShapes)[number];

export interface BenchmarkTable {
  readonly shape: BenchmarkShape;
  /** Default: the shape's own, see {@link benchmarkRows}. */
  readonly rows?: number | undefined;
}

/** Those of the seed system's own grid_assets and buildings. */
export const benchmarkRows: Readonly<Record<BenchmarkShape, number>> = {
  'grid-assets': 726_263,
  buildings: 2_670_707,
  narrow: 1_000_000,
};

/** In the schema PRODUCTION: BENCHMARK_GRID_ASSETS, BENCHMARK_BUILDINGS, BENCHMARK_NARROW. Rows and seed are whole numbers from 0. */
export function benchmarkTable({ shape, rows = benchmarkRows[shape] }: BenchmarkTable, seed: number): SampleTable {
  const { columns, lines } = shapes[shape];
  const stream = benchmarkShapes.indexOf(shape);
  return {
    schema: 'PRODUCTION',
    name: `BENCHMARK_${shape.toUpperCase().replace('-', '_')}`,
    columns,
    rows,
    changeTracking: shape !== 'buildings',
    chunks: () => chunked(lines(rows, Prng.stream(seed, streams.benchmark, stream))),
  };
}

interface Shape {
  readonly columns: readonly string[];
  readonly lines: (rows: number, random: Prng) => Iterable<string>;
}

const shapes: Readonly<Record<BenchmarkShape, Shape>> = {
  'grid-assets': {
    columns: [
      'ASSET_ID VARCHAR(32) NOT NULL',
      'ASSET_NAME VARCHAR(128)',
      'ASSET_TYPE VARCHAR(32)',
      'ASSET_SUBTYPE VARCHAR(32)',
      'CIRCUIT_ID VARCHAR(32)',
      'SUBSTATION_ID VARCHAR(32)',
      'PARENT_ASSET_ID VARCHAR(32)',
      'LATITUDE FLOAT',
      'LONGITUDE FLOAT',
      'ELEVATION_M FLOAT',
      'MANUFACTURER VARCHAR(64)',
      'MODEL_NUMBER VARCHAR(32)',
      'SERIAL_NUMBER VARCHAR(32)',
      'INSTALLED_ON DATE',
      'RATED_VOLTAGE_KV NUMBER(6,2)',
      'RATED_CAPACITY_KVA NUMBER(10,2)',
      'HEALTH_SCORE FLOAT',
      'STATUS VARCHAR(16)',
      'IS_CRITICAL BOOLEAN',
      'LAST_MAINTAINED_AT TIMESTAMP_NTZ(9)',
      'UPDATED_AT TIMESTAMP_LTZ(9)',
      'ATTRIBUTES VARIANT',
    ],
    *lines(rows, random) {
      for (let row = 1; row <= rows; row += 1) {
        const { x, y } = anywhere(random);
        yield copyLine([
          `ASSET-${String(row).padStart(9, '0')}`,
          copyText(`${random.pick(placeNames)} ${row % 1000}`),
          random.pick(['TRANSFORMER', 'POLE', 'SWITCH', 'METER']),
          random.chance(0.1) ? absent : random.pick(['OVERHEAD', 'PAD_MOUNTED', 'VAULT']),
          `CKT-${String(1 + random.integer(310)).padStart(4, '0')}`,
          `SUB-${String(1 + random.integer(62)).padStart(4, '0')}`,
          row === 1 ? absent : `ASSET-${String(1 + random.integer(row - 1)).padStart(9, '0')}`,
          surveyed(latitudeOf(y)),
          surveyed(longitudeOf(x)),
          random.chance(0.05) ? absent : random.uniform53() * 60,
          copyText(random.pick(manufacturers)),
          `M${random.integer(900) + 100}-${random.pick(['A', 'B', 'C'])}`,
          random.uint32().toString(36).toUpperCase(),
          copyDate(sampleToday - random.integer(60 * 365)),
          random.pick(['12.47', '13.80', '34.50']),
          (25 * (1 + random.integer(40))).toFixed(2),
          random.uniform53(),
          random.pick(['IN_SERVICE', 'IN_SERVICE', 'PLANNED', absent]),
          random.chance(0.02) ? 't' : 'f',
          random.chance(0.3) ? absent : copyTimestamp(recently(2000, random)),
          copyTimestamp(recently(900, random)),
          `{"inspected":${random.chance(0.7)},"rating":${random.integer(100)}}`,
        ]);
      }
    },
  },
  buildings: {
    columns: [
      'BUILDING_ID NUMBER(38,0) NOT NULL',
      'NAME VARCHAR(128)',
      'CLASS VARCHAR(32)',
      'HEIGHT_M FLOAT',
      'LEVELS NUMBER(3,0)',
      'FOOTPRINT GEOGRAPHY',
      'UPDATED_AT TIMESTAMP_NTZ(9)',
    ],
    *lines(rows, random) {
      for (let row = 1; row <= rows; row += 1) {
        const levels = 1 + Math.floor(random.uniform() * random.uniform() * 12);
        yield copyLine([
          row,
          random.chance(0.95) ? absent : copyText(`${random.pick(placeNames)} ${row % 1000}`),
          random.pick(['residential', 'residential', 'commercial', 'industrial', absent]),
          random.chance(0.2) ? absent : levels * random.between(2.8, 4.2),
          levels,
          polygonHex([footprint(random)]),
          copyTimestamp(recently(900, random)),
        ]);
      }
    },
  },
  narrow: {
    columns: ['ID NUMBER(38,0) NOT NULL', 'METER_ID VARCHAR(16)', 'KWH FLOAT'],
    *lines(rows, random) {
      for (let row = 1; row <= rows; row += 1) {
        yield copyLine([row, `MTR-${String(random.integer(1_000_000)).padStart(7, '0')}`, random.uniform53() * 40]);
      }
    },
  },
};

const metresAcross = 60_000;

function anywhere(random: Prng): { x: number; y: number } {
  return {
    x: random.between(-metresAcross / 2, metresAcross / 2),
    y: random.between(-metresAcross / 2, metresAcross / 2),
  };
}

/** An L or a rectangle. */
function footprint(random: Prng): number[] {
  const { x, y } = anywhere(random);
  const width = random.between(8, 40);
  const depth = random.between(8, 30);
  const corners: readonly (readonly [number, number])[] = random.chance(0.4)
    ? [[0, 0], [1, 0], [1, 0.5], [0.5, 0.5], [0.5, 1], [0, 1], [0, 0]]
    : [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]; // prettier-ignore
  return corners.flatMap(([east, north]) => [longitudeOf(x + east * width), latitudeOf(y + north * depth)]);
}
