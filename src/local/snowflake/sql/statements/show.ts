import type { ShowTarget } from '../ast.ts';
import type { MemoryCell } from '../execution/results.ts';
import { statementTypes, type Outcome } from './outcome.ts';
import type { Handler, StatementRun } from './run.ts';
import { showDatabases, showGrants, showParameters, showRoles, showSchemas, showWarehouses } from './show-account.ts';
import { showColumns, showPrimaryKeys } from './show-columns.ts';
import { showObjects, showTables, showViews } from './show-relations.ts';
import type { Listing, Show } from './show-scope.ts';
import { showStreams } from './show-streams.ts';

const listings: Readonly<Record<ShowTarget, (statement: Show, run: StatementRun) => Promise<Listing> | Listing>> = {
  TABLES: (statement, run) => showTables(statement, run),
  VIEWS: (statement, run) => showViews(statement, run),
  OBJECTS: (statement, run) => showObjects(statement, run),
  STREAMS: (statement, run) => showStreams(statement, run),
  SCHEMAS: (statement, run) => showSchemas(statement, run),
  DATABASES: (_statement, run) => showDatabases(run),
  COLUMNS: (statement, run) => showColumns(statement, run),
  'PRIMARY KEYS': (statement, run) => showPrimaryKeys(statement, run),
  WAREHOUSES: (_statement, run) => showWarehouses(run),
  PARAMETERS: (_statement, run) => showParameters(run),
  ROLES: (_statement, run) => showRoles(run),
  GRANTS: (statement, run) => showGrants(statement, run),
};

export const show: Handler<'show'> = async (statement, run): Promise<Outcome> => {
  const listing = await listings[statement.target](statement, run);
  const matches = likePattern(statement.like);
  const name = (row: readonly MemoryCell[]): string => row[listing.nameIndex]?.wire ?? '';
  let rows = listing.rows.filter((row) => matches(name(row)));
  if (statement.startsWith !== null) {
    const { startsWith } = statement;
    rows = rows.filter((row) => name(row).startsWith(startsWith));
  }
  if (statement.from !== null) {
    const { from } = statement;
    rows = rows.filter((row) => name(row) > from);
  }
  if (statement.limit !== null) rows = rows.slice(0, statement.limit);
  return { kind: 'rows', statementTypeId: statementTypes.show, columns: listing.columns, rows };
};

/** SHOW … LIKE matches in any case, with % and _. */
function likePattern(pattern: string | null): (name: string) => boolean {
  if (pattern === null) return () => true;
  const source = pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  const expression = new RegExp(`^${source}$`, 'isu');
  return (name) => expression.test(name);
}
