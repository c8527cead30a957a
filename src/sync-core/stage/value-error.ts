import pg from 'pg';
import { isSyncError, SyncError } from '../errors.ts';
import type { CopyBatch } from './copy-batches.ts';

/** A field of the COPY line, as far as an error message needs it. */
export interface LineField {
  readonly target: string;
  readonly postgresType: string;
}

/** Characters of a value that a message shows. */
const shownValue = 80;

/**
 * A failed COPY as an error about the value that Postgres would not take: the column, the row's key, and what to do. The batch
 * is still at hand, so the line that Postgres complains of can be read again. Other failures are returned as they are.
 */
export function toValueError(
  error: unknown,
  batch: CopyBatch,
  context: { readonly table: string; readonly fields: readonly LineField[]; readonly key: readonly string[] },
): unknown {
  const cause = isSyncError(error) ? error.cause : undefined;
  if (!(cause instanceof pg.DatabaseError) || cause.code?.startsWith('22') !== true) return error;
  const where = /^COPY .*?, line (\d+)(?:, column (.*?)(?:: |$))?/m.exec(cause.where ?? '');
  if (where === null) return error;
  const values = lineAt(batch.body, Number(where[1]))?.split('\t') ?? [];
  const column = where[2] ?? columnWithNul(values, context.fields);
  const field = context.fields.find(({ target }) => target === column);
  const key = context.key
    .map((name) => {
      const position = context.fields.findIndex(({ target }) => target === name);
      return position < 0 ? undefined : `${name} = ${shorten(values[position] ?? '?')}`;
    })
    .filter((part) => part !== undefined)
    .join(', ');
  const row = key === '' ? 'a row' : `the row with ${key}`;
  const place = column === undefined ? `In ${row}` : `Column ${column} of ${row}`;
  const details = { column: column ?? '?', ...(key !== '' && { key }), reason: cause.message };
  if (isUnrepresentable(cause.code)) {
    return new SyncError('value.unrepresentable', `${place} has a value that Postgres cannot hold: ${cause.message}.`, {
      table: context.table,
      cause: error,
      details,
      remedy: `Correct it at the source, or set "onUnrepresentable": "strip" for ${context.table} to leave such characters out.`,
    });
  }
  const wider = field === undefined ? '' : widerType(field.postgresType);
  return new SyncError(
    'value.outOfRange',
    `${place} has a value that does not fit ${field?.postgresType ?? 'its type'}: ${cause.message}.`,
    {
      table: context.table,
      cause: error,
      details,
      remedy: `Set "columns": { "types": { "${column ?? 'column'}": "${wider}" } } for ${context.table}, or leave the column out with "exclude".`,
    },
  );
}

/** Invalid byte sequence, untranslatable character (\u0000 in JSON). */
function isUnrepresentable(sqlState: string): boolean {
  return sqlState === '22021' || sqlState === '22P05';
}

function widerType(type: string): string {
  if (/^(?:smallint|integer|bigint|numeric)/.test(type)) return 'numeric';
  if (/^(?:character varying|varchar|character)/.test(type)) return 'text';
  if (type.includes('geometry')) return 'geometry';
  return 'text';
}

/** The line of that number, from 1, as text. */
function lineAt(body: Buffer, number: number): string | undefined {
  let start = 0;
  for (let line = 1; line < number; line += 1) {
    const end = body.indexOf(0x0a, start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = body.indexOf(0x0a, start);
  return body.toString('utf8', start, end < 0 ? body.length : end);
}

/** Postgres checks a whole line's encoding before it looks at columns, so it cannot name the one with the NUL. */
function columnWithNul(values: readonly string[], fields: readonly LineField[]): string | undefined {
  return fields[values.findIndex((value) => value.includes('\0'))]?.target;
}

function shorten(value: string): string {
  const shown = value.replaceAll('\0', '\\0');
  return shown.length <= shownValue ? shown : `${shown.slice(0, shownValue)}…`;
}
