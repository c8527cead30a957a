import type { TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import type { SyncWarning } from '../events.ts';
import { displayRelation, quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import { columnDependents, withoutColumns, type Relation } from '../postgres/relation.ts';
import type { PostgresSession } from '../postgres/session.ts';

/** How the columns of the live table differ from those that the source gives it now. */
export interface Drift {
  readonly added: readonly { readonly column: string; readonly type: string }[];
  /** Were filled from the source at the last sync, and are no longer there. */
  readonly dropped: readonly string[];
  readonly retyped: readonly { readonly column: string; readonly from: string; readonly to: string }[];
}

/** Whether anything has drifted. */
export function hasDrifted({ added, dropped, retyped }: Drift): boolean {
  return added.length + dropped.length + retyped.length > 0;
}

/** The difference as the DDL that would make it good. */
export function driftStatements(live: Relation, drift: Drift): string[] {
  const alter = `ALTER TABLE ${quoteRelation(live)}`;
  return [
    ...drift.added.map(({ column, type }) => `${alter} ADD COLUMN ${quoteIdentifier(column)} ${type}`),
    ...drift.dropped.map((column) => `${alter} DROP COLUMN ${quoteIdentifier(column)}`),
    ...drift.retyped.map(({ column, to }) => `${alter} ALTER COLUMN ${quoteIdentifier(column)} TYPE ${to}`),
  ];
}

/** An object of a table that is lost with its columns. */
export interface LostObject {
  readonly kind: 'index' | 'constraint' | 'statistics';
  readonly name: string;
}

/** What hangs on columns of the table and goes with them; a constraint that an index carries is that index. */
export function lostWithColumns(live: Relation, dropped: readonly string[]): LostObject[] {
  const kept = withoutColumns(live, dropped);
  return [
    ...live.indexes
      .filter((index) => !kept.indexes.includes(index))
      .map(({ name }) => ({ kind: 'index' as const, name })),
    ...live.constraints
      .filter((constraint) => !kept.constraints.includes(constraint) && !['p', 'u', 'x', 'n'].includes(constraint.type))
      .map(({ name }) => ({ kind: 'constraint' as const, name })),
    ...live.statistics
      .filter((statistics) => !kept.statistics.includes(statistics))
      .map(({ name }) => ({ kind: 'statistics' as const, name })),
  ];
}

/**
 * Allows the drift, with a warning that shows it, or refuses it.
 * @throws SyncError `target.incompatible` with `drift: "fail"`, or when a view or another object needs a column as it is.
 */
export async function settleDrift(
  config: TableConfig,
  live: Relation,
  drift: Drift,
  postgres: PostgresSession,
  warn: (warning: SyncWarning) => void,
): Promise<void> {
  if (!hasDrifted(drift)) return;
  const name = displayRelation(config.target);
  const statements = driftStatements(live, drift).join(';\n');
  if (config.drift === 'fail') {
    throw new SyncError(
      'target.incompatible',
      `${config.name}: the columns of the source and of ${name} have drifted apart:\n${statements}`,
      {
        table: config.name,
        remedy: 'Run these statements, leave columns out with "columns": { "exclude": […] }, or set "drift": "evolve".',
      },
    );
  }
  const touched = [...drift.dropped, ...drift.retyped.map(({ column }) => column)];
  const dependents = await postgres.transaction((transaction) => columnDependents(transaction, live, touched));
  if (dependents.length > 0) {
    const list = dependents.map(({ column, dependent }) => `${dependent} needs ${column}`).join('; ');
    throw new SyncError(
      'target.incompatible',
      `${config.name}: the source has changed columns that others need as they are: ${list}.`,
      {
        table: config.name,
        remedy: `Change or drop what needs them, then sync again. What would be done to ${name}:\n${statements}`,
      },
    );
  }
  warn({
    code: 'drift',
    message: `${config.name}: the columns of the source have changed, and those of ${name} with them:\n${statements}`,
  });
  const lost = lostWithColumns(live, drift.dropped).map(({ kind, name: object }) => `${kind} ${object}`);
  if (lost.length > 0) {
    warn({ code: 'drift.lost', message: `${config.name}: with the dropped columns go ${lost.join(', ')}.` });
  }
}
