import { formatAge, formatRows } from '../../worker/protocol/figures.ts';
import type { FailedTableDocument, SourceTableStatus, TableStatus } from '../../worker/protocol/protocol.ts';
import type { Staleness } from './target-state.ts';

/** What the judgement depends on beside the two sides. */
export interface StalenessRules {
  /** 0: age alone makes no table stale. */
  readonly staleAfterHours: number;
  /** In ms: how long ago `status` was measured. */
  readonly sinceMeasuredMs: number;
}

const hourMs = 3_600_000;

/** Whether a table needs a sync, and every reason that there is. The gravest reason gives its kind. */
export function stalenessOf(
  status: TableStatus | undefined,
  source: SourceTableStatus | FailedTableDocument | undefined,
  rules: StalenessRules,
): Staleness {
  if (status === undefined) return { kind: 'unknown', reasons: [] };
  if (status.state === 'missing') return { kind: 'missing', reasons: ['The table does not exist yet.'] };
  if (status.state === 'neverSynced') return { kind: 'missing', reasons: ['The table was never synced by Snowmelt.'] };
  const drift = driftReasons(status);
  const stale = staleReasons(status, source, rules);
  if (drift.length > 0) return { kind: 'drifted', reasons: [...drift, ...stale] };
  return { kind: stale.length > 0 ? 'stale' : 'fresh', reasons: stale };
}

function driftReasons({ drift }: TableStatus): string[] {
  if (drift === null) return [];
  const reasons: string[] = [];
  if (drift.configurationChanged) reasons.push('The configuration of the table has changed since the last sync.');
  if (drift.replaced) reasons.push('Another relation has taken the place of the table that was synced.');
  if (drift.missingColumns.length > 0) {
    reasons.push(`Columns that the last sync has filled are gone: ${drift.missingColumns.join(', ')}.`);
  }
  return reasons;
}

function staleReasons(
  status: TableStatus,
  source: SourceTableStatus | FailedTableDocument | undefined,
  { staleAfterHours, sinceMeasuredMs }: StalenessRules,
): string[] {
  const reasons: string[] = [];
  if (source?.status === 'success') {
    if (source.changed === true) reasons.push('The source has changed since the last sync.');
    // Where Snowflake cannot tell, other numbers of rows can.
    else if (source.changed === null && differ(source.rows, status.syncedRows)) {
      reasons.push(
        `The source has ${formatRows(source.rows ?? 0)}, the last sync brought ${formatRows(status.syncedRows ?? 0)}.`,
      );
    }
  }
  const ageMs = status.ageMs === null ? 0 : status.ageMs + sinceMeasuredMs;
  if (staleAfterHours > 0 && ageMs > staleAfterHours * hourMs) {
    reasons.push(`The last sync was ${formatAge(ageMs)}.`);
  }
  return reasons;
}

function differ(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a !== b;
}
