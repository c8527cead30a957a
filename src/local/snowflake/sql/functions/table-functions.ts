import type { Expression, FunctionCall } from '../ast.ts';
import type { Environment } from '../compile/context.ts';
import { compileExpression } from '../compile/expression.ts';
import type { OutputColumn } from '../compile/typed.ts';
import { argumentCount, argumentTypes, compilationError, unknownTableFunction } from '../errors.ts';
import { number } from '../types/data-type.ts';
import { generatorColumn } from './numeric-functions.ts';

export interface CompiledTable {
  readonly sql: string;
  readonly columns: readonly (OutputColumn & { readonly storage?: string })[];
}

type TableFunction = (call: FunctionCall, environment: Environment) => CompiledTable;

const tableFunctions = new Map<string, TableFunction>([
  ['RESULT_SCAN', resultScan],
  ['GENERATOR', generator],
]);

/** What stands in `TABLE(…)`. Throws 2142 for a name that the stand-in does not know. */
export function compileTableFunction(call: FunctionCall, environment: Environment): CompiledTable {
  const found = tableFunctions.get(call.name);
  if (found === undefined) throw unknownTableFunction(call.name);
  return found(call, environment);
}

/** The rows of an earlier result, in its order (sql-reference/functions/result_scan). */
function resultScan(call: FunctionCall, environment: Environment): CompiledTable {
  const [argument] = call.args;
  if (argument === undefined || call.args.length !== 1 || call.named.length > 0) {
    throw argumentCount(call.position, call.source, 1, call.args.length);
  }
  const result = environment.context.result(constantQueryId(argument, environment));
  const cells = result.columns.map((column, i) => `r.${column.storage} AS c${i + 1}`);
  return {
    sql: `SELECT ${cells.join(', ')} FROM ${result.relation} r ORDER BY r.${result.order}`,
    columns: result.columns.map(({ name, type, nullable, origin }) => ({ name, type, nullable, origin })),
  };
}

/** A query id written as a string, a bind or a call of LAST_QUERY_ID. */
export function constantQueryId(argument: Expression, environment: Environment): string {
  const value = compileExpression(argument, environment);
  if (value.constant === undefined) throw argumentTypes(argument.position, 'RESULT_SCAN', [value.type.kind]);
  return value.constant;
}

/** Rows without columns (sql-reference/functions/generator); only ROWCOUNT, a constant, is known here. */
function generator(call: FunctionCall, environment: Environment): CompiledTable {
  const [argument] = call.named;
  if (call.args.length > 0 || call.named.length !== 1 || argument?.name !== 'ROWCOUNT') {
    throw compilationError(2, '0A000', 'GENERATOR takes ROWCOUNT => <constant>, and nothing else, in this stand-in.');
  }
  const { value } = argument;
  let rows: string | null | undefined;
  if (value.kind === 'number') rows = value.text;
  if (value.kind === 'bind') rows = environment.context.binds[value.key]?.value;
  if (rows === null || rows === undefined || !/^[0-9]+$/u.test(rows)) {
    throw compilationError(1015, '22023', 'GENERATOR: ROWCOUNT must be a non-negative constant.');
  }
  return {
    sql: `SELECT g::numeric AS c1 FROM generate_series(0, ${rows}::bigint - 1) g`,
    columns: [{ name: generatorColumn, type: number(19, 0), nullable: false }],
  };
}
