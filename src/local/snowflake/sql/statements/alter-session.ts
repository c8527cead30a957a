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
  switch (value.kind) {
    case 'string':
    case 'boolean':
      return value.value;
    case 'number':
      return Number(value.text);
    case 'bind': {
      const bound = binds[value.key]?.value;
      if (bound !== null && bound !== undefined) return bound;
      break;
    }
    case 'column':
      if (value.path.length === 1) return value.path[0]?.name ?? '';
      break;
    default:
  }
  throw compilationError(1008, '22023', `invalid value for parameter '${name}'`);
}
