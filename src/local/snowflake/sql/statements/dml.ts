import type { Assignment, Expression, FromItem, Identifier, StatementOf } from '../ast.ts';
import type { ColumnEntry } from '../catalog/model.ts';
import { cast } from '../compile/cast.ts';
import { inScope, type Environment } from '../compile/context.ts';
import { compileExpression, condition } from '../compile/expression.ts';
import { compileFrom, type CompiledFrom } from '../compile/from.ts';
import { compileQuery } from '../compile/query.ts';
import { Scope } from '../compile/scope.ts';
import { compilationError, duplicateColumn } from '../errors.ts';
import { SnowflakeSqlError } from '../../engine.ts';
import type { BackendConnection } from '../execution/backend.ts';
import { deleteSql, hiddenCells, hiddenColumns, truncateSql, updateSql } from '../history/write-rows.ts';
import { defaultSql } from './create-table.ts';
import { counts, statementTypes, status } from './outcome.ts';
import type { Handler, StatementRun } from './run.ts';
import { targetColumn, targetSource, targetTable, type TargetTable } from './target-table.ts';

export const truncate: Handler<'truncate'> = async (statement, run) => {
  let target: TargetTable;
  try {
    target = targetTable(statement.name, 'TRUNCATE', run);
  } catch (error) {
    if (statement.ifExists && error instanceof SnowflakeSqlError && error.code === 2003)
      return status('Statement executed successfully.');
    throw error;
  }
  await run.write(target.table, 'change', async ({ connection, transaction, keep }) => {
    for (const sql of truncateSql(target.table, transaction, keep)) await connection.query(sql, run.signal);
  });
  return status('Statement executed successfully.');
};

export const insert: Handler<'insert'> = async (statement, run) => {
  const target = targetTable(statement.table, 'INSERT', run);
  const columns =
    statement.columns.length === 0 ? target.table.columns : statement.columns.map((name) => targetColumn(target, name));
  checkRepeats(columns);
  const rest = target.table.columns.filter((column) => !columns.includes(column));
  const names = [...[...columns, ...rest].map((column) => column.storage), hiddenColumns].join(', ');
  const defaults = rest.map((column) => defaultSql(column, target.table, run));
  const { source, overwrite } = statement;
  const rows =
    source.kind === 'rows'
      ? valuesSql(source.rows, columns, defaults, target, run)
      : querySql(source, columns, defaults, run);
  const { table } = target;
  const inserted = await run.write(
    table,
    overwrite ? 'change' : 'insert',
    async ({ connection, transaction, keep }) => {
      if (overwrite) {
        await connection.query(deleteSql({ table, transaction, keep, using: null, where: 'true' }), run.signal);
      }
      return (
        await connection.query(
          `INSERT INTO ${target.relation} (${names}) ${rows(hiddenCells(transaction))}`,
          run.signal,
        )
      ).count;
    },
  );
  return counts(statementTypes.insert, ['number of rows inserted', inserted]);
};

function checkRepeats(columns: readonly ColumnEntry[]): void {
  columns.forEach((column, i) => {
    if (columns.indexOf(column) !== i) throw duplicateColumn(column.name);
  });
}

function mismatch(expected: number, got: number): Error {
  return compilationError(
    2020,
    '21S01',
    `Insert value list does not match column list expecting ${expected} but got ${got}`,
  );
}

/** The rows to insert, with further cells at the end of each. */
type RowsSql = (more: string) => string;

function valuesSql(
  rows: readonly (readonly (Expression | null)[])[],
  columns: readonly ColumnEntry[],
  defaults: readonly string[],
  target: TargetTable,
  run: StatementRun,
): RowsSql {
  const lines = rows.map((row) => {
    if (row.length !== columns.length) throw mismatch(columns.length, row.length);
    const cells = row.map((cell, i) => {
      const column = columns[i];
      if (column === undefined) throw mismatch(columns.length, row.length);
      return cell === null ? defaultSql(column, target.table, run) : assigned(cell, column, run.environment);
    });
    return [...cells, ...defaults].join(', ');
  });
  return (more) => `VALUES ${lines.map((line) => `(${line}, ${more})`).join(', ')}`;
}

function querySql(
  source: Extract<StatementOf<'insert'>['source'], { kind: 'query' }>,
  columns: readonly ColumnEntry[],
  defaults: readonly string[],
  run: StatementRun,
): RowsSql {
  const query = compileQuery(source.query, run.environment);
  if (query.columns.length !== columns.length) throw mismatch(columns.length, query.columns.length);
  const cells = query.columns.map((column, i) => {
    const target = columns[i];
    const value = { sql: `x.c${i + 1}`, type: column.type, nullable: column.nullable };
    return target === undefined ? value.sql : cast(value, target.type, run.context, 'assign').sql;
  });
  return (more) => `SELECT ${[...cells, ...defaults, more].join(', ')} FROM (${query.sql}) x`;
}

/** A value as its column takes it: too long a string is an error, too precise a number is rounded. */
function assigned(expression: Expression, column: ColumnEntry, environment: Environment): string {
  return cast(
    compileExpression(expression, environment),
    column.type,
    environment.context,
    'assign',
    expression.position,
  ).sql;
}

export function assignmentSql(
  assignments: readonly Assignment[],
  target: TargetTable,
  environment: Environment,
  run: StatementRun,
): [ColumnEntry, string][] {
  const pairs = assignments.map(({ column: name, value }): [ColumnEntry, string] => {
    const column = targetColumn(target, name);
    return [column, value === null ? defaultSql(column, target.table, run) : assigned(value, column, environment)];
  });
  checkRepeats(pairs.map(([column]) => column));
  return pairs;
}

interface Joined {
  readonly from: CompiledFrom | null;
  readonly environment: Environment;
}

function joinTarget(target: TargetTable, alias: Identifier | null, other: FromItem | null, run: StatementRun): Joined {
  const from = other === null ? null : compileFrom(other, run.environment);
  const scope = new Scope([targetSource(target, 't', alias), ...(from?.sources ?? [])], null, from?.merged);
  return { from, environment: inScope(run.environment, scope) };
}

/** UPDATE … FROM: a row that several source rows match is updated once, from any one of them (sql-reference/sql/update). */
export const update: Handler<'update'> = async (statement, run) => {
  const target = targetTable(statement.table, 'UPDATE', run);
  const { from, environment } = joinTarget(target, statement.alias, statement.from, run);
  const pairs = assignmentSql(statement.assignments, target, environment, run);
  const where = statement.where === null ? 'true' : condition(statement.where, environment).sql;
  const values = pairs.map(([column, sql]) => [column.storage, sql] as const);
  const { table } = target;
  const using = from?.sql ?? null;
  const [updated, multiple] = await run.write(table, 'change', async ({ connection, transaction, keep }) => {
    let joined = 0;
    if (using !== null) {
      joined = await countOf(
        connection,
        `SELECT count(*) FROM (SELECT 1 FROM ${target.relation} t, ${using} WHERE ${where} GROUP BY t.ctid HAVING count(*) > 1) m`,
        run,
      );
    }
    const sql = updateSql({ table, transaction, keep, using, where }, values);
    return [await countOf(connection, sql, run), joined];
  });
  return counts(
    statementTypes.update,
    ['number of rows updated', updated],
    ['number of multi-joined rows updated', multiple],
  );
};

export const deleteRows: Handler<'delete'> = async (statement, run) => {
  const target = targetTable(statement.table, 'DELETE', run);
  const { from, environment } = joinTarget(target, statement.alias, statement.using, run);
  const where = statement.where === null ? 'true' : condition(statement.where, environment).sql;
  const using = from?.sql ?? null;
  const { table } = target;
  const deleted = await run.write(table, 'change', ({ connection, transaction, keep }) =>
    countOf(connection, deleteSql({ table, transaction, keep, using, where }), run),
  );
  return counts(statementTypes.delete, ['number of rows deleted', deleted]);
};

/** The number that a query gives. */
export async function countOf(connection: BackendConnection, sql: string, run: StatementRun): Promise<number> {
  return Number((await connection.query(sql, run.signal)).rows[0]?.[0] ?? 0);
}
