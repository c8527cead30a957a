export type ParameterValue = string | number | boolean;

/**
 * The parameters that the service reports at log-in and with every result, at their documented defaults
 * (docs.snowflake.com/en/sql-reference/parameters). The driver formats values by some of them: without
 * `BINARY_OUTPUT_FORMAT` it cannot read a BINARY column at all.
 */
const defaults: Readonly<Record<string, ParameterValue>> = {
  AUTOCOMMIT: true,
  BINARY_OUTPUT_FORMAT: 'HEX',
  CLIENT_MEMORY_LIMIT: 1536,
  CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX: false,
  CLIENT_PREFETCH_THREADS: 4,
  CLIENT_RESULT_CHUNK_SIZE: 160,
  CLIENT_SESSION_KEEP_ALIVE: false,
  CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY: 3600,
  CLIENT_STAGE_ARRAY_BINDING_THRESHOLD: 65280,
  CLIENT_TELEMETRY_ENABLED: true,
  DATE_OUTPUT_FORMAT: 'YYYY-MM-DD',
  GEOGRAPHY_OUTPUT_FORMAT: 'GeoJSON',
  GEOMETRY_OUTPUT_FORMAT: 'GeoJSON',
  JS_DRIVER_DISABLE_OCSP_FOR_NON_SF_ENDPOINTS: false,
  JS_TREAT_INTEGER_AS_BIGINT: false,
  QUERY_CONTEXT_CACHE_SIZE: 5,
  SERVICE_NAME: '',
  TIMESTAMP_LTZ_OUTPUT_FORMAT: '',
  TIMESTAMP_NTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3',
  TIMESTAMP_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM',
  TIMESTAMP_TZ_OUTPUT_FORMAT: '',
  TIMEZONE: 'America/Los_Angeles',
  TIME_OUTPUT_FORMAT: 'HH24:MI:SS',
};

/** The session's parameters as the service lists them: the defaults, with what the session has set over them. */
export function reportedParameters(
  set: ReadonlyMap<string, ParameterValue>,
): { name: string; value: ParameterValue }[] {
  const merged = new Map<string, ParameterValue>(Object.entries(defaults));
  for (const [name, value] of set) merged.set(name, value);
  return [...merged].map(([name, value]) => ({ name, value }));
}

/** What one parameter is in a session that has set `set`; undefined for a parameter that nobody has set and that has no default here. */
export function effectiveParameter(set: ReadonlyMap<string, ParameterValue>, name: string): ParameterValue | undefined {
  return set.get(name) ?? defaults[name];
}

const MB = 1_000_000;

/**
 * The most bytes, uncompressed, that one result chunk may have in a session: CLIENT_RESULT_CHUNK_SIZE, 16 to 160 MB,
 * 160 by default. Decimal megabytes, so that the bound holds by either reading of "MB". Since behavior change BCR-2319
 * (bundle 2026_04) the real service keeps to it; before, chunks could be larger.
 */
export function chunkByteLimit(set: ReadonlyMap<string, ParameterValue>): number {
  const megabytes = Number(effectiveParameter(set, 'CLIENT_RESULT_CHUNK_SIZE'));
  return Math.min(Math.max(Number.isFinite(megabytes) ? megabytes : 160, 16), 160) * MB;
}
