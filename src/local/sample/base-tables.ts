import { gridAssets } from './grid-assets.ts';
import { gridConnections } from './grid-connections.ts';
import type { GridPlan } from './grid-plan.ts';
import type { SampleTable } from './sample-table.ts';
import { transformers } from './transformers.ts';
import { vegetationRisk } from './vegetation-risk.ts';

/** Everything that a sample of any size has. */
export function baseTables(plan: GridPlan): readonly SampleTable[] {
  return [gridAssets(plan), gridConnections(plan), transformers(plan), vegetationRisk(plan)];
}
