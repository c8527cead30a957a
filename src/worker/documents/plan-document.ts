import { toErrorDocument } from '../../sync-core/errors.ts';
import { driftStatements, lostWithColumns } from '../../sync-core/plan/drift.ts';
import type { SyncPlan } from '../../sync-core/plan/plan-table.ts';
import { displayRelation } from '../../sync-core/postgres/identifiers.ts';
import type { Relation } from '../../sync-core/postgres/relation.ts';
import { stagingIndexes } from '../../sync-core/stage/staging-table.ts';
import type { TargetColumn } from '../../sync-core/stage/target-table.ts';
import type { PlanOutcome, TablePlan } from '../commands/plan.ts';
import type { FailedTableDocument, PlanDocument, PlannedColumn, PlansDocument } from '../protocol/protocol.ts';
import { dependentsOf } from './dependents.ts';

export function plansDocument({ target, tables }: PlanOutcome): PlansDocument {
  return {
    status: tables.every(({ status }) => status === 'success') ? 'success' : 'failed',
    target,
    tables: tables.map(tablePlanDocument),
  };
}

function tablePlanDocument(plan: TablePlan): PlanDocument | FailedTableDocument {
  if (plan.status === 'success') return planDocument(plan.plan);
  return { status: 'failed', table: plan.table, error: toErrorDocument(plan.error) };
}

/** A plan as plain data, for programs and for the text. */
export function planDocument(plan: SyncPlan): PlanDocument {
  const { config, target, warnings } = plan;
  const { live } = target;
  const kept = new Set((live?.indexes ?? []).map(({ name }) => name));
  // Only the names and definitions are taken, so it does not matter what the staging table will be called.
  const indexes = stagingIndexes(target, { relation: { schema: '', name: '' }, tag: '' });
  return {
    status: 'success',
    table: config.name,
    source: plan.source,
    relation: {
      name: displayRelation(target.relation),
      exists: live !== null,
      estimatedRows: live === null || live.estimatedRows < 0 ? null : live.estimatedRows,
      bytes: live?.totalBytes ?? null,
    },
    key: config.key,
    columns: target.columns.map((column) => plannedColumn(column, live)),
    drift: {
      ...plan.drift,
      statements: live === null ? [] : driftStatements(live, plan.drift),
      lost: live === null ? [] : lostWithColumns(live, plan.drift.dropped),
    },
    indexes: indexes.map(({ finalName, description }) => ({
      name: finalName,
      definition: description,
      action: kept.has(finalName) ? 'keep' : 'add',
    })),
    dependents: live === null ? [] : dependentsOf(live),
    mode: { mode: plan.mode.choice, reason: plan.mode.reason },
    extract: { path: plan.extractPath.choice, reason: plan.extractPath.reason, sql: plan.extractSql },
    swap: { strategy: plan.strategy.choice, reason: plan.strategy.reason },
    warnings,
  };
}

function plannedColumn(column: TargetColumn, live: Relation | null): PlannedColumn {
  const { name, type, source, generated } = column;
  return {
    name,
    type,
    filledBy: source !== null ? 'source' : generated !== null ? 'computed' : 'default',
    source: source?.name ?? null,
    sourceType: source?.typeText ?? null,
    expression: generated?.expression ?? column.live?.default ?? null,
    added: live !== null && column.live === null,
  };
}
