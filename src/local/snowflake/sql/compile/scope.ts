import type { Expression, Identifier } from '../ast.ts';
import { ambiguousColumn, invalidIdentifier } from '../errors.ts';
import type { DataType } from '../types/data-type.ts';
import type { ColumnOrigin } from './typed.ts';

export interface SourceColumn {
  readonly name: string;
  readonly sql: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly origin?: ColumnOrigin | undefined;
}

/** One thing that FROM brings in, under its alias or its own name. */
export interface Source {
  /** Alias, or the parts of the table's name from database to table. */
  readonly qualifiers: readonly string[];
  readonly columns: readonly SourceColumn[];
}

/** The names that an expression can see. */
export class Scope {
  readonly sources: readonly Source[];
  readonly parent: Scope | null;
  /** Columns that a `JOIN … USING` merged, which an unqualified name means. */
  readonly merged: ReadonlyMap<string, SourceColumn>;
  /** Select-list aliases, usable anywhere in the same select where no column has the name. */
  aliases: ReadonlyMap<string, Expression> = new Map();
  /** Aliases that are being expanded, against a cycle. */
  readonly expanding = new Set<string>();

  constructor(sources: readonly Source[], parent: Scope | null, merged: ReadonlyMap<string, SourceColumn> = new Map()) {
    this.sources = sources;
    this.parent = parent;
    this.merged = merged;
  }

  /** The column, or undefined where neither this scope nor an outer one has it. Throws 2028 when two have it. */
  find(path: readonly Identifier[]): SourceColumn | undefined {
    const own = this.findHere(path);
    return own ?? this.parent?.find(path);
  }

  findHere(path: readonly Identifier[]): SourceColumn | undefined {
    const column = path.at(-1);
    if (column === undefined) return undefined;
    const qualifier = path.slice(0, -1);
    const merged = qualifier.length === 0 ? this.merged.get(column.name) : undefined;
    if (merged !== undefined) return merged;
    const found: SourceColumn[] = [];
    for (const source of this.sources) {
      if (!matchesQualifier(source, qualifier)) continue;
      found.push(...source.columns.filter((candidate) => candidate.name === column.name));
    }
    if (found.length > 1) throw ambiguousColumn(column.position, pathText(path));
    return found[0];
  }

  /** The sources that `alias.*` or `*` mean. */
  matching(qualifier: readonly Identifier[]): Source[] {
    const sources = this.sources.filter((source) => matchesQualifier(source, qualifier));
    const [first] = qualifier;
    if (sources.length === 0 && first !== undefined) throw invalidIdentifier(first.position, pathText(qualifier));
    return sources;
  }
}

function matchesQualifier(source: Source, qualifier: readonly Identifier[]): boolean {
  if (qualifier.length > source.qualifiers.length) return false;
  const tail = source.qualifiers.slice(source.qualifiers.length - qualifier.length);
  return qualifier.every((part, i) => part.name === tail[i]);
}

export function pathText(path: readonly Identifier[]): string {
  return path.map((part) => (/^[A-Z_][A-Z0-9_$]*$/u.test(part.name) ? part.name : `"${part.name}"`)).join('.');
}
