import type {
  ResolvedConfig,
  SecretReference,
  ServerTarget,
  SourceConfig,
  TableConfig,
  TargetConfig,
} from '../../sync-core/config/resolved.ts';
import { sourceSecret, targetPassword, type SecretSubject } from '../../sync-core/config/secret-subject.ts';
import { tableRanges } from '../../sync-core/config/table-ranges.ts';
import type { SourceRange } from '../../sync-core/errors.ts';
import { sourceDescription } from '../../sync-core/plan/source-query.ts';
import { isUrlProblem, parseConnectionUrl } from '../../sync-core/postgres/connection-url.ts';
import type { ProjectText } from '../commands/read-project.ts';
import type { ProjectDocument, ProjectSource, ProjectTable, ProjectTarget } from '../protocol/protocol.ts';

export function projectDocument({ file, text, problems, config }: ProjectText): ProjectDocument {
  const base = { config: file, problems };
  if (config === undefined) {
    return { ...base, source: null, targets: [], defaultTarget: null, tables: [], role: null };
  }
  return {
    ...base,
    source: projectSource(config.source),
    targets: [...config.targets.values()].map(projectTarget),
    defaultTarget: config.defaultTarget,
    tables: projectTables(config, text),
    role: config.role?.name ?? null,
  };
}

function projectSource({ connection, options, secrets }: SourceConfig): ProjectSource {
  const place = options.account ?? options.accessUrl ?? options.host;
  return {
    description:
      connection === undefined && place !== undefined ? String(place) : `connection ${connection ?? 'default'}`,
    secrets: Object.entries(secrets).flatMap(([option, reference]) => prompted(reference, sourceSecret(option))),
  };
}

function projectTarget(target: TargetConfig): ProjectTarget {
  const { kind, name } = target;
  if (target.kind === 'embedded') {
    return { name, kind, description: 'embedded PostGIS', dataDir: target.dataDir ?? null, secrets: [] };
  }
  return {
    name,
    kind,
    description: serverDescription(target),
    dataDir: null,
    secrets: target.password === undefined ? [] : prompted(target.password, targetPassword(name)),
  };
}

/** Host, port and database as far as the file says them. */
function serverDescription(target: ServerTarget): string {
  const parsed = target.url === undefined ? {} : parseConnectionUrl(target.url);
  const url = isUrlProblem(parsed) ? {} : parsed;
  const port = target.port ?? url.port;
  const database = target.database ?? url.dbname;
  return [
    target.host ?? url.host ?? 'localhost',
    port === undefined ? '' : `:${port}`,
    database === undefined ? '' : `/${database}`,
  ].join('');
}

function prompted(reference: SecretReference, subject: SecretSubject): SecretSubject[] {
  return 'prompt' in reference ? [subject] : [];
}

function projectTables({ tables }: ResolvedConfig, text: string): ProjectTable[] {
  const ranges = tableRanges(text);
  return [...tables.values()].map((table) => projectTable(table, ranges.get(table.name)));
}

function projectTable(table: TableConfig, range: SourceRange | undefined): ProjectTable {
  const { name, target, source, key } = table;
  if (range === undefined) throw new Error(`the table ${name} was read and is not in the text`);
  return {
    name,
    relation: target,
    object: source.kind === 'object' ? source.name : null,
    source: sourceDescription(table),
    key,
    range,
  };
}
