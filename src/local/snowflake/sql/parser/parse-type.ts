import type { TypeName } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** A type's name with its parameters: `NUMBER(38, 0)`, `DOUBLE PRECISION`, `MAP(VARCHAR, NUMBER)`, `VECTOR(FLOAT, 3)`. */
export function parseType(cursor: Cursor): TypeName {
  const position = cursor.position;
  let name = cursor.member().name;
  if (name === 'DOUBLE' && cursor.takeWords('PRECISION')) name = 'DOUBLE PRECISION';
  if ((name === 'CHAR' || name === 'NCHAR') && cursor.takeWords('VARYING')) name = 'CHAR VARYING';
  if (name === 'TIMESTAMP') {
    if (cursor.takeWords('WITH', 'TIME', 'ZONE')) name = 'TIMESTAMP_TZ';
    else if (cursor.takeWords('WITH', 'LOCAL', 'TIME', 'ZONE')) name = 'TIMESTAMP_LTZ';
    else if (cursor.takeWords('WITHOUT', 'TIME', 'ZONE')) name = 'TIMESTAMP_NTZ';
  }
  const parameters: (number | TypeName)[] = [];
  if (cursor.takeOperator('(')) {
    parameters.push(...cursor.list(() => (cursor.current.kind === 'number' ? cursor.integer() : parseType(cursor))));
    cursor.expectOperator(')');
  }
  return { name, parameters, position };
}
