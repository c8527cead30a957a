import type { DataType } from '../types/data-type.ts';
import type { MomentSql } from './format-datetime.ts';

/** A compiled expression: Postgres SQL whose value has the storage form of `type`. */
export interface Typed {
  readonly sql: string;
  readonly type: DataType;
  readonly nullable: boolean;
  /** Set for a string constant: its value, for functions that need formats and units at compile time. */
  readonly constant?: string | undefined;
  /** A moment's parts, where they can be had for less than the value itself. */
  readonly moment?: MomentSql | undefined;
  /** The table column that the value is, where it is one. */
  readonly origin?: ColumnOrigin | undefined;
}

export interface ColumnOrigin {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

export interface OutputColumn {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly origin?: ColumnOrigin | undefined;
}

/** Whether repeating the SQL costs no more than reading a column or a constant. */
export function isCheap(sql: string): boolean {
  return /^[a-z0-9_]+\.[a-z0-9_]+$/u.test(sql) || /^\(?'?-?[0-9.]*'?::[a-z ]+\)?$/u.test(sql);
}
