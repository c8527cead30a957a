import type { FromItem, TableAlias } from '../ast.ts';
import { compilationError, duplicateAlias, invalidIdentifier, unsupported } from '../errors.ts';
import { compileTableFunction } from '../functions/table-functions.ts';
import { parseView } from '../parser/parse-view.ts';
import { cast } from './cast.ts';
import { compare } from './comparison.ts';
import { inScope, type Environment, type Relation, type ViewRelation } from './context.ts';
import { condition, unify } from './expression.ts';
import { compileQuery, type StarColumn } from './query.ts';
import { isHidden, rowIdentity } from './row-identity.ts';
import { Scope, type Source, type SourceColumn } from './scope.ts';
import { requireTrackable } from './trackable.ts';
import { compileStream, compileTravel } from './travel.ts';
import type { OutputColumn } from './typed.ts';

export interface CompiledFrom {
  readonly sql: string;
  readonly sources: readonly Source[];
  readonly merged: ReadonlyMap<string, SourceColumn>;
  /** What `*` brings, in order. */
  readonly star: readonly StarColumn[];
}

export function compileFrom(item: FromItem, environment: Environment): CompiledFrom {
  const from = compileItem(item, environment);
  const seen = new Set<string>();
  for (const { qualifiers } of from.sources) {
    const name = JSON.stringify(qualifiers);
    if (qualifiers.length > 0 && seen.has(name)) throw duplicateAlias(qualifiers.at(-1) ?? '');
    seen.add(name);
  }
  return from;
}

function compileItem(item: FromItem, environment: Environment): CompiledFrom {
  switch (item.kind) {
    case 'table':
      return single(compileTable(item, environment), item.alias, environment);
    case 'derived': {
      const { sql, columns } = compileQuery(item.query, environment);
      return single({ sql: `(${sql})`, columns, name: [] }, item.alias, environment);
    }
    case 'tableFunction': {
      const { sql, columns } = compileTableFunction(item.call, environment);
      return single({ sql: `(${sql})`, columns, name: [] }, item.alias, environment);
    }
    case 'join':
      return compileJoin(item, environment);
  }
}

/** A table, view or query that FROM brings in, before its alias. */
export interface CompiledRelation {
  readonly sql: string;
  readonly columns: readonly (OutputColumn & { readonly storage?: string })[];
  /** The parts of its name, where it has one. */
  readonly name: readonly string[];
}

function single(relation: CompiledRelation, alias: TableAlias | null, environment: Environment): CompiledFrom {
  const name = environment.context.alias();
  const { columns } = relation;
  const renames = alias?.columns ?? [];
  if (renames.length > columns.length) {
    throw compilationError(2057, '42601', `Too many column aliases for '${alias?.name.name ?? ''}'.`);
  }
  const source: Source = {
    qualifiers: alias === null ? relation.name : [alias.name.name],
    columns: columns.map((column, i) => ({
      name: renames[i]?.name ?? column.name,
      sql: `${name}.${column.storage ?? `c${i + 1}`}`,
      type: column.type,
      nullable: column.nullable,
      origin: column.origin,
    })),
  };
  return { sql: `${relation.sql} ${name}`, sources: [source], merged: new Map(), star: source.columns };
}

type TableItem = Extract<FromItem, { kind: 'table' }>;

function compileTable(item: TableItem, environment: Environment): CompiledRelation {
  const [only] = item.name;
  const common = item.name.length === 1 && only !== undefined ? environment.commonTables.get(only.name) : undefined;
  if (common !== undefined && only !== undefined) {
    // "The AT and BEFORE clauses do not support selecting historical data from a CTE" (sql-reference/constructs/at-before).
    if (item.travel !== null) throw unsupported('Time Travel of a common table expression');
    return { sql: common.alias, columns: common.columns, name: [only.name] };
  }
  const relation = environment.context.relation(item.name);
  return item.travel === null
    ? compileRelation(relation, environment)
    : compileTravel(relation, item.travel, environment);
}

export function compileRelation(relation: Relation, environment: Environment): CompiledRelation {
  const { name } = relation;
  switch (relation.kind) {
    case 'table': {
      const { columns } = relation;
      const { reading } = environment;
      if (reading === null) return { sql: relation.relation, columns, name };
      const sql = `(${reading.rows(relation.history)})`;
      return { sql, columns: reading.rowIds ? [...columns, { ...rowIdentity, storage: 'row_id' }] : columns, name };
    }
    case 'system':
      if (environment.reading !== null) throw unsupported('Time Travel of INFORMATION_SCHEMA');
      return { sql: `(${relation.sql})`, columns: relation.columns, name };
    case 'stream':
      return compileStream(relation, environment);
    case 'view':
      return compileView(relation, environment);
  }
}

function compileView(relation: ViewRelation, environment: Environment): CompiledRelation {
  const context = environment.context.forView(relation.name);
  const { reading } = environment;
  const parsed = parseView(relation.text);
  if (reading?.rowIds === true) requireTrackable(parsed);
  const query = compileQuery(parsed, { context, scope: new Scope([], null), commonTables: new Map(), reading });
  const produced = query.columns.filter((column) => !isHidden(column)).length;
  if (produced !== relation.columns.length) {
    throw compilationError(
      2037,
      '42601',
      `Failure during expansion of view '${relation.name[2]}': View definition for '${relation.name.join('.')}' declared ${relation.columns.length} column(s), but view query produces ${produced} column(s).`,
    );
  }
  const alias = environment.context.alias();
  const origin = { database: relation.name[0], schema: relation.name[1], table: relation.name[2] };
  const declared = reading?.rowIds === true ? [...relation.columns, rowIdentity] : relation.columns;
  const cells = declared.map((column, i) => {
    const own = query.columns[i] ?? column;
    const value = { sql: `${alias}.c${i + 1}`, type: own.type, nullable: own.nullable };
    return `${cast(value, column.type, context).sql} AS c${i + 1}`;
  });
  const sql = `(SELECT ${cells.join(', ')} FROM (${query.sql}) ${alias})`;
  return { sql, columns: declared.map((column) => ({ ...column, origin })), name: relation.name };
}

function compileJoin(item: Extract<FromItem, { kind: 'join' }>, environment: Environment): CompiledFrom {
  const left = compileItem(item.left, environment);
  const right = compileItem(item.right, environment);
  const nullableLeft = item.type === 'RIGHT' || item.type === 'FULL';
  const nullableRight = item.type === 'LEFT' || item.type === 'FULL';
  const sources = [
    ...left.sources.map((source) => withNullable(source, nullableLeft)),
    ...right.sources.map((source) => withNullable(source, nullableRight)),
  ];
  const leftStar = nullableLeft ? left.star.map(asNullable) : left.star;
  const rightStar = nullableRight ? right.star.map(asNullable) : right.star;
  const merged = new Map([...left.merged, ...right.merged]);
  if (item.type === 'CROSS') {
    return { sql: `(${left.sql} CROSS JOIN ${right.sql})`, sources, merged, star: [...leftStar, ...rightStar] };
  }
  const names = item.natural
    ? leftStar
        .map((column) => column.name)
        .filter((name) => !isHidden({ name }) && rightStar.some((other) => other.name === name))
    : item.using.map((column) => column.name);
  if (names.length === 0) {
    const scope = new Scope(sources, environment.scope, merged);
    const on = item.on === null ? 'true' : condition(item.on, inScope(environment, scope)).sql;
    return {
      sql: `(${left.sql} ${item.type} JOIN ${right.sql} ON ${on})`,
      sources,
      merged,
      star: [...leftStar, ...rightStar],
    };
  }
  const tests: string[] = [];
  const columns: StarColumn[] = [];
  for (const name of names) {
    const a = leftStar.find((column) => column.name === name);
    const b = rightStar.find((column) => column.name === name);
    if (a === undefined || b === undefined) throw invalidIdentifier(item.position, name);
    tests.push(compare('=', a, b, environment.context, item.position).sql);
    const column = mergedColumn(item.type, name, a, b, environment, item);
    columns.push(column);
    merged.set(name, column);
  }
  return {
    sql: `(${left.sql} ${item.type} JOIN ${right.sql} ON ${tests.join(' AND ')})`,
    sources,
    merged,
    star: [
      ...columns,
      ...leftStar.filter((column) => !names.includes(column.name)),
      ...rightStar.filter((column) => !names.includes(column.name)),
    ],
  };
}

function mergedColumn(
  type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL',
  name: string,
  a: StarColumn,
  b: StarColumn,
  environment: Environment,
  item: Extract<FromItem, { kind: 'join' }>,
): StarColumn {
  if (type !== 'FULL') return { ...(type === 'RIGHT' ? b : a), name };
  const [x, y] = unify([a, b], environment, item.position, 'USING');
  if (x === undefined || y === undefined) throw new Error('two columns were unified');
  return { name, sql: `COALESCE(${x.sql}, ${y.sql})`, type: x.type, nullable: a.nullable && b.nullable };
}

function asNullable<C extends { readonly nullable: boolean }>(column: C): C {
  return { ...column, nullable: true };
}

function withNullable(source: Source, nullable: boolean): Source {
  return nullable ? { ...source, columns: source.columns.map(asNullable) } : source;
}
