import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { parseConfig } from '../../sync-core/config/parse-config.ts';
import { sourceSecret, targetPassword, type SecretSubject } from '../../sync-core/config/secret-subject.ts';
import { resolveConfig } from '../../sync-core/config/resolve-config.ts';
import type { SecretReference, SourceConfig, TableConfig, TargetConfig } from '../../sync-core/config/resolved.ts';
import type { SourceRange } from '../../sync-core/errors.ts';
import { sourceDescription } from '../../sync-core/plan/source-query.ts';
import type { ProjectDocument, ProjectSource, ProjectTable, ProjectTarget } from '../protocol/protocol.ts';
import type { CommandContext } from './context.ts';
import { readConfigFile } from './open-project.ts';

export interface ReadProjectArguments {
  /** Absolute. */
  readonly file: string;
  /** In place of the file's. */
  readonly text?: string | undefined;
}

/**
 * What is in a configuration. Connects to nothing and runs no command; what is wrong with the text is in the answer.
 *
 * @throws SyncError `config.notFound` where the file cannot be read.
 */
export async function readProject(
  context: CommandContext,
  { file, text: given }: ReadProjectArguments,
): Promise<ProjectDocument> {
  const text = given ?? (await readConfigFile(context, file));
  const { config, problems } = parseConfig(text);
  if (config === undefined) {
    return { config: file, problems, source: null, targets: [], defaultTarget: null, tables: [], role: null };
  }
  const resolved = resolveConfig(config, file);
  const rangeOf = rangesIn(text);
  return {
    config: file,
    problems,
    source: projectSource(resolved.source),
    targets: [...resolved.targets.values()].map(projectTarget),
    defaultTarget: resolved.defaultTarget,
    tables: [...resolved.tables.values()].map((table) => projectTable(table, rangeOf(['tables', table.name]))),
    role: resolved.role?.name ?? null,
  };
}

function projectSource({ connection, options, secrets }: SourceConfig): ProjectSource {
  const { account, accessUrl } = options;
  const named = connection ?? (account === undefined && accessUrl === undefined ? 'default' : undefined);
  return {
    description: named === undefined ? String(account ?? accessUrl) : `connection ${named}`,
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

/** Host and database as far as the file says them; a URL of the file has no password in it. */
function serverDescription({ url, host, port, database }: Extract<TargetConfig, { readonly kind: 'server' }>): string {
  const parsed = url === undefined || !URL.canParse(url) ? undefined : new URL(url);
  const where = host ?? (parsed?.hostname === '' ? undefined : parsed?.hostname) ?? 'localhost';
  const at = port ?? (parsed?.port === '' ? undefined : parsed?.port);
  const inside = database ?? (parsed === undefined ? undefined : decodeURIComponent(parsed.pathname.slice(1)));
  return `${where}${at === undefined ? '' : `:${at}`}${inside === undefined || inside === '' ? '' : `/${inside}`}`;
}

function prompted(reference: SecretReference, subject: SecretSubject): SecretSubject[] {
  return 'prompt' in reference ? [subject] : [];
}

function projectTable(table: TableConfig, range: SourceRange): ProjectTable {
  return {
    name: table.name,
    relation: table.target,
    object: table.source.kind === 'object' ? table.source.name : null,
    source: sourceDescription(table),
    key: table.key,
    range,
  };
}

/** Where the keys of objects stand in a text that has been found to be right. */
function rangesIn(text: string): (path: readonly string[]) => SourceRange {
  const tree = parseTree(text.replace(/^\uFEFF/, ' '), [], { allowTrailingComma: true });
  return (path) => {
    const key = tree === undefined ? undefined : findNodeAtLocation(tree, [...path])?.parent?.children?.[0];
    const { offset, length } = key ?? { offset: 0, length: 0 };
    const before = text.slice(0, offset).split('\n');
    return { offset, length, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  };
}
