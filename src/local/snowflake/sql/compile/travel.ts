import type { Travel } from '../ast.ts';
import { changeTrackingMissing, equalNull, unsupported } from '../errors.ts';
import type { Moment } from '../history/moment.ts';
import { parseView } from '../parser/parse-view.ts';
import { boolean, isGeospatial, varchar } from '../types/data-type.ts';
import type { Environment, Reading, Relation, StreamRelation, TableRelation, ViewRelation } from './context.ts';
import { compileRelation, type CompiledRelation } from './from.ts';
import { requireTrackable } from './trackable.ts';
import type { OutputColumn } from './typed.ts';

/** What each changed row says beside its own values (user-guide/streams-intro, "Stream columns"). */
export const metadataColumns: readonly OutputColumn[] = [
  { name: 'METADATA$ACTION', type: varchar(6), nullable: false },
  { name: 'METADATA$ISUPDATE', type: boolean, nullable: false },
  { name: 'METADATA$ROW_ID', type: varchar(40), nullable: false },
];

/** A table or view as it was at a point in time, or its changes between two. */
export function compileTravel(relation: Relation, travel: Travel, environment: Environment): CompiledRelation {
  const { context } = environment;
  if (relation.kind === 'system') throw unsupported('Time Travel of INFORMATION_SCHEMA');
  if (relation.kind === 'stream') throw unsupported('Time Travel of a stream');
  if (environment.reading !== null) throw unsupported('Time Travel in a view that is itself read as of another time');
  const from = context.moment(travel.from);
  if (travel.changes !== null) {
    const to = travel.to === null ? context.latestMoment() : context.moment(travel.to);
    return compileChanges(relation, travel.changes, from, to, environment);
  }
  if (travel.from.by === 'STREAM') throw unsupported('AT(STREAM => …) without CHANGES');
  const reading: Reading = { rows: (history) => history.stateAt(from), rowIds: false };
  return compileRelation(relation, { ...environment, reading });
}

/** The net changes of a table or view between two moments, or what was appended. */
export function compileChanges(
  relation: TableRelation | ViewRelation,
  kind: 'DEFAULT' | 'APPEND_ONLY',
  from: Moment,
  to: Moment,
  environment: Environment,
): CompiledRelation {
  if (relation.kind === 'view') return compileViewChanges(relation, kind, from, to, environment);
  const { history, columns } = relation;
  const names = columns.map(({ storage }) => storage);
  if (kind === 'APPEND_ONLY') {
    return changed(relation, columns, appendedSql(relation.id, names, history.appended(from, to)));
  }
  const { before, after } = history.delta(from, to);
  return changed(relation, columns, deltaSql(relation.id, names, before, after));
}

/**
 * The changes of a view are those between what it shows at one moment and at the other, row by row: a row of it is the rows of the
 * tables that it is made of. Appended rows are those that the view shows only because rows were inserted into its tables.
 */
function compileViewChanges(
  view: ViewRelation,
  kind: 'DEFAULT' | 'APPEND_ONLY',
  from: Moment,
  to: Moment,
  environment: Environment,
): CompiledRelation {
  if (!view.changeTracking) throw changeTrackingMissing(view.name[2]);
  requireTrackable(parseView(view.text));
  const { columns } = view;
  const geospatial = columns.find(({ type }) => isGeospatial(type));
  if (kind === 'DEFAULT' && geospatial !== undefined) throw equalNull(geospatial.type.kind);
  const names = columns.map((_, i) => `c${i + 1}`);
  const shown = (side: 'before' | 'after'): string => {
    const reading: Reading = {
      rows: (history) => (kind === 'DEFAULT' ? history.statesOf(from, to) : history.grown(from, to))[side],
      rowIds: true,
    };
    const { sql } = compileRelation(view, { ...environment, reading });
    const identity = `c${columns.length + 1} AS row_id`;
    return `SELECT ${[...names, identity].join(', ')} FROM ${sql} shown`;
  };
  if (kind === 'DEFAULT') return changed(view, columns, deltaSql(view.id, names, shown('before'), shown('after')));
  const appended = `SELECT i.* FROM (${shown('after')}) i WHERE NOT EXISTS (SELECT 1 FROM (${shown('before')}) d WHERE d.row_id = i.row_id)`;
  return changed(view, columns, appendedSql(view.id, names, appended));
}

/** What a stream gives: the changes since its offset, or before it is consumed for the first time perhaps the rows of its offset. */
export function compileStream(stream: StreamRelation, environment: Environment): CompiledRelation {
  if (environment.reading !== null) throw unsupported('a stream in a view that is read as of another time');
  const { source, mode, from, to, initial, name } = stream;
  const changes = compileChanges(source, mode, from, to, environment);
  if (initial === null) return { ...changes, name };
  const rows = compileInitialRows(source, from, environment);
  const sql = `(SELECT * FROM ${changes.sql} c WHERE NOT ${initial} UNION ALL SELECT * FROM ${rows.sql} r WHERE ${initial})`;
  return { ...changes, sql, name };
}

/** The rows of a table or view at a moment, as if they had been inserted. */
function compileInitialRows(
  relation: TableRelation | ViewRelation,
  moment: Moment,
  environment: Environment,
): CompiledRelation {
  const reading: Reading = { rows: (history) => history.stateAt(moment), rowIds: true };
  const { sql } = compileRelation(relation, { ...environment, reading });
  const { columns } = relation;
  const isTable = relation.kind === 'table';
  const names = isTable ? relation.columns.map(({ storage }) => storage) : columns.map((_, i) => `c${i + 1}`);
  const identity = isTable ? 'row_id' : `c${columns.length + 1} AS row_id`;
  const rows = `SELECT ${[...names, identity].join(', ')} FROM ${sql} shown`;
  return changed(relation, columns, appendedSql(relation.id, names, rows));
}

function changed(
  relation: TableRelation | ViewRelation,
  columns: readonly OutputColumn[],
  sql: string,
): CompiledRelation {
  const own = columns.map(({ name, type, nullable, origin }): OutputColumn => ({ name, type, nullable, origin }));
  return { sql: `(${sql})`, columns: [...own, ...metadataColumns], name: relation.name };
}

/** 40 hexadecimal digits, as METADATA$ROW_ID has. */
function identitySql(relation: number, id: string): string {
  return `left(encode(sha256(convert_to('${relation}/' || ${id}, 'UTF8')), 'hex'), 40)`;
}

function metadataSql(relation: number, first: number, action: string, isUpdate: string, id: string): string[] {
  return [action, isUpdate, identitySql(relation, id)].map((sql, i) => `${sql} AS c${first + i}`);
}

function appendedSql(relation: number, names: readonly string[], rows: string): string {
  const cells = names.map((name, i) => `r.${name} AS c${i + 1}`);
  const metadata = metadataSql(relation, names.length + 1, "'INSERT'::text", 'false', 'r.row_id');
  return `SELECT ${[...cells, ...metadata].join(', ')} FROM (${rows}) r`;
}

/** What differs between two sets of rows in which no id stands twice. A row that is in both is an update, unless it is the same again. */
function deltaSql(relation: number, names: readonly string[], before: string, after: string): string {
  const all = (alias: string): string => names.map((name) => `${alias}.${name}`).join(', ');
  const record = (alias: string, action: string): string =>
    `SELECT ${all(alias)}, '${action}'::text AS action, ${alias}.row_id WHERE ${alias}.row_id IS NOT NULL`;
  const cells = names.map((name, i) => `r.${name} AS c${i + 1}`);
  const isUpdate = '(d.row_id IS NOT NULL AND i.row_id IS NOT NULL)';
  const metadata = metadataSql(relation, names.length + 1, 'r.action', isUpdate, 'r.row_id');
  return `SELECT ${[...cells, ...metadata].join(', ')} FROM (${before}) d FULL JOIN (${after}) i ON d.row_id = i.row_id
    CROSS JOIN LATERAL (${record('d', 'DELETE')} UNION ALL ${record('i', 'INSERT')}) r
    WHERE d.row_id IS NULL OR i.row_id IS NULL OR ROW(${all('d')}) IS DISTINCT FROM ROW(${all('i')})`;
}
