import { isDuration, parseDuration } from './duration.ts';
import { checkIndexes } from './check-index.ts';
import { checkColumnName, checkDuration } from './check-values.ts';
import type { Loose } from './loose.ts';
import type { JsonPath, ProblemList } from './problem-list.ts';
import { relationOf } from './relation-of.ts';
import type { TableDefaultsJson, TableJson } from './snowmelt-json.ts';
import { identifierProblem, parsePostgresName, parseSnowflakeName, postgresColumnName } from './sql-name.ts';

/** A relation that a table of the file keeps. */
export interface RelationUse {
  readonly relation: string;
  readonly table: string;
}

/** Reports what is wrong with settings that tables and defaults share. */
export function checkTableDefaults(defaults: Loose<TableDefaultsJson>, path: JsonPath, problems: ProblemList): void {
  for (const name of ['lockTimeout', 'lockWait', 'statementTimeout', 'sourceStatementTimeout'] as const) {
    checkDuration(defaults[name], [...path, name], problems);
  }
  if (defaults.lockTimeout !== undefined && msOf(defaults.lockTimeout) === 0) {
    const message = '"lockTimeout" cannot be 0: the swap would wait without limit, and every reader behind it.';
    problems.add([...path, 'lockTimeout'], message);
  }
  if (defaults.schema !== undefined && defaults.schema !== '') {
    const parsed = parsePostgresName(defaults.schema);
    if ('problem' in parsed)
      problems.add([...path, 'schema'], `${JSON.stringify(defaults.schema)} is not a schema: ${parsed.problem}.`);
    else if (parsed.parts.length > 1) problems.add([...path, 'schema'], '"schema" is one name, without a dot.');
  }
}

function msOf(text: string): number | undefined {
  const parsed = parseDuration(text);
  return isDuration(parsed) ? parsed.ms : undefined;
}

/** Reports what is wrong with a table, and adds the relation that it keeps to `relations`, where two may not be the same. */
export function checkTable(
  name: string,
  table: Loose<TableJson>,
  defaults: Loose<TableDefaultsJson>,
  relations: RelationUse[],
  problems: ProblemList,
): void {
  const path = ['tables', name];
  checkTableDefaults(table, path, problems);
  checkRows(table, path, problems);
  checkRelation(name, table, defaults, relations, problems);
  checkColumns(table, path, problems);
  checkIndexes(table, path, problems);
  checkModes(table, defaults, path, problems);
}

function checkRows(table: Loose<TableJson>, path: JsonPath, problems: ProblemList): void {
  const { source, query } = table;
  if (source === undefined && query === undefined && !problems.has(path)) {
    problems.add(
      path,
      'Say where the rows come from: "source" for a table or view in Snowflake, or "query" for a SELECT.',
      {
        atKey: true,
      },
    );
  }
  if (source !== undefined && query !== undefined) {
    problems.add([...path, 'query'], 'Use "source" or "query", not both.', { atKey: true });
  }
  if (source !== undefined) {
    const parsed = parseSnowflakeName(source);
    if (/^\s*(?:select|with)\s/i.test(source)) {
      problems.add([...path, 'source'], 'This is a query: call it "query" instead of "source".');
    } else if ('problem' in parsed) {
      problems.add([...path, 'source'], `${JSON.stringify(source)} is not a table or view: ${parsed.problem}.`);
    } else if (parsed.parts.length > 3) {
      problems.add([...path, 'source'], `${JSON.stringify(source)} has more parts than DATABASE.SCHEMA.NAME.`);
    }
  }
  const text = typeof query === 'string' ? query : query?.filter((line) => line !== undefined).join('\n');
  if (text?.replace(/[\s;]/g, '') === '') problems.add([...path, 'query'], '"query" is empty.');
}

function checkRelation(
  name: string,
  table: Loose<TableJson>,
  defaults: Loose<TableDefaultsJson>,
  relations: RelationUse[],
  problems: ProblemList,
): void {
  const path = ['tables', name];
  const place = table.target === undefined ? path : [...path, 'target'];
  const atKey = table.target === undefined;
  if (table.target === '') return;
  const relation = relationOf(name, table, defaults);
  if ('problem' in relation) {
    problems.add(place, relation.problem, { atKey });
    return;
  }
  for (const part of [relation.schema, relation.name]) {
    const problem = identifierProblem(part);
    if (problem !== undefined) problems.add(place, problem, { atKey });
  }
  const identity = JSON.stringify([relation.schema, relation.name]);
  const other = relations.find((use) => use.relation === identity);
  if (other !== undefined) {
    const message = `${JSON.stringify(name)} and ${JSON.stringify(other.table)} both write to ${relation.schema}.${relation.name}.`;
    problems.add(place, message, { atKey });
  }
  relations.push({ relation: identity, table: name });
}

function checkColumns(table: Loose<TableJson>, path: JsonPath, problems: ProblemList): void {
  const { exclude, rename, types } = table.columns ?? {};
  const renamed = new Map<string, string>();
  for (const [from, to] of Object.entries(rename ?? {})) {
    if (to === undefined) continue;
    const at = [...path, 'columns', 'rename', from];
    const name = checkColumnName(to, at, problems);
    const other = renamed.get(name);
    if (other !== undefined)
      problems.add(at, `${JSON.stringify(from)} and ${JSON.stringify(other)} would both be called ${name}.`);
    renamed.set(name, from);
    if (exclude?.some((excluded) => excluded?.toLowerCase() === from.toLowerCase()) === true) {
      problems.add(at, `${JSON.stringify(from)} is renamed, and left out by "exclude".`, { atKey: true });
    }
  }
  for (const name of Object.keys(types ?? {}))
    checkColumnName(name, [...path, 'columns', 'types', name], problems, true);

  const computed = new Set<string>();
  for (const written of Object.keys(table.computed ?? {})) {
    const at = [...path, 'computed', written];
    const name = checkColumnName(written, at, problems, true);
    const source = renamed.get(name);
    if (source !== undefined)
      problems.add(at, `${name} is already what ${JSON.stringify(source)} is renamed to.`, { atKey: true });
    if (computed.has(name)) problems.add(at, `There are two computed columns called ${name}.`, { atKey: true });
    computed.add(name);
    const typed = Object.keys(types ?? {}).find((other) => postgresColumnName(other) === name);
    if (typed !== undefined) {
      problems.add([...path, 'columns', 'types', typed], `${name} is computed, and has its type in "computed".`, {
        atKey: true,
      });
    }
  }
  checkKey(table, { computed, renamed }, path, problems);
}

interface KnownColumns {
  readonly computed: ReadonlySet<string>;
  readonly renamed: ReadonlyMap<string, string>;
}

function checkKey(table: Loose<TableJson>, known: KnownColumns, path: JsonPath, problems: ProblemList): void {
  const excluded = new Map(
    (table.columns?.exclude ?? []).flatMap((name) => (name === undefined ? [] : [[name.toLowerCase(), name] as const])),
  );
  const renamedAway = new Map(
    [...known.renamed].map(([to, from]) => [from.toLowerCase(), to] as const).filter(([from, to]) => from !== to),
  );
  const seen = new Set<string>();
  for (const [index, written] of (table.key ?? []).entries()) {
    if (written === undefined) continue;
    const at = [...path, 'key', index];
    const name = checkColumnName(written, at, problems);
    if (seen.has(name)) problems.add(at, `${name} is in the key twice.`);
    seen.add(name);
    if (known.renamed.has(name) || known.computed.has(name)) continue;
    const left = excluded.get(name.toLowerCase());
    if (left !== undefined) problems.add(at, `${name} is in the key, and left out by "exclude".`);
    const now = renamedAway.get(name.toLowerCase());
    if (now !== undefined)
      problems.add(at, `${name} is renamed to ${now}, and the key names target columns.`, { suggestion: now });
  }
}

function checkModes(
  table: Loose<TableJson>,
  defaults: Loose<TableDefaultsJson>,
  path: JsonPath,
  problems: ProblemList,
): void {
  const { incremental, key } = table;
  const mode = typeof incremental === 'string' ? incremental : incremental?.mode;
  if (mode !== undefined && key === undefined && !problems.has([...path, 'key'])) {
    problems.add([...path, 'incremental'], `"${mode}" needs a "key", to tell which rows are the same.`);
  }
  if (mode !== undefined && mode !== 'row-diff' && table.query !== undefined) {
    problems.add(
      [...path, 'incremental'],
      `"${mode}" follows a table or view ("source"); a "query" can use "row-diff".`,
    );
  }
  if (typeof incremental === 'object') {
    if (incremental.stream !== undefined && mode !== undefined && mode !== 'stream') {
      problems.add([...path, 'incremental', 'stream'], `"stream" is for the mode "stream", not "${mode}".`, {
        atKey: true,
      });
    }
    if (incremental.buckets !== undefined && mode !== undefined && mode !== 'row-diff') {
      problems.add([...path, 'incremental', 'buckets'], `"buckets" is for the mode "row-diff", not "${mode}".`, {
        atKey: true,
      });
    }
    const stream = incremental.stream === undefined ? undefined : parseSnowflakeName(incremental.stream);
    if (stream !== undefined && 'problem' in stream) {
      problems.add(
        [...path, 'incremental', 'stream'],
        `${JSON.stringify(incremental.stream)} is not a stream: ${stream.problem}.`,
      );
    }
  }
  if ((table.strategy ?? defaults.strategy) === 'merge' && key === undefined && !problems.has([...path, 'key'])) {
    const own = table.strategy !== undefined;
    problems.add(
      own ? [...path, 'strategy'] : path,
      'The strategy "merge" needs a "key", to tell which rows are the same.',
      {
        atKey: !own,
      },
    );
  }
}
