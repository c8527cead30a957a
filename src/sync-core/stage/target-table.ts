import type { IndexConfig, RelationName } from '../config/resolved.ts';
import type { SnowflakeType } from '../snowflake/data-types.ts';
import type { Column, Relation } from '../postgres/relation.ts';

/** A column of the next generation of a table. */
export interface TargetColumn {
  readonly name: string;
  /** A Postgres type with its modifier. */
  readonly type: string;
  /** The column as it stands in the live table; null where it is new. */
  readonly live: Column | null;
  /** The source column that fills it; null where Postgres does. */
  readonly source: { readonly name: string; readonly type: SnowflakeType; readonly typeText: string } | null;
  /** The expression that fills it while rows are loaded: a generation expression of the live table, or `computed` of the configuration. */
  readonly generated: {
    readonly expression: string;
    readonly virtual: boolean;
    readonly plainAfterLoad: boolean;
  } | null;
}

/** What the next generation of a table will be: the live one with other rows, or a new one. */
export interface TargetTable {
  readonly relation: RelationName;
  /** The live table, which is adopted as it stands; null where there is none. */
  readonly live: Relation | null;
  /** Columns of the live table that the next generation lacks, because the source no longer has them. */
  readonly dropped: readonly string[];
  /** In physical order. */
  readonly columns: readonly TargetColumn[];
  /** Columns of the primary key to create; empty where the live table's own constraints stand. */
  readonly primaryKey: readonly string[];
  /** Indexes of the configuration that the live table lacks. */
  readonly newIndexes: readonly IndexConfig[];
}

/** Where the rows are loaded before they are live. */
export interface Staging {
  readonly relation: RelationName;
  /** Distinguishes names of this run: eight hexadecimal digits of its id. */
  readonly tag: string;
}
