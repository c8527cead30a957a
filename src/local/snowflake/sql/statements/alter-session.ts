import type { Expression } from '../ast.ts';
import { checkParameter, parameterDefinition, type ParameterValue } from '../execution/parameters.ts';
import { compilationError } from '../errors.ts';
import { status, statementTypes } from './outcome.ts';
import type { Handler } from './run.ts';

/** All parameters are checked before any is set. */
export const alterSession: Handler<'alterSession'> = (statement, run) => {
  const values = [...statement.set].map(
    ([name, value]) => [name, checkParameter(name, constant(name, value, run.context.binds))] as const,
  );
  for (const name of statement.unset) parameterDefinition(name);
  for (const [name, value] of values) run.state.parameters.set(name, value);
  for (const name of statement.unset) run.state.parameters.delete(name);
  return status('Statement executed successfully.', statementTypes.alterSession);
};

function constant(
  name: string,
  value: Expression,
  binds: Readonly<Record<string, { readonly value: string | null }>>,
): ParameterValue {
  if (value.kind === 'string' || value.kind === 'boolean') return value.value;
  if (value.kind === 'number') return Number(value.text);
  const bound = value.kind === 'bind' ? binds[value.key]?.value : null;
  if (bound !== null && bound !== undefined) return bound;
  const word = value.kind === 'column' && value.path.length === 1 ? value.path[0] : undefined;
  if (word !== undefined) return word.name;
  throw compilationError(1008, '22023', `invalid value for parameter '${name}'`);
}
