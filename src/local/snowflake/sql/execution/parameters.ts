import { compilationError } from '../errors.ts';

export type ParameterValue = string | number | boolean;

export interface ParameterDefinition {
  readonly type: 'STRING' | 'NUMBER' | 'BOOLEAN';
  readonly default: ParameterValue;
  readonly description: string;
  /** The values that the stand-in honours, where it does not honour all. */
  readonly allowed?: readonly ParameterValue[];
}

const format = (value: string, what: string): ParameterDefinition => ({
  type: 'STRING',
  default: value,
  description: `display format for ${what}`,
});
const geo = (what: string): ParameterDefinition => ({
  type: 'STRING',
  default: 'GeoJSON',
  description: `${what} display format: GeoJSON, WKT, WKB, EWKT or EWKB`,
});

/** The session parameters that the stand-in knows (sql-reference/parameters); any other is refused. */
export const parameterDefinitions: ReadonlyMap<string, ParameterDefinition> = new Map<string, ParameterDefinition>([
  ['AUTOCOMMIT', { type: 'BOOLEAN', default: true, description: 'commit after each statement', allowed: [true] }],
  ['BINARY_INPUT_FORMAT', { type: 'STRING', default: 'HEX', description: 'input format for binary', allowed: ['HEX'] }],
  [
    'BINARY_OUTPUT_FORMAT',
    { type: 'STRING', default: 'HEX', description: 'display format for binary', allowed: ['HEX', 'BASE64'] },
  ],
  ['CLIENT_MEMORY_LIMIT', { type: 'NUMBER', default: 1536, description: 'client memory for result sets, MB' }],
  [
    'CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX',
    { type: 'BOOLEAN', default: false, description: 'metadata requests use the current schema' },
  ],
  ['CLIENT_PREFETCH_THREADS', { type: 'NUMBER', default: 4, description: 'client prefetch threads' }],
  ['CLIENT_RESULT_CHUNK_SIZE', { type: 'NUMBER', default: 160, description: 'largest size of a result chunk, MB' }],
  [
    'CLIENT_RESULT_COLUMN_CASE_INSENSITIVE',
    { type: 'BOOLEAN', default: false, description: 'column names match in any case' },
  ],
  ['CLIENT_SESSION_KEEP_ALIVE', { type: 'BOOLEAN', default: false, description: 'keep the session alive' }],
  [
    'CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY',
    { type: 'NUMBER', default: 3600, description: 'seconds between heartbeats' },
  ],
  [
    'CLIENT_TIMESTAMP_TYPE_MAPPING',
    { type: 'STRING', default: 'TIMESTAMP_LTZ', description: 'type of bound timestamps' },
  ],
  ['DATE_INPUT_FORMAT', { type: 'STRING', default: 'AUTO', description: 'input format for date', allowed: ['AUTO'] }],
  ['DATE_OUTPUT_FORMAT', format('YYYY-MM-DD', 'date')],
  [
    'ERROR_ON_NONDETERMINISTIC_MERGE',
    { type: 'BOOLEAN', default: true, description: 'refuse a MERGE that matches a row twice', allowed: [true] },
  ],
  ['GEOGRAPHY_OUTPUT_FORMAT', geo('GEOGRAPHY')],
  ['GEOMETRY_OUTPUT_FORMAT', geo('GEOMETRY')],
  ['JSON_INDENT', { type: 'NUMBER', default: 2, description: 'width of indentation in JSON output' }],
  [
    'JS_TREAT_INTEGER_AS_BIGINT',
    { type: 'BOOLEAN', default: false, description: 'integers as BigInt in the Node.js driver' },
  ],
  ['LOCK_TIMEOUT', { type: 'NUMBER', default: 43200, description: 'seconds to wait for a lock' }],
  ['MULTI_STATEMENT_COUNT', { type: 'NUMBER', default: 1, description: 'statements in one request', allowed: [1] }],
  ['QUERY_TAG', { type: 'STRING', default: '', description: 'tag of the session’s statements' }],
  [
    'QUOTED_IDENTIFIERS_IGNORE_CASE',
    { type: 'BOOLEAN', default: false, description: 'quoted names in any case', allowed: [false] },
  ],
  [
    'ROWS_PER_RESULTSET',
    { type: 'NUMBER', default: 0, description: 'most rows in a result, 0 for no limit', allowed: [0] },
  ],
  [
    'STATEMENT_QUEUED_TIMEOUT_IN_SECONDS',
    { type: 'NUMBER', default: 0, description: 'seconds in a warehouse’s queue' },
  ],
  [
    'STATEMENT_TIMEOUT_IN_SECONDS',
    { type: 'NUMBER', default: 172800, description: 'seconds that a statement may run' },
  ],
  [
    'STRICT_JSON_OUTPUT',
    { type: 'BOOLEAN', default: false, description: 'JSON output strictly as the standard has it' },
  ],
  [
    'TIMESTAMP_DAY_IS_ALWAYS_24H',
    { type: 'BOOLEAN', default: false, description: 'DATEADD of days ignores daylight saving', allowed: [false] },
  ],
  [
    'TIMESTAMP_INPUT_FORMAT',
    { type: 'STRING', default: 'AUTO', description: 'input format for timestamp', allowed: ['AUTO'] },
  ],
  ['TIMESTAMP_LTZ_OUTPUT_FORMAT', format('', 'TIMESTAMP_LTZ')],
  ['TIMESTAMP_NTZ_OUTPUT_FORMAT', format('YYYY-MM-DD HH24:MI:SS.FF3', 'TIMESTAMP_NTZ')],
  ['TIMESTAMP_OUTPUT_FORMAT', format('YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM', 'timestamps')],
  [
    'TIMESTAMP_TYPE_MAPPING',
    {
      type: 'STRING',
      default: 'TIMESTAMP_NTZ',
      description: 'what TIMESTAMP means',
      allowed: ['TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', 'TIMESTAMP_TZ'],
    },
  ],
  ['TIMESTAMP_TZ_OUTPUT_FORMAT', format('', 'TIMESTAMP_TZ')],
  ['TIMEZONE', { type: 'STRING', default: 'America/Los_Angeles', description: 'time zone' }],
  ['TIME_INPUT_FORMAT', { type: 'STRING', default: 'AUTO', description: 'input format for time', allowed: ['AUTO'] }],
  ['TIME_OUTPUT_FORMAT', format('HH24:MI:SS', 'time')],
  [
    'TRANSACTION_ABORT_ON_ERROR',
    { type: 'BOOLEAN', default: false, description: 'abort a transaction on any error', allowed: [false] },
  ],
  [
    'TRANSACTION_DEFAULT_ISOLATION_LEVEL',
    { type: 'STRING', default: 'READ COMMITTED', description: 'isolation level', allowed: ['READ COMMITTED'] },
  ],
  [
    'TWO_DIGIT_CENTURY_START',
    { type: 'NUMBER', default: 1970, description: 'first year of two-digit years', allowed: [1970] },
  ],
  ['USE_CACHED_RESULT', { type: 'BOOLEAN', default: true, description: 'reuse persisted results' }],
  ['WEEK_OF_YEAR_POLICY', { type: 'NUMBER', default: 0, description: 'how weeks are numbered', allowed: [0] }],
  ['WEEK_START', { type: 'NUMBER', default: 0, description: 'first day of the week', allowed: [0, 1] }],
]);

const geoFormats = new Set(['GEOJSON', 'WKT', 'WKB', 'EWKT', 'EWKB']);

export function parameterDefinition(name: string): ParameterDefinition {
  const definition = parameterDefinitions.get(name);
  if (definition === undefined) throw compilationError(1423, '22023', `invalid parameter '${name}'`);
  return definition;
}

/** Checks a value for ALTER SESSION; throws 1008 for one that the parameter does not take. */
export function checkParameter(name: string, value: ParameterValue): ParameterValue {
  const definition = parameterDefinition(name);
  const refuse = (): Error => compilationError(1008, '22023', `invalid value [${value}] for parameter '${name}'`);
  let checked: ParameterValue = value;
  if (definition.type === 'BOOLEAN' && typeof value !== 'boolean') {
    if (typeof value !== 'string' || !/^(true|false)$/iu.test(value)) throw refuse();
    checked = /^true$/iu.test(value);
  } else if (definition.type === 'NUMBER' && typeof value !== 'number') {
    if (typeof value !== 'string' || !/^[0-9]+$/u.test(value)) throw refuse();
    checked = Number(value);
  } else if (definition.type === 'STRING' && typeof value !== 'string') {
    throw refuse();
  }
  if (definition.allowed !== undefined) {
    const folded = typeof checked === 'string' ? checked.toUpperCase() : checked;
    const found = definition.allowed.find((allowed) => allowed === folded || allowed === checked);
    if (found === undefined) throw refuse();
    return found;
  }
  if (
    (name === 'GEOGRAPHY_OUTPUT_FORMAT' || name === 'GEOMETRY_OUTPUT_FORMAT') &&
    !geoFormats.has(String(checked).toUpperCase())
  ) {
    throw refuse();
  }
  if (name === 'TIMEZONE' && !isTimeZone(String(checked))) throw refuse();
  return checked;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
