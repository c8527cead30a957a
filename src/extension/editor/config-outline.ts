import { findNodeAtLocation, getNodeValue, type Node, parseTree } from 'jsonc-parser';
import { targetColumn } from './column-names.ts';

/** A piece of a text, in UTF-16 code units. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** What the editor needs to know of a configuration's text, whatever else is wrong with it. Of spans of strings, quotes are part. */
export interface ConfigOutline {
  readonly root: Node | undefined;
  readonly targets: readonly TargetOutline[];
  /** As it is written; undefined where it is not. */
  readonly defaultTarget: string | undefined;
  readonly tables: readonly TableOutline[];
}

export interface TargetOutline {
  readonly name: string;
  /** Of its name. */
  readonly span: Span;
}

export interface TableOutline {
  readonly name: string;
  /** Of its name. */
  readonly span: Span;
  /** The object in Snowflake as it is written; undefined for a query. */
  readonly source: string | undefined;
  readonly columns: ColumnSettings;
  readonly computed: readonly ComputedOutline[];
  readonly indexes: readonly IndexOutline[];
  /** The type of Postgres that GEOGRAPHY becomes, from the table or from the defaults. */
  readonly geography: 'geometry' | 'geography';
}

/** Source columns as they are written; target columns as Postgres has them. */
export interface ColumnSettings {
  readonly exclude: readonly string[];
  /** Source column to target column. */
  readonly rename: ReadonlyMap<string, string>;
  /** Target column to type. */
  readonly types: ReadonlyMap<string, string>;
}

export interface ComputedOutline {
  /** As Postgres has it. */
  readonly name: string;
  readonly type: string;
  /** Of its name. */
  readonly span: Span;
}

export interface IndexOutline {
  readonly method: string;
  /** As Postgres has them; without expressions. */
  readonly columns: readonly string[];
}

/** Reads what can be read of a text. Never throws. */
export function outlineOf(text: string): ConfigOutline {
  const root = parseTree(text.replace(/^\uFEFF/, ' '), [], { allowTrailingComma: true });
  const defaults = childOf(root, 'defaults');
  return {
    root,
    targets: entriesOf(childOf(root, 'targets')).map(({ name, key }) => ({ name, span: spanOf(key) })),
    defaultTarget: stringOf(childOf(root, 'defaultTarget')),
    tables: entriesOf(childOf(root, 'tables')).map((entry) => tableOf(entry, defaults)),
  };
}

/** What a text says of the connection to Snowflake, whatever its comments and spaces are. */
export function sourceSettings(text: string): string {
  const source = childOf(outlineOf(text).root, 'source');
  return source === undefined ? '' : JSON.stringify(getNodeValue(source));
}

interface Entry {
  readonly name: string;
  readonly key: Node;
  readonly value: Node | undefined;
}

function tableOf({ name, key, value }: Entry, defaults: Node | undefined): TableOutline {
  const columns = childOf(value, 'columns');
  return {
    name,
    span: spanOf(key),
    source: stringOf(childOf(value, 'source')),
    columns: {
      exclude: stringsOf(childOf(columns, 'exclude')),
      rename: new Map(
        entriesOf(childOf(columns, 'rename')).flatMap(({ name: from, value: to }) => {
          const renamed = stringOf(to);
          return renamed === undefined ? [] : [[from, targetColumn(renamed)] as const];
        }),
      ),
      types: new Map(
        entriesOf(childOf(columns, 'types')).flatMap(({ name: column, value: type }) => {
          const written = stringOf(type);
          return written === undefined ? [] : [[targetColumn(column), written] as const];
        }),
      ),
    },
    computed: entriesOf(childOf(value, 'computed')).map((entry) => ({
      name: targetColumn(entry.name),
      type: stringOf(childOf(entry.value, 'type')) ?? '',
      span: spanOf(entry.key),
    })),
    indexes: (childOf(value, 'indexes')?.children ?? []).map(indexOf),
    geography:
      (stringOf(childOf(value, 'geography')) ?? stringOf(childOf(defaults, 'geography'))) === 'geography'
        ? 'geography'
        : 'geometry',
  };
}

function indexOf(node: Node): IndexOutline {
  const short = stringOf(node);
  if (short !== undefined) return { method: 'btree', columns: [targetColumn(short)] };
  return {
    method: stringOf(childOf(node, 'method')) ?? 'btree',
    columns: (childOf(node, 'columns')?.children ?? []).flatMap((element) => {
      const column = stringOf(element) ?? stringOf(childOf(element, 'column'));
      return column === undefined ? [] : [targetColumn(column)];
    }),
  };
}

/** The properties of an object, also those whose value is still missing. */
function entriesOf(node: Node | undefined): Entry[] {
  if (node?.type !== 'object') return [];
  return (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key === undefined ? [] : [{ name: String(key.value), key, value }];
  });
}

function childOf(node: Node | undefined, name: string): Node | undefined {
  return node?.type === 'object' ? findNodeAtLocation(node, [name]) : undefined;
}

function stringOf(node: Node | undefined): string | undefined {
  return node?.type === 'string' ? String(getNodeValue(node)) : undefined;
}

function stringsOf(node: Node | undefined): string[] {
  if (node?.type !== 'array') return [];
  return (node.children ?? []).flatMap((item) => stringOf(item) ?? []);
}

function spanOf({ offset, length }: Node): Span {
  return { offset, length };
}
