import type { TimePoint } from '../ast.ts';
import type { Environment } from '../compile/context.ts';
import { compileExpression } from '../compile/expression.ts';
import type { Typed } from '../compile/typed.ts';
import { compilationError, statementNotFound, streamNameExpected } from '../errors.ts';
import { clockMoment, type Moment } from './moment.ts';
import { isTimestamp } from '../types/data-type.ts';

/** What the evaluation of a point in time needs of the session. */
export interface PointContext {
  /** Without any columns: a point is a constant. */
  readonly environment: Environment;
  readonly now: Date;
  /** The value of a Postgres expression, as text. */
  evaluate(sql: string): Promise<string | null>;
  /** {@link StatementMoments.find} */
  statement(queryId: string, before: boolean): Moment;
  /** Where a stream stands; throws for one that is not there. */
  stream(name: string): Moment;
}

/**
 * Evaluates a point in time (sql-reference/constructs/at-before). AT includes what was committed at its very time, BEFORE does not; times
 * count in milliseconds.
 */
export async function evaluatePoint(point: TimePoint, context: PointContext): Promise<Moment> {
  const before = point.side === 'BEFORE';
  const value = compileExpression(point.value, context.environment);
  switch (point.by) {
    case 'STATEMENT': {
      const { constant } = value;
      if (constant === undefined) throw statementNotFound(point.source.toLowerCase());
      return context.statement(constant, before);
    }
    case 'STREAM':
      if (value.constant === undefined) throw streamNameExpected();
      return context.stream(value.constant);
    case 'OFFSET': {
      const seconds = await offset(point, value, context);
      return at(context.now.getTime() + Math.floor(seconds * 1000), before);
    }
    case 'TIMESTAMP': {
      const milliseconds = await timestamp(point, value, context);
      if (milliseconds > context.now.getTime()) throw futureTime(point);
      return at(milliseconds, before);
    }
  }
}

function at(milliseconds: number, before: boolean): Moment {
  return clockMoment(before ? milliseconds - 1 : milliseconds);
}

async function offset(point: TimePoint, value: Typed, context: PointContext): Promise<number> {
  const { kind } = value.type;
  const text = kind === 'NUMBER' || kind === 'FLOAT' ? await context.evaluate(`(${value.sql})::numeric`) : null;
  // An offset into the future is refused in the same words, the text of an account.
  if (text === null || Number(text) > 0) throw wrongType(point, 'OFFSET');
  return Number(text);
}

/** In ms since the epoch. Without a time zone it is UTC, whatever the session's zone is. */
async function timestamp(point: TimePoint, value: Typed, context: PointContext): Promise<number> {
  const { type } = value;
  if (isTimestamp(type)) return milliseconds(point, value.sql, context);
  if (type.kind === 'VARCHAR') return milliseconds(point, asTimestamp(point, context), context);
  throw wrongType(point, 'TIMESTAMP');
}

function asTimestamp(point: TimePoint, context: PointContext): string {
  const { position } = point;
  const type = { name: 'TIMESTAMP_NTZ', parameters: [], position };
  return compileExpression({ kind: 'cast', operand: point.value, type, lenient: false, position }, context.environment)
    .sql;
}

async function milliseconds(point: TimePoint, sql: string, context: PointContext): Promise<number> {
  const text = await context.evaluate(`floor(extract(epoch FROM (${sql}).t) * 1000)::bigint`);
  if (text === null) throw wrongType(point, 'TIMESTAMP');
  return Number(text);
}

function wrongType(point: TimePoint, by: string): Error {
  const source = point.value.kind === 'null' ? 'null' : point.source;
  return compilationError(2210, '42601', `Invalid data type [${source}] in ${point.side}(${by} => ${source})`);
}

/** The wording is not confirmed on a page. */
function futureTime(point: TimePoint): Error {
  return compilationError(
    2210,
    '42601',
    `Invalid time in ${point.side}(TIMESTAMP => ${point.source}): it is in the future.`,
  );
}
