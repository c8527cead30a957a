import { absent, copyLine, copyTimestamp } from './copy-text.ts';
import { multiPolygonHex, polygonHex } from './ewkb-hex.ts';
import type { Ring } from './ewkb-hex.ts';
import { streams } from './grid-plan.ts';
import type { AreaPlan, GridPlan } from './grid-plan.ts';
import { latitudeOf, longitudeOf, surveyed } from './ground.ts';
import type { Place } from './ground.ts';
import { Prng } from './prng.ts';
import { recently } from './sample-clock.ts';
import { chunked } from './sample-table.ts';
import type { SampleTable } from './sample-table.ts';
import { buildServiceArea } from './service-area.ts';
import type { GridNode } from './service-area.ts';

const species: readonly [string, ...string[]] = [
  'Live oak (Quercus virginiana)',
  'Live oak (Quercus virginiana)',
  'Loblolly pine (Pinus taeda)',
  'Loblolly pine (Pinus taeda)',
  'Pecan (Carya illinoinensis)',
  'Water oak (Quercus nigra)',
  'Cedar elm (Ulmus crassifolia)',
  'Bald cypress (Taxodium distichum)',
  'Huisache (“sweet acacia”)',
  'Ébano de Texas',
  "Drummond's red maple",
];

/** PRODUCTION.VEGETATION_RISK: trees near the overhead lines. */
export function vegetationRisk(plan: GridPlan): SampleTable {
  return {
    schema: 'PRODUCTION',
    name: 'VEGETATION_RISK',
    columns: [
      'TREE_ID NUMBER(38,0) NOT NULL',
      'SPECIES VARCHAR(64)',
      'HEIGHT_M FLOAT',
      'DISTANCE_TO_LINE_M FLOAT',
      'RISK_SCORE FLOAT',
      'RISK_LEVEL VARCHAR(16)',
      'CANOPY GEOGRAPHY',
      'OBSERVED_AT TIMESTAMP_LTZ(9)',
      'LATITUDE FLOAT',
      'LONGITUDE FLOAT',
    ],
    rows: plan.trees,
    changeTracking: false,
    chunks: () => chunked(lines(plan)),
  };
}

function* lines(plan: GridPlan): Generator<string, void, undefined> {
  for (const area of plan.areas) yield* linesOf(area, plan.seed);
}

function* linesOf(area: AreaPlan, seed: number): Generator<string, void, undefined> {
  const random = Prng.stream(seed, streams.vegetation, area.index);
  const poles = buildServiceArea(area, seed).nodes.filter(({ kind }) => kind === 'pole');
  for (let tree = 0; tree < area.trees; tree += 1) {
    const pole = poles[random.integer(poles.length)];
    if (!pole) return;
    /** Squared, so that most are near: the survey flies along the lines. */
    const distance = 0.4 + 24 * random.uniform53() * random.uniform();
    const place = beside(pole, distance, random);
    const height = Math.round((4 + 22 * (random.uniform() + random.uniform()) * 0.5) * 100) / 100;
    const measured = !random.chance(0.03);
    const score = riskScore(height, distance, random);
    yield copyLine([
      area.firstTree + tree,
      random.chance(0.04) ? absent : random.pick(species),
      measured ? height : absent,
      distance,
      measured ? score : absent,
      measured ? riskLevel(score) : absent,
      random.chance(0.015) ? absent : canopy(place, height, random),
      copyTimestamp(recently(700, random), random.chance(0.2) ? random.integer(1_000_000) : 0),
      surveyed(latitudeOf(place.y)),
      surveyed(longitudeOf(place.x)),
    ]);
  }
}

/** A place so many metres off the wire that leads to the pole, on either side. */
function beside(pole: GridNode, distance: number, random: Prng): Place {
  const from = pole.parent ?? pole;
  const along = random.uniform();
  const dx = pole.x - from.x;
  const dy = pole.y - from.y;
  const length = Math.max(1, Math.sqrt(dx * dx + dy * dy));
  const side = (random.chance(0.5) ? distance : -distance) / length;
  return { x: from.x + dx * along - dy * side, y: from.y + dy * along + dx * side };
}

/** In [0, 1]: how far the tree would reach over the wire if it fell, and half of it again for its state of health. */
function riskScore(height: number, distance: number, random: Prng): number {
  const reach = Math.min(1, Math.max(0, (height + 4 - distance) / 26));
  return reach * (0.5 + 0.5 * random.uniform53());
}

function riskLevel(score: number): string {
  if (score >= 0.75) return 'CRITICAL';
  if (score >= 0.5) return 'HIGH';
  return score >= 0.25 ? 'MODERATE' : 'LOW';
}

/** Now and then one with a gap in the middle, or two crowns that were taken for one tree. */
function canopy(place: Place, height: number, random: Prng): string {
  const radius = height * random.between(0.15, 0.3);
  const crown = ringAround(place, radius);
  if (random.chance(0.01)) return polygonHex([crown, ringAround(place, radius * 0.3, -1)]);
  if (random.chance(0.02)) {
    const other = { x: place.x + radius * 2.5, y: place.y + radius };
    return multiPolygonHex([[crown], [ringAround(other, radius * 0.8)]]);
  }
  return polygonHex([crown]);
}

const hexagon = [1, 0, 0.5, 0.866, -0.5, 0.866, -1, 0, -0.5, -0.866, 0.5, -0.866, 1, 0] as const;

/** Anticlockwise, as a shell is; with `turn` -1 clockwise, as a hole is. */
function ringAround(place: Place, radius: number, turn: 1 | -1 = 1): Ring {
  const ring: number[] = [];
  for (let index = 0; index < hexagon.length; index += 2) {
    ring.push(
      longitudeOf(place.x + radius * (hexagon[index] ?? 0)),
      latitudeOf(place.y + radius * turn * (hexagon[index + 1] ?? 0)),
    );
  }
  return ring;
}
