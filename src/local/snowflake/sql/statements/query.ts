import { compileQuery } from '../compile/query.ts';
import { statementTypes } from './outcome.ts';
import type { Handler } from './run.ts';

export const query: Handler<'query'> = (statement, run) => {
  const compiled = compileQuery(statement.query, run.environment);
  return {
    kind: 'query',
    statementTypeId: statementTypes.select,
    columns: compiled.columns,
    sql: compiled.sql,
    maxRows: compiled.maxRows,
  };
};
