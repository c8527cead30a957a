import { SnowflakeSqlError } from '../engine.ts';
import type { Position } from './ast.ts';

/**
 * Snowflake's compilation and run-time errors, with the codes and texts that its drivers report. Codes were taken from
 * messages printed on the documentation's pages and in public issue threads; one place, so that they are corrected in one place.
 */

function at(position: Position): string {
  return `error line ${position.line} at position ${position.column}`;
}

export function syntaxError(position: Position, unexpected: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    1003,
    '42000',
    `SQL compilation error:\nsyntax error line ${position.line} at position ${position.column} unexpected '${unexpected}'.`,
  );
}

export function unsupported(feature: string): SnowflakeSqlError {
  return new SnowflakeSqlError(2, '0A000', `SQL compilation error:\nUnsupported feature '${feature}'.`);
}

export function unknownFunction(name: string): SnowflakeSqlError {
  return new SnowflakeSqlError(2140, '42601', `SQL compilation error:\nUnknown function ${name}`);
}

export function unknownTableFunction(name: string): SnowflakeSqlError {
  return new SnowflakeSqlError(2142, '42601', `SQL compilation error:\nUnknown table function ${name}`);
}

export function argumentCount(position: Position, call: string, expected: number, got: number): SnowflakeSqlError {
  const [code, word] = got < expected ? [938, 'not enough'] : [939, 'too many'];
  return new SnowflakeSqlError(
    code,
    '22023',
    `SQL compilation error: ${at(position)}\n${word} arguments for function [${call}] expected ${expected}, got ${got}`,
  );
}

export function argumentTypes(position: Position, name: string, types: readonly string[]): SnowflakeSqlError {
  return new SnowflakeSqlError(
    1044,
    '42P13',
    `SQL compilation error: ${at(position)}\nInvalid argument types for function '${name}': (${types.join(', ')})`,
  );
}

export function invalidArgument(position: Position, name: string, detail: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    1015,
    '22023',
    `SQL compilation error: ${at(position)}\ninvalid value ${detail} for function '${name}'`,
  );
}

export function invalidIdentifier(position: Position, identifier: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    904,
    '42000',
    `SQL compilation error: ${at(position)}\ninvalid identifier '${identifier}'`,
  );
}

export function ambiguousColumn(position: Position, identifier: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    2028,
    '42601',
    `SQL compilation error: ${at(position)}\nambiguous column name '${identifier}'`,
  );
}

export function duplicateColumn(name: string): SnowflakeSqlError {
  return new SnowflakeSqlError(2025, '42S21', `SQL compilation error:\nduplicate column name '${name}'`);
}

export function duplicateAlias(name: string): SnowflakeSqlError {
  return new SnowflakeSqlError(2026, '42712', `SQL compilation error:\nduplicate alias '${name}'`);
}

/** Tables and views. */
export function objectMissing(name: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    2003,
    '42S02',
    `SQL compilation error:\nObject '${name}' does not exist or not authorized.`,
  );
}

export function containerMissing(
  kind: 'Database' | 'Schema' | 'Table' | 'View' | 'Stream',
  name: string,
): SnowflakeSqlError {
  return new SnowflakeSqlError(
    2003,
    '02000',
    `SQL compilation error:\n${kind} '${name}' does not exist or not authorized.`,
  );
}

/** A table where a view was named, or a view for a table. */
export function wrongKind(found: string, named: string): SnowflakeSqlError {
  return compilationError(1066, '42710', `Object found is of type '${found}', not specified type '${named}'.`);
}

export function objectExists(name: string): SnowflakeSqlError {
  return new SnowflakeSqlError(2002, '42710', `SQL compilation error:\nObject '${name}' already exists.`);
}

/** What `USE` and `SHOW … IN` say of a missing container. */
export function operationImpossible(): SnowflakeSqlError {
  return new SnowflakeSqlError(
    2043,
    '02000',
    'SQL compilation error:\nObject does not exist, or operation cannot be performed.',
  );
}

export function insufficientPrivileges(kind: string, name: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    3001,
    '42501',
    `SQL access control error:\nInsufficient privileges to operate on ${kind} '${name}'`,
  );
}

export function noCurrentDatabase(operation: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    90105,
    '22000',
    `Cannot perform ${operation}. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.`,
  );
}

export function noCurrentSchema(operation: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    90106,
    '22000',
    `Cannot perform ${operation}. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name.`,
  );
}

/** Any other refusal by the compiler. */
export function compilationError(code: number, sqlState: string, message: string): SnowflakeSqlError {
  return new SnowflakeSqlError(code, sqlState, `SQL compilation error:\n${message}`);
}

export function executionError(code: number, sqlState: string, message: string): SnowflakeSqlError {
  return new SnowflakeSqlError(code, sqlState, message);
}

/** What a statement ends with that runs longer than STATEMENT_TIMEOUT_IN_SECONDS allows. */
export function timedOut(seconds: number): SnowflakeSqlError {
  return new SnowflakeSqlError(
    630,
    '57014',
    `Statement reached its statement or warehouse timeout of ${seconds} second(s) and was canceled.`,
  );
}

/**
 * Data of the past that is not there. Code, SQL state and text are those of a printed message (sql-reference/constructs/at-before, "Using the
 * AT TIMESTAMP parameter").
 */
export function timeTravelUnavailable(table: string): SnowflakeSqlError {
  return executionError(
    707,
    '02000',
    `Time travel data is not available for table ${table}. The requested time is either beyond the allowed time travel period or before the object creation time.`,
  );
}

/** Changes that were not tracked. The code is of user-guide/dynamic-tables-troubleshoot; the SQL state is not confirmed on a page. */
export function changeTrackingMissing(table: string): SnowflakeSqlError {
  return executionError(
    91930,
    '55000',
    `SQL compilation error: Change tracking is not enabled or has been missing for the time range requested on table '${table}'.`,
  );
}

/** A query whose changes cannot be told (user-guide/streams-intro, "Streams on views"). The code is not confirmed on a page. */
export function changesUnsupported(what: string): SnowflakeSqlError {
  return compilationError(2, '0A000', `Change tracking is not supported on queries with ${what}.`);
}

/** What reading the changes of geospatial values ends with: the comparison that finds the changes is not written in the statement, so it has no place. */
export function equalNull(type: string): SnowflakeSqlError {
  return argumentTypes({ line: 0, column: -1 }, 'EQUAL_NULL', [type, type]);
}

export function statementNotFound(queryId: string): SnowflakeSqlError {
  return executionError(709, '02000', `Statement ${queryId} not found`);
}

export function streamNotFound(name: string): SnowflakeSqlError {
  return executionError(2003, '02000', `Stream '${name}' not found.`);
}

export function streamNameExpected(): SnowflakeSqlError {
  return compilationError(2210, '42601', 'Time travel AT(STREAM => _) expected a stream name, got NULL.');
}

/** A stream whose table or view is gone, was made anew, or may no longer be read. Code, SQL state and text are those of a printed message. */
export function streamBaseDropped(base: string, stream: string, { line, column }: Position): SnowflakeSqlError {
  return executionError(
    91901,
    '01000',
    `Base table '${base}' dropped, cannot read from stream '${stream}' in line ${line} position ${column}`,
  );
}

/** A stream that was not consumed in time. Code and wording are not confirmed on a page. */
export function streamStale(stream: string): SnowflakeSqlError {
  return executionError(
    91901,
    '01000',
    `Stream '${stream}' is stale: its offset is beyond the retention of its source.`,
  );
}

export function cancelled(): SnowflakeSqlError {
  return new SnowflakeSqlError(604, '57014', 'SQL execution canceled');
}
