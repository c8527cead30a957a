import { SnowflakeSqlError } from '../../engine.ts';
import { cancelled, compilationError, executionError } from '../errors.ts';

interface PostgresError extends Error {
  readonly code?: string;
  readonly detail?: string;
}

/** What Snowflake would have said of an error that Postgres raised while it ran a translated statement. */
export function translateError(error: unknown): Error {
  if (error instanceof SnowflakeSqlError || !(error instanceof Error))
    return error instanceof Error ? error : new Error(String(error));
  const { code = '', detail = '', message } = error as PostgresError;
  switch (code) {
    case 'SF001': {
      const [number = '', state = '', ...text] = message.split('|');
      return executionError(Number(number), state, text.join('|'));
    }
    case '57014':
      return cancelled();
    case '22012':
      return executionError(100051, '22012', 'Division by zero');
    case '22003': {
      const field = /precision ([0-9]+), scale ([0-9]+)/u.exec(detail);
      const type = field === null ? 'FIXED' : `FIXED(${field[1] ?? ''},${field[2] ?? ''}){nullable}`;
      return executionError(100046, '22003', `Number out of representable range: type ${type}`);
    }
    case '21000':
      return executionError(90150, '22000', 'Single-row subquery returns more than one row.');
    case '23502':
      return executionError(100072, '22000', 'NULL result in a non-nullable column');
    case '42803': {
      const column = /column "([^"]+)"/u.exec(message)?.[1] ?? message;
      return compilationError(979, '42601', `[${column}] is not a valid group by expression`);
    }
    case '2201B':
      return executionError(100048, '2201B', `Invalid regular expression: ${message}`);
    case '22008':
      return executionError(100132, '22007', `Date or timestamp is out of range: ${message}`);
    case '22023':
      return executionError(100095, '22023', message);
    case '2201E':
    case '2201F':
      return executionError(100048, '22003', `Invalid floating point operation: ${message}`);
    case '54001':
      return executionError(300010, 'XX000', 'Statement is too complex for the stand-in: nesting is too deep');
    default:
      return error;
  }
}
