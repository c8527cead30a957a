import { assetId, circuitId, substationId } from './asset-ids.ts';
import { absent, copyDate, copyLine, copyText, copyTimestamp } from './copy-text.ts';
import { streams } from './grid-plan.ts';
import type { AreaPlan, GridPlan } from './grid-plan.ts';
import { latitudeOf, longitudeOf, surveyed } from './ground.ts';
import { placeNames } from './place-names.ts';
import { Prng } from './prng.ts';
import { recently, sampleToday } from './sample-clock.ts';
import { chunked } from './sample-table.ts';
import type { SampleTable } from './sample-table.ts';
import { buildServiceArea } from './service-area.ts';
import type { NodeKind } from './service-area.ts';

const assetTypes: Readonly<Record<NodeKind, string>> = {
  substation: 'SUBSTATION',
  breaker: 'FEEDER_BREAKER',
  pole: 'POLE',
  'pole-transformer': 'TRANSFORMER',
  'pad-transformer': 'TRANSFORMER',
};

/** PRODUCTION.GRID_ASSETS: every substation, breaker, pole and transformer. */
export function gridAssets(plan: GridPlan): SampleTable {
  return {
    schema: 'PRODUCTION',
    name: 'GRID_ASSETS',
    columns: [
      'ASSET_ID VARCHAR(32) NOT NULL',
      'ASSET_TYPE VARCHAR(32) NOT NULL',
      'ASSET_NAME VARCHAR(128)',
      'CIRCUIT_ID VARCHAR(32)',
      'SUBSTATION_ID VARCHAR(32) NOT NULL',
      'LATITUDE FLOAT NOT NULL',
      'LONGITUDE FLOAT NOT NULL',
      'STATUS VARCHAR(16)',
      'INSTALLED_ON DATE',
      'UPDATED_AT TIMESTAMP_NTZ(9)',
    ],
    rows: plan.assets,
    changeTracking: true,
    chunks: () => chunked(lines(plan)),
  };
}

function* lines(plan: GridPlan): Generator<string, void, undefined> {
  for (const area of plan.areas) yield* linesOf(area, plan.seed);
}

function* linesOf(area: AreaPlan, seed: number): Generator<string, void, undefined> {
  const random = Prng.stream(seed, streams.assets, area.index);
  const substation = substationId(area.index);
  const place = copyText(placeNames[area.index % placeNames.length] ?? substation);
  for (const node of buildServiceArea(area, seed).nodes) {
    yield copyLine([
      assetId(area.index, node),
      assetTypes[node.kind],
      node.kind === 'substation'
        ? `${place} Substation`
        : node.kind === 'breaker'
          ? `${place} Feeder ${node.number}`
          : absent,
      node.circuit === 0 ? absent : circuitId(area.index, node.circuit),
      substation,
      surveyed(latitudeOf(node.y)),
      surveyed(longitudeOf(node.x)),
      random.chance(0.985) ? 'IN_SERVICE' : random.pick(['OUT_OF_SERVICE', 'PLANNED', absent]),
      random.chance(0.02) ? absent : copyDate(sampleToday - random.integer(60 * 365)),
      copyTimestamp(recently(900, random)),
    ]);
  }
}
