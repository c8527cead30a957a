import { assetId, circuitId, substationId } from './asset-ids.ts';
import { absent, copyLine, copyTimestamp } from './copy-text.ts';
import { streams } from './grid-plan.ts';
import type { AreaPlan, GridPlan } from './grid-plan.ts';
import { Prng } from './prng.ts';
import { recently } from './sample-clock.ts';
import { chunked } from './sample-table.ts';
import type { SampleTable } from './sample-table.ts';
import { buildServiceArea } from './service-area.ts';
import type { GridNode } from './service-area.ts';

/** PRODUCTION.GRID_CONNECTIONS: what feeds what. A pair of assets is there once. */
export function gridConnections(plan: GridPlan): SampleTable {
  return {
    schema: 'PRODUCTION',
    name: 'GRID_CONNECTIONS',
    columns: [
      'CONNECTION_ID NUMBER(38,0) NOT NULL',
      'FROM_ASSET_ID VARCHAR(32) NOT NULL',
      'TO_ASSET_ID VARCHAR(32) NOT NULL',
      'CONNECTION_TYPE VARCHAR(32)',
      'CIRCUIT_ID VARCHAR(32)',
      'SUBSTATION_ID VARCHAR(32)',
      'LENGTH_M NUMBER(12,3)',
      'UPDATED_AT TIMESTAMP_NTZ(9)',
    ],
    rows: plan.connections,
    changeTracking: true,
    chunks: () => chunked(lines(plan)),
  };
}

function* lines(plan: GridPlan): Generator<string, void, undefined> {
  for (const area of plan.areas) yield* linesOf(area, plan.seed);
}

function* linesOf(plan: AreaPlan, seed: number): Generator<string, void, undefined> {
  const random = Prng.stream(seed, streams.connections, plan.index);
  const area = buildServiceArea(plan, seed);
  const substation = substationId(plan.index);
  let number = plan.firstConnection;
  const line = (from: GridNode, to: GridNode, type: string, circuit: string): string => {
    const sag = 1 + random.uniform() * 0.03;
    const metres = Math.sqrt((from.x - to.x) ** 2 + (from.y - to.y) ** 2) * sag;
    const fields = [
      number,
      assetId(plan.index, from),
      assetId(plan.index, to),
      type,
      circuit,
      substation,
      random.chance(0.01) ? absent : metres.toFixed(3),
      copyTimestamp(recently(900, random), random.chance(0.1) ? random.integer(1_000_000) : 0),
    ];
    number += 1;
    return copyLine(fields);
  };
  for (const node of area.nodes) {
    if (node.parent)
      yield line(node.parent, node, connectionType(node.parent, node), circuitId(plan.index, node.circuit));
  }
  /** A tie belongs to neither of its circuits. */
  for (const { from, to } of area.ties) yield line(from, to, 'TIE_SWITCH', absent);
}

function connectionType(from: GridNode, to: GridNode): string {
  if (to.kind === 'breaker') return 'SUBSTATION_BUS';
  if (from.kind === 'breaker') return 'FEEDER_HEAD';
  if (to.kind === 'pole-transformer') return 'TRANSFORMER_TAP';
  return to.kind === 'pole' ? 'OVERHEAD_PRIMARY' : 'UNDERGROUND_PRIMARY';
}
