import type { MergeClause } from '../ast.ts';
import { cast } from '../compile/cast.ts';
import { inScope, type Environment } from '../compile/context.ts';
import { compileExpression, condition } from '../compile/expression.ts';
import { compileFrom } from '../compile/from.ts';
import { Scope } from '../compile/scope.ts';
import { compilationError, executionError } from '../errors.ts';
import { defaultSql } from './create-table.ts';
import { deleteSql, hiddenCells, hiddenColumns, updateSql, type RowChange } from '../history/write-rows.ts';
import { assignmentSql, countOf } from './dml.ts';
import { counts, statementTypes } from './outcome.ts';
import type { Handler, RowWriter, StatementRun } from './run.ts';
import { targetColumn, targetSource, targetTable, type TargetTable } from './target-table.ts';

/**
 * MERGE through a list of pairs: each source row with the target row that it matches, and the number of the first clause that applies. The
 * list is made once, so that every clause sees the rows as they were. A target row that two source rows would change is an
 * error, as ERROR_ON_NONDETERMINISTIC_MERGE has it by default (sql-reference/sql/merge).
 */
export const merge: Handler<'merge'> = async (statement, run) => {
  const target = targetTable(statement.table, 'UPDATE', run);
  const source = compileFrom(statement.source, run.environment);
  const scope = new Scope([targetSource(target, 't', statement.alias), ...source.sources], null, source.merged);
  const environment = inScope(run.environment, scope);
  const on = condition(statement.on, environment).sql;
  const clauses = statement.clauses.map((clause, i) => compileClause(clause, i, target, environment, run));
  const numbers = (matched: boolean): string => {
    const whens = clauses
      .filter((clause) => clause.matched === matched)
      .map((clause) => `WHEN ${clause.condition} THEN ${clause.number}`);
    return whens.length === 0 ? 'NULL::int' : `CASE ${whens.join(' ')} END`;
  };
  const cells = clauses.flatMap((clause) => clause.cells.map((cell, c) => `${cell} AS v${clause.number}_${c}`));
  const extra = cells.length === 0 ? '' : `, ${cells.join(', ')}`;
  const pairs = `sf_results.merge_${run.context.statementNumber}`;
  const counted = { inserted: 0, updated: 0, deleted: 0 };
  await run.write(target.table, 'change', async (writer) => {
    const { connection } = writer;
    await connection.query(
      `CREATE UNLOGGED TABLE ${pairs} AS SELECT t.ctid AS target, CASE WHEN t.ctid IS NULL THEN ${numbers(false)} ELSE ${numbers(true)} END AS clause${extra} FROM ${source.sql} LEFT JOIN ${target.relation} t ON ${on}`,
      run.signal,
    );
    const repeated = await connection.query(
      `SELECT 1 FROM ${pairs} WHERE target IS NOT NULL AND clause IS NOT NULL GROUP BY target HAVING count(*) > 1 LIMIT 1`,
      run.signal,
    );
    if (repeated.rows.length > 0) throw executionError(100090, '42P18', 'Duplicate row detected during DML action');
    for (const clause of clauses) counted[clause.counts] += await countOf(connection, clause.sql(pairs, writer), run);
    await connection.query(`DROP TABLE ${pairs}`);
  });
  const has = (kind: 'inserted' | 'updated' | 'deleted'): boolean => clauses.some((clause) => clause.counts === kind);
  const columns: [string, number][] = [];
  if (has('inserted')) columns.push(['number of rows inserted', counted.inserted]);
  if (has('updated')) columns.push(['number of rows updated', counted.updated]);
  if (has('deleted')) columns.push(['number of rows deleted', counted.deleted]);
  return counts(statementTypes.merge, ...columns);
};

interface CompiledClause {
  readonly number: number;
  readonly matched: boolean;
  readonly condition: string;
  /** Values computed while source and target are side by side. */
  readonly cells: readonly string[];
  readonly counts: 'inserted' | 'updated' | 'deleted';
  /** A query whose only value is the number of rows that it touched. */
  sql(pairs: string, writer: RowWriter): string;
}

function compileClause(
  clause: MergeClause,
  index: number,
  target: TargetTable,
  environment: Environment,
  run: StatementRun,
): CompiledClause {
  const number = index + 1;
  const test = clause.condition === null ? 'true' : condition(clause.condition, environment).sql;
  const common = { number, matched: clause.kind !== 'insert', condition: test };
  const { table } = target;
  const change = (pairs: string, { transaction, keep }: RowWriter): RowChange => ({
    table,
    transaction,
    keep,
    using: `${pairs} p`,
    where: `p.target = t.ctid AND p.clause = ${number}`,
  });
  switch (clause.kind) {
    case 'delete':
      return {
        ...common,
        cells: [],
        counts: 'deleted',
        sql: (pairs, writer) => deleteSql(change(pairs, writer)),
      };
    case 'update': {
      const assignments = assignmentSql(clause.assignments, target, environment, run);
      const values = assignments.map(([column], c) => [column.storage, `p.v${number}_${c}`] as const);
      return {
        ...common,
        cells: assignments.map(([, sql]) => sql),
        counts: 'updated',
        sql: (pairs, writer) => updateSql(change(pairs, writer), values),
      };
    }
    case 'insert': {
      const columns =
        clause.columns.length === 0 ? target.table.columns : clause.columns.map((name) => targetColumn(target, name));
      if (columns.length !== clause.values.length) {
        throw compilationError(
          2020,
          '21S01',
          `Insert value list does not match column list expecting ${columns.length} but got ${clause.values.length}`,
        );
      }
      const values = clause.values.map((value, c) => {
        const column = columns[c];
        if (column === undefined) throw new Error('lists of equal length');
        if (value === null) return defaultSql(column, target.table, run);
        return cast(compileExpression(value, environment), column.type, run.context, 'assign', value.position).sql;
      });
      const rest = target.table.columns.filter((column) => !columns.includes(column));
      const cells = [...values, ...rest.map((column) => defaultSql(column, target.table, run))];
      const names = [...[...columns, ...rest].map((column) => column.storage), hiddenColumns].join(', ');
      return {
        ...common,
        cells,
        counts: 'inserted',
        sql: (pairs, { transaction }) =>
          `WITH new AS (INSERT INTO ${target.relation} (${names}) SELECT ${[...cells.map((_, c) => `p.v${number}_${c}`), hiddenCells(transaction)].join(', ')} FROM ${pairs} p WHERE p.target IS NULL AND p.clause = ${number} RETURNING 1) SELECT count(*) FROM new`,
      };
    }
  }
}
