import { SyncError } from '../errors.ts';
import { sqlStateOf } from './postgres-error.ts';
import type { PostgresSession } from './session.ts';

/** Syntax error, undefined object, invalid parameter: what a type name that is none ends in. */
const notAType = new Set(['42601', '42704', '22023', '42602']);

/**
 * Types as the catalog names them (`varchar(32)` is `character varying(32)`), so that they can be compared with those of columns.
 * @param searchPath where unqualified names are looked up.
 * @throws SyncError `usage` naming a text that is no type of this server.
 */
export async function canonicalTypes(
  session: PostgresSession,
  types: readonly string[],
  searchPath: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const result = new Map<string, string>();
  for (const type of new Set(types)) {
    try {
      const found = await session.transaction((transaction) => transaction.resultTypes(`SELECT NULL::${type}`), {
        searchPath,
      });
      const [first] = found;
      if (first === undefined || found.length !== 1) throw notType(type);
      const [row] = await session.query<{ name: string }>('SELECT format_type($1, $2) AS name', [
        first.oid,
        first.modifier,
      ]);
      result.set(type, row?.name ?? type);
    } catch (error) {
      throw notAType.has(sqlStateOf(error) ?? '') ? notType(type, error) : error;
    }
  }
  return result;
}

function notType(type: string, cause?: unknown): SyncError {
  return new SyncError('usage', `${type} is not a type of the target database.`, {
    cause,
    remedy:
      'Correct "types" or "computed" in snowmelt.json; a type of an extension needs the extension: CREATE EXTENSION postgis.',
  });
}
