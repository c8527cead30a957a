import type { Expression, OrderItem, Query, QueryBody, Select, SelectItem, SetOperation, Values } from '../ast.ts';
import { compilationError, invalidIdentifier } from '../errors.ts';
import { commonType } from '../types/common-type.ts';
import { formatType, sameType, untypedNull, type DataType } from '../types/data-type.ts';
import { containsAggregate } from './aggregation.ts';
import { cast } from './cast.ts';
import { sortKey } from './comparison.ts';
import { inScope, type CommonTable, type Environment } from './context.ts';
import { compileExpression, condition, typedSql } from './expression.ts';
import { compileFrom } from './from.ts';
import { isHidden, joinedIdentity, rowIdentity } from './row-identity.ts';
import { pathText, Scope } from './scope.ts';
import type { OutputColumn, Typed } from './typed.ts';

/** A query in Postgres SQL. Its columns are called c1, c2, … there; `columns` has Snowflake's names and types. */
export interface CompiledQuery {
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
  /** Upper bound of the row count where the text alone tells it: no FROM, or a constant LIMIT. */
  readonly maxRows: number | null;
}

export function compileQuery(query: Query, outer: Environment): CompiledQuery {
  const commonTables = new Map(outer.commonTables);
  const withParts: string[] = [];
  for (const cte of query.with) {
    const alias = outer.context.alias();
    if (query.recursive && query.with.length === 1 && cte.query.body.kind === 'set') {
      const recursive = compileRecursive(cte, alias, { ...outer, commonTables });
      commonTables.set(cte.name.name, recursive.table);
      withParts.push(recursive.sql);
      continue;
    }
    const compiled = compileQuery(cte.query, { ...outer, commonTables });
    const columns = renamed(compiled.columns, cte.columns, cte.name.name);
    commonTables.set(cte.name.name, { alias, columns });
    withParts.push(`${alias} AS (${compiled.sql})`);
  }
  const environment: Environment = { ...outer, commonTables };
  const body = compileBody(query.body, environment, query.orderBy);
  const limit = rowCount(query.limit ?? (query.body.kind === 'select' ? query.body.top : null), environment, 'LIMIT');
  const offset = rowCount(query.offset, environment, 'OFFSET');
  const sql = [
    withParts.length > 0 ? `WITH ${query.recursive ? 'RECURSIVE ' : ''}${withParts.join(', ')} ` : '',
    body.sql,
    limit === null ? '' : ` LIMIT ${limit}`,
    offset === null ? '' : ` OFFSET ${offset}`,
  ].join('');
  const bounds = [body.maxRows, limit === null ? null : Number(limit)].filter((bound) => bound !== null);
  return { sql, columns: body.columns, maxRows: bounds.length === 0 ? null : Math.min(...bounds) };
}

function renamed(
  columns: readonly OutputColumn[],
  names: readonly { readonly name: string }[],
  table: string,
): readonly OutputColumn[] {
  if (names.length === 0) return columns;
  if (names.length !== columns.filter((column) => !isHidden(column)).length) {
    throw compilationError(
      2057,
      '42601',
      `Number of columns in '${table}' (${names.length}) does not match its query (${columns.length}).`,
    );
  }
  return columns.map((column, i) => ({ ...column, name: names[i]?.name ?? column.name }));
}

function compileRecursive(
  cte: Query['with'][number],
  alias: string,
  environment: Environment,
): { table: CommonTable; sql: string } {
  const { body } = cte.query;
  if (body.kind !== 'set' || body.operator !== 'UNION' || !body.all) {
    throw compilationError(2, '0A000', 'Anchor and recursive member must be joined by UNION ALL');
  }
  const anchor = compileBody(body.left, environment, []);
  const table: CommonTable = { alias, columns: renamed(anchor.columns, cte.columns, cte.name.name) };
  const commonTables = new Map(environment.commonTables).set(cte.name.name, table);
  const member = compileBody(body.right, { ...environment, commonTables }, []);
  const cells = anchor.columns.map((column, i) => {
    const own = member.columns[i];
    if (own === undefined)
      throw compilationError(2057, '42601', 'invalid number of result columns for set operator input branches');
    return `${cast({ ...own, sql: `m.c${i + 1}` }, column.type, environment.context).sql} AS c${i + 1}`;
  });
  return { table, sql: `${alias} AS (${anchor.sql} UNION ALL SELECT ${cells.join(', ')} FROM (${member.sql}) m)` };
}

/** LIMIT and OFFSET take constants. NULL and '' mean none. */
function rowCount(expression: Expression | null, environment: Environment, name: string): string | null {
  if (expression === null || expression.kind === 'null') return null;
  let text: string | null = null;
  if (expression.kind === 'number') text = expression.text;
  if (expression.kind === 'bind') text = environment.context.binds[expression.key]?.value ?? null;
  if (text === null || !/^[0-9]+$/u.test(text)) {
    throw compilationError(
      1003,
      '42000',
      `syntax error line ${expression.position.line} at position ${expression.position.column} invalid ${name}`,
    );
  }
  return text;
}

function compileBody(body: QueryBody, environment: Environment, orderBy: readonly OrderItem[]): CompiledQuery {
  switch (body.kind) {
    case 'select':
      return compileSelect(body, environment, orderBy);
    case 'values':
      return ordered(compileValues(body, environment), orderBy, environment);
    case 'set':
      return ordered(compileSetOperation(body, environment), orderBy, environment);
    case 'query':
      return ordered({ ...compileQuery(body, environment) }, orderBy, environment);
  }
}

/** ORDER BY over a set operation: output columns by name or number. */
function ordered(query: CompiledQuery, orderBy: readonly OrderItem[], environment: Environment): CompiledQuery {
  if (orderBy.length === 0) return query;
  const alias = environment.context.alias();
  const columns = query.columns.map((column, i) => ({ ...column, sql: `${alias}.c${i + 1}` }));
  const scope = new Scope([{ qualifiers: [], columns }], environment.scope);
  const keys = orderBy.map((item) => {
    const ordinal = ordinalOf(item.expression);
    const value =
      ordinal === null ? compileExpression(item.expression, inScope(environment, scope)) : columns[ordinal - 1];
    if (value === undefined) throw outOfRange(ordinal ?? 0);
    return orderKey(value, item);
  });
  const list = columns.map((column, i) => `${column.sql} AS c${i + 1}`).join(', ');
  return { ...query, sql: `SELECT ${list} FROM (${query.sql}) ${alias} ORDER BY ${keys.join(', ')}` };
}

export function orderKey(value: Typed, item: OrderItem): string {
  const direction = item.descending ? ' DESC' : '';
  const nulls = item.nulls === null ? '' : ` NULLS ${item.nulls}`;
  return `${sortKey(typedSql(value), value.type)}${direction}${nulls}`;
}

function ordinalOf(expression: Expression): number | null {
  return expression.kind === 'number' && /^[0-9]+$/u.test(expression.text) ? Number(expression.text) : null;
}

function outOfRange(ordinal: number): Error {
  return compilationError(2109, '42601', `Order By: position ${ordinal} is not in select list`);
}

function compileValues(values: Values, environment: Environment): CompiledQuery {
  const rows = values.rows.map((row) => row.map((cell) => compileExpression(cell, environment)));
  const width = rows[0]?.length ?? 0;
  const types: DataType[] = Array.from({ length: width }, () => untypedNull);
  for (const row of rows) {
    if (row.length !== width)
      throw compilationError(2057, '42601', 'Rows of VALUES have different numbers of columns.');
    row.forEach((cell, i) => {
      const common = commonType(types[i] ?? untypedNull, cell.type);
      if (common === null) {
        throw compilationError(
          2055,
          '42601',
          `Incompatible types in VALUES: [${formatType(types[i] ?? untypedNull)}] and [${formatType(cell.type)}].`,
        );
      }
      types[i] = common;
    });
  }
  const text = rows
    .map(
      (row) =>
        `(${row.map((cell, i) => typedSql(cast(cell, types[i] ?? untypedNull, environment.context))).join(', ')})`,
    )
    .join(', ');
  const columns = types.map((type, i) => ({
    name: `COLUMN${i + 1}`,
    type,
    nullable: rows.some((row) => row[i]?.nullable ?? true),
  }));
  const names = types.map((_, i) => `c${i + 1}`).join(', ');
  return {
    sql: `SELECT * FROM (VALUES ${text}) ${environment.context.alias()}(${names})`,
    columns,
    maxRows: rows.length,
  };
}

/** `a op b op c` of one operator is compiled side by side: nested as deep as it is long, it would be slow to plan. */
function branchesOf(operation: SetOperation): QueryBody[] {
  const { left } = operation;
  const same = left.kind === 'set' && left.operator === operation.operator && left.all === operation.all;
  return [...(same ? branchesOf(left) : [left]), operation.right];
}

function compileSetOperation(operation: SetOperation, environment: Environment): CompiledQuery {
  const [first, ...others] = branchesOf(operation).map((body, i) =>
    identified(compileBody(body, environment, []), i, environment),
  );
  if (first === undefined) throw new Error('a set operation has branches');
  const columns = others.reduce<readonly OutputColumn[]>(
    (all, query, i) => unifyColumns(all, query.columns, i + 2),
    first.columns,
  );
  const sql = [first, ...others].map((query) => `(${branchSql(query, columns, environment)})`);
  return { sql: sql.join(` ${operation.operator}${operation.all ? ' ALL' : ''} `), columns, maxRows: null };
}

/** The same row may come from two branches: it is told by its branch too. */
function identified(query: CompiledQuery, branch: number, environment: Environment): CompiledQuery {
  if (environment.reading?.rowIds !== true) return query;
  const alias = environment.context.alias();
  const cells = query.columns.map((column, i) => {
    const cell = `${alias}.c${i + 1}`;
    return `${isHidden(column) ? `concat(${branch}, ':', ${cell})` : cell} AS c${i + 1}`;
  });
  return { ...query, sql: `SELECT ${cells.join(', ')} FROM (${query.sql}) ${alias}` };
}

function unifyColumns(
  columns: readonly OutputColumn[],
  others: readonly OutputColumn[],
  branch: number,
): readonly OutputColumn[] {
  if (columns.length !== others.length) {
    throw compilationError(
      1789,
      '42601',
      `invalid number of result columns for set operator input branches, expected ${columns.length}, got ${others.length} in branch {${branch}}`,
    );
  }
  return columns.map((column, i): OutputColumn => {
    const other = others[i];
    const type = other === undefined ? null : commonType(column.type, other.type);
    if (other === undefined || type === null) {
      throw compilationError(
        2055,
        '42601',
        `inconsistent data type for result columns for set operator input branches, expected ${formatType(column.type)}, got ${formatType(other?.type ?? untypedNull)} for expression [${column.name}] branch {${branch}}`,
      );
    }
    return { name: column.name, type, nullable: column.nullable || other.nullable };
  });
}

function branchSql(query: CompiledQuery, columns: readonly OutputColumn[], environment: Environment): string {
  if (query.columns.every((column, i) => sameType(column.type, columns[i]?.type ?? untypedNull))) return query.sql;
  const alias = environment.context.alias();
  const cells = query.columns.map((column, i) => {
    const value: Typed = { sql: `${alias}.c${i + 1}`, type: column.type, nullable: column.nullable };
    const type = columns[i]?.type ?? column.type;
    return `${typedSql(type.kind === 'NULL' ? value : cast(value, type, environment.context))} AS c${i + 1}`;
  });
  return `SELECT ${cells.join(', ')} FROM (${query.sql}) ${alias}`;
}

interface Item {
  readonly name: string;
  readonly value: Typed;
  readonly expression: Expression | null;
}

function compileSelect(select: Select, outer: Environment, orderBy: readonly OrderItem[]): CompiledQuery {
  const from = select.from === null ? null : compileFrom(select.from, outer);
  const scope = new Scope(from?.sources ?? [], outer.scope, from?.merged);
  scope.aliases = selectAliases(select);
  const environment = inScope(outer, scope);

  const where = select.where === null ? null : condition(select.where, environment);
  const items = select.items.flatMap((item) => compileItem(item, environment, from?.star ?? []));
  if (items.length === 0) throw compilationError(1003, '42000', 'SELECT with no columns');
  if (outer.reading?.rowIds === true) {
    items.push({ name: rowIdentity.name, value: joinedIdentity(scope.sources), expression: null });
  }
  const groups = groupKeys(select, items, environment);
  const having = select.having === null ? null : condition(select.having, environment);
  const qualify = select.qualify === null ? null : condition(select.qualify, environment);
  const keys = orderBy.map((item) => selectOrderKey(item, items, environment, select.distinct));

  const clauses = [
    from === null ? '' : ` FROM ${from.sql}`,
    where === null ? '' : ` WHERE ${where.sql}`,
    groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`,
    having === null ? '' : ` HAVING ${having.sql}`,
  ].join('');
  const columns = items.map(({ name, value }): OutputColumn => ({
    name,
    type: value.type,
    nullable: value.nullable,
    origin: value.origin,
  }));
  const list = items.map(({ value }, i) => `${typedSql(value)} AS c${i + 1}`).join(', ');
  const aggregated =
    select.groupBy === null && select.items.some((item) => containsAggregate(item.expression, environment));
  const maxRows = from === null || aggregated ? 1 : null;

  if (qualify === null && !(select.distinct && keys.length > 0)) {
    const order =
      keys.length === 0 ? '' : ` ORDER BY ${keys.map((key) => `${key.expression}${key.direction}`).join(', ')}`;
    return { sql: `SELECT ${select.distinct ? 'DISTINCT ' : ''}${list}${clauses}${order}`, columns, maxRows };
  }
  const alias = outer.context.alias();
  if (qualify === null) {
    const order = keys.map((key) => `${key.ofOutput(alias)}${key.direction}`).join(', ');
    const outputs = items.map((_, i) => `${alias}.c${i + 1}`).join(', ');
    return {
      sql: `SELECT ${outputs} FROM (SELECT DISTINCT ${list}${clauses}) ${alias} ORDER BY ${order}`,
      columns,
      maxRows,
    };
  }
  const extra = keys.map((key, i) => `, ${key.expression} AS k${i + 1}`).join('');
  const inner = `SELECT ${list}, ${qualify.sql} AS q${extra}${clauses}`;
  const order =
    keys.length === 0 ? '' : ` ORDER BY ${keys.map((key, i) => `${alias}.k${i + 1}${key.direction}`).join(', ')}`;
  const outerList = items.map((_, i) => `${alias}.c${i + 1}`).join(', ');
  return {
    sql: `SELECT ${select.distinct ? 'DISTINCT ' : ''}${outerList} FROM (${inner}) ${alias} WHERE ${alias}.q${order}`,
    columns,
    maxRows,
  };
}

function selectAliases(select: Select): ReadonlyMap<string, Expression> {
  const aliases = new Map<string, Expression>();
  for (const item of select.items) {
    if (item.alias !== null && !aliases.has(item.alias.name)) aliases.set(item.alias.name, item.expression);
  }
  return aliases;
}

function compileItem(item: SelectItem, environment: Environment, star: readonly StarColumn[]): Item[] {
  const { expression } = item;
  if (expression.kind !== 'star') {
    const value = compileExpression(expression, environment);
    return [{ name: item.alias?.name ?? itemName(item), value, expression }];
  }
  const candidates: readonly StarColumn[] =
    expression.qualifier.length === 0
      ? star
      : environment.scope.matching(expression.qualifier).flatMap((source) => [...source.columns]);
  if (expression.qualifier.length === 0 && candidates.length === 0) {
    throw compilationError(2, '0A000', 'SELECT * with no FROM clause');
  }
  for (const name of expression.exclude) {
    if (!candidates.some((column) => column.name === name)) throw invalidIdentifier(expression.position, name);
  }
  return candidates
    .filter((column) => !isHidden(column) && !expression.exclude.includes(column.name))
    .map((column) => ({ name: column.name, value: column, expression: null }));
}

export type StarColumn = Typed & { readonly name: string };

/** A column keeps its name; anything else is called by its own text in upper case. */
function itemName(item: SelectItem): string {
  if (item.expression.kind === 'column') return item.expression.path.at(-1)?.name ?? item.source;
  return item.source
    .split(/("[^"]*"|'[^']*')/u)
    .map((part) =>
      part.startsWith('"') || part.startsWith("'") ? part.toUpperCase() : part.replaceAll(/\s+/gu, ' ').toUpperCase(),
    )
    .join('');
}

function groupKeys(select: Select, items: readonly Item[], environment: Environment): string[] {
  if (select.groupBy === null) return [];
  if (select.groupBy === 'ALL') {
    return items
      .filter((item) => item.expression === null || !containsAggregate(item.expression, environment))
      .map(({ value }) => typedSql(value));
  }
  return select.groupBy.map((key) => {
    const ordinal = ordinalOf(key);
    if (ordinal === null) return typedSql(compileExpression(key, environment));
    const item = items[ordinal - 1];
    if (item === undefined)
      throw compilationError(2109, '42601', `Group By: position ${ordinal} is not in select list`);
    return typedSql(item.value);
  });
}

interface SelectOrderKey {
  readonly expression: string;
  readonly direction: string;
  /** The same key over the output columns of a subselect with the given alias. */
  ofOutput(alias: string): string;
}

function selectOrderKey(
  item: OrderItem,
  items: readonly Item[],
  environment: Environment,
  distinct: boolean,
): SelectOrderKey {
  const direction = `${item.descending ? ' DESC' : ''}${item.nulls === null ? '' : ` NULLS ${item.nulls}`}`;
  const ordinal = ordinalOf(item.expression);
  let value: Typed | undefined;
  let index = -1;
  if (ordinal !== null) {
    index = ordinal - 1;
    value = items[index]?.value;
    if (value === undefined) throw outOfRange(ordinal);
  } else if (item.expression.kind === 'column' && item.expression.path.length === 1) {
    const name = item.expression.path[0]?.name;
    index = items.findIndex((candidate) => candidate.name === name);
    value = items[index]?.value;
  }
  value ??= compileExpression(item.expression, environment);
  if (distinct && index < 0) {
    index = items.findIndex((candidate) => candidate.value.sql === value.sql);
    if (index < 0) {
      throw compilationError(
        2077,
        '42601',
        `[${item.expression.kind === 'column' ? pathText(item.expression.path) : item.expression.kind}] is not a valid order by expression`,
      );
    }
  }
  const { type } = value;
  return {
    expression: sortKey(typedSql(value), type),
    direction,
    ofOutput: (alias) => sortKey(`${alias}.c${index + 1}`, type),
  };
}
