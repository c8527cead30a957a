import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { formatRows } from '../../worker/protocol/figures.ts';
import type { SourceItem } from '../../worker/protocol/protocol.ts';
import { defaultTargetColumn, writtenTargetColumn } from '../editor/column-names.ts';
import type { TextReplacement } from '../editor/edits.ts';

/** How Snowflake is reached, as `source` has it: no secrets, only where they are. */
export type SourceAnswers = Readonly<Record<string, unknown>>;

export interface TargetAnswers {
  readonly name: string;
  /** As `targets` has it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** For people: a comment above it. */
  readonly comment: string;
}

/** A table that is to be kept. */
export interface TableAnswers {
  readonly object: SourceItem;
  /** With its qualifiers, as SQL. */
  readonly source: string;
  readonly columns: readonly SourceItem[];
  /** Columns of the source. */
  readonly key: readonly string[];
}

/** The text of a new configuration without tables. */
export function configurationText(source: SourceAnswers, targets: readonly TargetAnswers[]): string {
  const entries = targets.map(
    ({ name, settings, comment }) => `    // ${comment}\n    ${JSON.stringify(name)}: ${inline(settings)}`,
  );
  const [first] = targets;
  return `// What Snowmelt keeps in step. Comments and trailing commas are allowed.
{
  // Where the rows come from.
  "source": ${inline(source)},

  // Where they go. Secrets are never in this file: {"env": NAME}, {"command": [program, …]} or {"prompt": true}.
  "targets": {
${entries.join(',\n')}
  },${first === undefined ? '' : `\n  "defaultTarget": ${JSON.stringify(first.name)},`}

  "tables": {
  }
}
`;
}

/**
 * Adds tables behind those that are there. Names that are taken get a number.
 *
 * @returns undefined where the text has no `tables` that could take them.
 */
export function addTables(text: string, tables: readonly TableAnswers[]): TextReplacement[] | undefined {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const node = root && findNodeAtLocation(root, ['tables']);
  if (node?.type !== 'object' || text[node.offset + node.length - 1] !== '}') return undefined;
  const taken = new Set((node.children ?? []).map((property) => String(property.children?.[0]?.value)));
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const written = tables.map((table) => tableText(table, freeName(table, taken))).join(',\n\n');
  const content = written.replaceAll('\n', eol);
  const last = node.children?.at(-1);
  if (last === undefined) {
    const offset = node.offset + 1;
    const comments = text.slice(offset, node.offset + node.length - 1).trimEnd();
    return [{ offset, length: node.length - 2, content: `${comments}${eol}${content}${eol}  ` }];
  }
  const end = last.offset + last.length;
  const line = /^[^\r\n]*/.exec(text.slice(end))?.[0] ?? '';
  // A comment behind the last table is about that one, and stays with it.
  if (!/^\s*,?\s*\/\//.test(line)) return [{ offset: end, length: 0, content: `,${eol}${eol}${content}` }];
  const comma = /^\s*,/.test(line) ? [] : [{ offset: end, length: 0, content: ',' }];
  return [...comma, { offset: end + line.length, length: 0, content: `${eol}${eol}${content}` }];
}

function freeName({ object }: TableAnswers, taken: Set<string>): string {
  const wanted = defaultTargetColumn(object.name);
  const isTaken = (name: string): boolean => [...taken].some((other) => other.toLowerCase() === name.toLowerCase());
  let name = wanted;
  for (let number = 2; isTaken(name); number += 1) name = `${wanted}_${number}`;
  taken.add(name);
  return name;
}

function tableText({ object, source, columns, key }: TableAnswers, name: string): string {
  const geospatial = columns.filter(({ type }) => isGeospatial(type)).map(writtenColumn);
  const point = pointColumns(columns);
  const written = writtenTableName(name);
  const about = [
    object.rows === null ? undefined : `${formatRows(object.rows)} when this was written.`,
    object.comment === null || object.comment === '' ? undefined : object.comment.split(/[\r\n]/, 1)[0],
  ].filter((part) => part !== undefined);
  const settings = [
    `"source": ${JSON.stringify(source)}`,
    ...(key.length > 0
      ? [`"key": ${list(key.map((column) => writtenTargetColumn(defaultTargetColumn(column))))}`]
      : []),
    ...(geospatial.length > 0
      ? [`"indexes": [${geospatial.map((column) => `{ "columns": ${list([column])}, "method": "gist" }`).join(', ')}]`]
      : []),
  ];
  const computed =
    point === undefined || geospatial.length > 0
      ? []
      : [
          '',
          '      // A geometry for maps: take the // away, and put a comma behind the setting above.',
          `      // "computed": { "geom": { "type": "geometry(Point,4326)", "as": ${JSON.stringify(`ST_SetSRID(ST_MakePoint(${point.x}, ${point.y}), 4326)`)} } },`,
          '      // "indexes": [{ "columns": ["geom"], "method": "gist" }]',
        ];
  return [
    ...(about.length > 0 ? [`    // ${about.join(' ')}`] : []),
    `    ${JSON.stringify(written)}: {`,
    settings.map((setting) => `      ${setting}`).join(',\n'),
    ...computed,
    '    }',
  ].join('\n');
}

/** As `tables` has it, where a dot would part a schema from a name. */
function writtenTableName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Columns that can identify a row, most likely first: what is called an id, alone, or in a table of pairs two of them. */
export function suggestedKey(columns: readonly SourceItem[]): string[] {
  const [first, second] = columns;
  if (first === undefined) return [];
  const isId = ({ name }: SourceItem): boolean => /(?:^|_)(?:ID|KEY|CODE|UUID)$/i.test(name);
  const isOne = (column: SourceItem, side: RegExp): boolean => side.test(column.name) && isId(column);
  const from = columns.find((column) => isOne(column, /^(?:FROM|SOURCE|PARENT)_/i));
  const to = columns.find((column) => isOne(column, /^(?:TO|TARGET|CHILD)_/i));
  if (isId(first) && first !== from) return [first.name];
  if (from !== undefined && to !== undefined) return [from.name, to.name];
  if (second !== undefined && isId(second)) return [second.name];
  const exact = columns.find(({ name }) => /^(?:ID|UUID)$/i.test(name));
  return exact === undefined ? [] : [exact.name];
}

function pointColumns(columns: readonly SourceItem[]): { readonly x: string; readonly y: string } | undefined {
  const find = (pattern: RegExp): string | undefined => {
    const column = columns.find(({ name }) => pattern.test(name));
    return column === undefined ? undefined : sqlColumn(defaultTargetColumn(column.name));
  };
  const x = find(/^(?:LON|LNG|LONG|LONGITUDE)$/i);
  const y = find(/^(?:LAT|LATITUDE)$/i);
  return x === undefined || y === undefined ? undefined : { x, y };
}

function sqlColumn(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function writtenColumn({ name }: SourceItem): string {
  return writtenTargetColumn(defaultTargetColumn(name));
}

function isGeospatial(type: string | null): boolean {
  return type !== null && /^GEO(?:GRAPHY|METRY)\b/i.test(type);
}

function list(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
}

/** JSON on one line, with spaces as people write it. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  if (entries.length === 0) return '{}';
  return `{ ${entries.map(([name, entry]) => `${JSON.stringify(name)}: ${inline(entry)}`).join(', ')} }`;
}
