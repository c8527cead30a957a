import type { QualifiedName } from '../ast.ts';
import { booleanLiteral, instantSql, integerLiteral, nullLiteral, textLiteral } from '../compile/literal.ts';
import type { Typed } from '../compile/typed.ts';
import { argumentTypes } from '../errors.ts';
import { parseName } from '../parser/cursor.ts';
import { date, formatType, number, time, timestampLtz, timestampNtz, varchar } from '../types/data-type.ts';
import { special, type BoundCall, type FunctionDefinition } from './definition.ts';
import { sessionZone } from '../compile/cast.ts';

/** The version that CURRENT_VERSION() and the log-in response report. */
export const snowflakeVersion = '9.20.1';

function nanoseconds(call: BoundCall): bigint {
  return BigInt(call.environment.context.now.getTime()) * 1_000_000n;
}

const text =
  (value: (call: BoundCall) => string | null) =>
  (call: BoundCall): Typed => {
    const found = value(call);
    return found === null
      ? { ...nullLiteral, sql: 'NULL::text', type: varchar() }
      : { ...textLiteral(found), type: varchar() };
  };

/** CURRENT_TIMESTAMP(p): the statement's time, in the session's zone. */
const currentTimestamp = (call: BoundCall): Typed => ({
  sql: instantSql(nanoseconds(call)),
  type: timestampLtz,
  nullable: false,
});

const utcNow = (call: BoundCall): Typed => ({
  sql: instantSql(nanoseconds(call)),
  type: timestampNtz,
  nullable: false,
});

const local = (call: BoundCall): string =>
  `('${call.environment.context.now.toISOString().replace('T', ' ').replace('Z', '')}'::timestamp AT TIME ZONE 'UTC' AT TIME ZONE '${sessionZone(call.environment.context).replaceAll("'", "''")}')`;

const currentDate = (call: BoundCall): Typed => ({ sql: `${local(call)}::date`, type: date, nullable: false });

const currentTime = (call: BoundCall): Typed => ({
  sql: `(extract(epoch from ${local(call)}::time) * 1000000000)::bigint`,
  type: time,
  nullable: false,
});

const lastQueryId = (call: BoundCall): Typed => {
  const [node] = call.node.args;
  const offset = node?.kind === 'number' ? Number(node.text) : -1;
  return text(() => call.environment.context.lastQueryId(offset))(call);
};

/**
 * The token of the latest change of a table, or of any table that a view reads; the name is a constant
 * (sql-reference/functions/system_last_change_commit_time).
 */
const lastChangeCommitTime = (call: BoundCall): Typed => ({
  sql: call.environment.context.changeToken(nameArgument(call)),
  type: number(38, 0),
  nullable: true,
});

/** The object that the only argument, a constant, names. */
function nameArgument(call: BoundCall): QualifiedName {
  const [arg] = call.args;
  const { position, name } = call.node;
  if (arg?.constant === undefined) throw argumentTypes(position, name, [arg?.type.kind ?? '']);
  return parseName(arg.constant);
}

/** Compares versions of the tables and not their rows, so it may be true of a stream that gives none (sql-reference/functions/system_stream_has_data). */
const streamHasData = (call: BoundCall): Typed =>
  booleanLiteral(call.environment.context.streamHasData(nameArgument(call)));

/** Nanoseconds since the epoch (sql-reference/functions/system_stream_get_table_timestamp); the type is not confirmed on the page. */
const streamTableTimestamp = (call: BoundCall): Typed => ({
  ...integerLiteral(call.environment.context.streamTableToken(nameArgument(call))),
  type: number(38, 0),
});

/** SYSTEM$TYPEOF names the type and the physical one; only the type is the stand-in's to know. */
const systemTypeof = (call: BoundCall): Typed => {
  const [arg] = call.args;
  return textLiteral(arg === undefined ? '' : typeName(arg));
};

function typeName({ type }: Typed): string {
  if (type.kind === 'NULL') return 'NULL[LOB]';
  const physical =
    type.kind === 'NUMBER' ? `SB${physicalBytes(type.precision)}` : type.kind === 'FLOAT' ? 'DOUBLE' : 'LOB';
  return `${formatType(type)}[${physical}]`;
}

function physicalBytes(precision: number): number {
  if (precision <= 2) return 1;
  if (precision <= 4) return 2;
  if (precision <= 9) return 4;
  return precision <= 18 ? 8 : 16;
}

export const contextFunctions: Readonly<Record<string, FunctionDefinition>> = {
  CURRENT_TIMESTAMP: special(0, 1, currentTimestamp),
  LOCALTIMESTAMP: special(0, 1, currentTimestamp),
  GETDATE: special(0, 0, currentTimestamp),
  SYSTIMESTAMP: special(0, 0, currentTimestamp),
  SYSDATE: special(0, 0, utcNow),
  CURRENT_DATE: special(0, 0, currentDate),
  CURRENT_TIME: special(0, 1, currentTime),
  LOCALTIME: special(0, 0, currentTime),
  CURRENT_USER: special(
    0,
    0,
    text((call) => call.environment.context.state.user),
  ),
  CURRENT_ROLE: special(
    0,
    0,
    text((call) => call.environment.context.state.role),
  ),
  CURRENT_DATABASE: special(
    0,
    0,
    text((call) => call.environment.context.state.database),
  ),
  CURRENT_SCHEMA: special(
    0,
    0,
    text((call) => call.environment.context.state.schema),
  ),
  CURRENT_WAREHOUSE: special(
    0,
    0,
    text((call) => call.environment.context.state.warehouse),
  ),
  CURRENT_ACCOUNT: special(
    0,
    0,
    text((call) => call.environment.context.state.account),
  ),
  CURRENT_ACCOUNT_NAME: special(
    0,
    0,
    text((call) => call.environment.context.state.account),
  ),
  CURRENT_REGION: special(
    0,
    0,
    text(() => 'AWS_US_WEST_2'),
  ),
  CURRENT_VERSION: special(
    0,
    0,
    text(() => snowflakeVersion),
  ),
  CURRENT_SESSION: special(
    0,
    0,
    text((call) => call.environment.context.sessionId),
  ),
  CURRENT_STATEMENT: special(
    0,
    0,
    text((call) => call.environment.context.statementText),
  ),
  LAST_QUERY_ID: special(0, 1, lastQueryId),
  SYSTEM$LAST_CHANGE_COMMIT_TIME: special(1, 1, lastChangeCommitTime),
  SYSTEM$STREAM_GET_TABLE_TIMESTAMP: special(1, 1, streamTableTimestamp),
  SYSTEM$STREAM_HAS_DATA: special(1, 1, streamHasData),
  SYSTEM$TYPEOF: special(1, 1, systemTypeof),
};
