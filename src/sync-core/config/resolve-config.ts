import { posix, win32 } from 'node:path';
import { sourceSecrets } from './check-source.ts';
import { isDuration, parseDuration } from './duration.ts';
import { relationOf } from './relation-of.ts';
import type {
  Duration,
  IncrementalConfig,
  IndexConfig,
  IndexElement,
  ResolvedConfig,
  RoleConfig,
  SecretReference,
  SourceConfig,
  TableConfig,
  TableSource,
  TargetConfig,
} from './resolved.ts';
import type {
  IndexJson,
  RoleJson,
  SecretJson,
  SnowmeltJson,
  SourceJson,
  TableDefaultsJson,
  TableJson,
  TargetJson,
} from './snowmelt-json.ts';
import { postgresColumnName } from './sql-name.ts';

/** What a table has where neither it nor the defaults say otherwise. */
export const tableDefaults = {
  strategy: 'auto',
  drift: 'evolve',
  extract: 'auto',
  onUnrepresentable: 'error',
  geography: 'geometry',
  keepGenerations: 1,
  maxShrink: 0.5,
  lockTimeout: '500ms',
  lockWait: '60s',
  statementTimeout: '0',
} as const satisfies TableDefaultsJson;

/** The role settings of the application that Snowmelt was made for. */
const roleDefaults = { idleInTransactionSessionTimeout: '60s', statementTimeout: '300s' } as const;

/**
 * A configuration with every default applied, ready for the pipeline. `config` must be what `parseConfig` returned without
 * an error; relative paths in it are resolved against the folder of `file`, which must be absolute. `~/` is left, since only
 * the caller knows the home folder.
 */
export function resolveConfig(config: SnowmeltJson, file: string): ResolvedConfig {
  const targets = new Map(
    Object.entries(config.targets).map(([name, target]) => [name, resolveTarget(name, target, file)]),
  );
  const [onlyTarget] = targets.keys();
  const defaultTarget = config.defaultTarget ?? onlyTarget;
  if (defaultTarget === undefined) throw new Error('a configuration without a target was not refused');
  return {
    file,
    source: resolveSource(config.source, file),
    targets,
    defaultTarget,
    role: config.role === undefined ? undefined : resolveRole(config.role),
    tables: new Map(
      Object.entries(config.tables).map(([name, table]) => [name, resolveTable(name, table, config.defaults ?? {})]),
    ),
  };
}

function resolveSource(source: SourceJson, file: string): SourceConfig {
  const { connection, user, ...rest } = source;
  const secretNames: readonly string[] = sourceSecrets;
  const entries = Object.entries({ ...rest, ...(user !== undefined && { username: user }) });
  const options: Record<string, string | number | boolean | readonly string[]> = {};
  const secrets: Record<string, SecretReference> = {};
  for (const [name, value] of entries) {
    if (secretNames.includes(name)) secrets[name] = resolveSecretReference(value as SecretJson);
    else options[name] = value as string | number | boolean | string[];
  }
  for (const name of ['privateKeyPath', 'tokenFilePath', 'credentialCacheDir']) {
    const path = options[name];
    if (typeof path === 'string') options[name] = besideFile(path, file);
  }
  return { connection, options, secrets };
}

function resolveSecretReference({ env, command }: SecretJson): SecretReference {
  const [program, ...args] = command ?? [];
  if (env !== undefined) return { env };
  return program === undefined ? { prompt: true } : { command: [program, ...args] };
}

function resolveTarget(name: string, target: TargetJson, file: string): TargetConfig {
  if (target.embedded !== undefined) {
    const { dataDir, port } = target.embedded === true ? {} : target.embedded;
    return { kind: 'embedded', name, dataDir: dataDir === undefined ? undefined : besideFile(dataDir, file), port };
  }
  const pathOf = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : besideFile(path, file);
  return {
    kind: 'server',
    name,
    url: target.url,
    host: target.host,
    port: target.port,
    database: target.database,
    user: target.user,
    password: target.password === undefined ? undefined : resolveSecretReference(target.password),
    sslmode: target.sslmode,
    sslrootcert: target.sslrootcert === 'system' ? 'system' : pathOf(target.sslrootcert),
    sslcert: pathOf(target.sslcert),
    sslkey: pathOf(target.sslkey),
    connectTimeoutMs: target.connectTimeout === undefined ? undefined : duration(target.connectTimeout).ms,
  };
}

function resolveRole(role: RoleJson): RoleConfig {
  return {
    name: role.name,
    idleInTransactionSessionTimeout: duration(
      role.idleInTransactionSessionTimeout ?? roleDefaults.idleInTransactionSessionTimeout,
    ),
    statementTimeout: duration(role.statementTimeout ?? roleDefaults.statementTimeout),
  };
}

function resolveTable(name: string, table: TableJson, defaults: TableDefaultsJson): TableConfig {
  const target = relationOf(name, table, defaults);
  if ('problem' in target) throw new Error(`a relation was not refused: ${target.problem}`);
  const settings = { ...tableDefaults, ...defaults, ...table };
  const sourceTimeout = table.sourceStatementTimeout ?? defaults.sourceStatementTimeout;
  return {
    name,
    source: resolveTableSource(table),
    target,
    key: (table.key ?? []).map(postgresColumnName),
    columns: {
      exclude: table.columns?.exclude ?? [],
      rename: mapEntries(table.columns?.rename ?? {}, (from, to) => [from, postgresColumnName(to)]),
      types: mapEntries(table.columns?.types ?? {}, (column, type) => [postgresColumnName(column), type]),
    },
    computed: Object.entries(table.computed ?? {}).map(([column, { type, as }]) => ({
      name: postgresColumnName(column),
      type,
      as,
    })),
    indexes: (table.indexes ?? []).map(resolveIndex),
    geography: settings.geography,
    incremental: resolveIncremental(table.incremental),
    strategy: settings.strategy,
    drift: settings.drift,
    extract: settings.extract,
    onUnrepresentable: settings.onUnrepresentable,
    keepGenerations: settings.keepGenerations,
    maxShrink: settings.maxShrink,
    lockTimeoutMs: duration(settings.lockTimeout).ms,
    lockWaitMs: duration(settings.lockWait).ms,
    statementTimeoutMs: duration(settings.statementTimeout).ms,
    sourceStatementTimeoutMs: sourceTimeout === undefined ? undefined : duration(sourceTimeout).ms,
  };
}

/** A query goes into a statement of ours, where a semicolon at its end would end that. */
function resolveTableSource({ source, query }: TableJson): TableSource {
  if (source !== undefined) return { kind: 'object', name: source.trim() };
  const sql = typeof query === 'string' ? query : (query ?? []).join('\n');
  return { kind: 'query', sql: sql.replace(/[\s;]+$/, '').trimStart() };
}

function resolveIndex(index: string | IndexJson): IndexConfig {
  const { name, columns, method, unique, include, where } = typeof index === 'string' ? { columns: [index] } : index;
  const [first, ...more] = columns.map(resolveIndexElement);
  if (first === undefined) throw new Error('an index without columns was not refused');
  return {
    name: name === undefined ? undefined : postgresColumnName(name),
    elements: [first, ...more],
    method: method ?? 'btree',
    unique: unique ?? false,
    include: (include ?? []).map(postgresColumnName),
    where,
  };
}

function resolveIndexElement(element: IndexJson['columns'][number]): IndexElement {
  const given = typeof element === 'string' ? { column: element } : element;
  const { column, expression = '', operatorClass, order, nulls } = given;
  return {
    kind: column === undefined ? 'expression' : 'column',
    value: column === undefined ? expression : postgresColumnName(column),
    operatorClass,
    order,
    nulls,
  };
}

function resolveIncremental(incremental: TableJson['incremental']): IncrementalConfig | undefined {
  if (incremental === undefined) return undefined;
  const { mode, stream, buckets } = typeof incremental === 'string' ? { mode: incremental } : incremental;
  switch (mode) {
    case 'changes':
      return { mode };
    case 'stream':
      return { mode, stream };
    case 'row-diff':
      return { mode, buckets };
  }
}

function duration(text: string): Duration {
  const parsed = parseDuration(text);
  if (!isDuration(parsed)) throw new Error(`a duration was not refused: ${parsed.problem}`);
  return parsed;
}

/** An absolute path and one from the home folder stay; anything else is relative to the folder of the file. */
function besideFile(path: string, file: string): string {
  const paths = /^(?:[A-Za-z]:[\\/]|\\\\)/.test(file) ? win32 : posix;
  if (paths.isAbsolute(path) || path === '~' || path.startsWith('~/')) return path;
  return paths.join(paths.dirname(file), path);
}

function mapEntries(
  record: Readonly<Record<string, string>>,
  map: (key: string, value: string) => [string, string],
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => map(key, value)));
}
