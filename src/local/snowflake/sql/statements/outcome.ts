import { encodeText } from '../types/stored-text.ts';
import { boolean, integer, timestampLtz, varchar, type DataType } from '../types/data-type.ts';
import type { OutputColumn } from '../compile/typed.ts';
import type { MemoryCell } from '../execution/results.ts';

/** The driver's statement types (its statement_type.js; the finer ones are the JDBC driver's). */
export const statementTypes = {
  select: 0x1000,
  insert: 0x3100,
  update: 0x3200,
  delete: 0x3300,
  merge: 0x3400,
  alterSession: 0x4100,
  use: 0x4300,
  show: 0x4400,
  describe: 0x4500,
  transaction: 0x5000,
  ddl: 0x6000,
} as const;

/** A statement's result, before it has a query id. */
export type Outcome =
  | {
      readonly kind: 'rows';
      readonly statementTypeId: number;
      readonly columns: readonly OutputColumn[];
      readonly rows: readonly (readonly MemoryCell[])[];
    }
  | {
      /** A query still to be run. */
      readonly kind: 'query';
      readonly statementTypeId: number;
      readonly columns: readonly OutputColumn[];
      readonly sql: string;
      readonly maxRows: number | null;
    };

export const textCell = (value: string | null): MemoryCell => ({
  wire: value,
  stored: value === null ? null : encodeText(value),
});
export const numberCell = (value: number | string | null): MemoryCell => {
  const text = value === null ? null : String(value);
  return { wire: text, stored: text };
};
export const booleanCell = (value: boolean): MemoryCell => ({ wire: value ? '1' : '0', stored: String(value) });

/** A moment in ms since the epoch as TIMESTAMP_LTZ(3), which SHOW uses. */
export const timeCell = (milliseconds: number): MemoryCell => {
  const stamp = new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '');
  return { wire: (milliseconds / 1000).toFixed(3), stored: `("${stamp}",0)` };
};

export const column = (name: string, type: DataType, nullable = true): OutputColumn => ({ name, type, nullable });
export const textColumn = (name: string): OutputColumn => column(name, varchar());
export const timeColumn = (name: string): OutputColumn => column(name, { ...timestampLtz, scale: 3 } as DataType);
export const integerColumn = (name: string): OutputColumn => column(name, integer);
export const booleanColumn = (name: string): OutputColumn => column(name, boolean);

/** What DDL and session statements answer: one row, one column `status`. */
export function status(text: string, statementTypeId: number = statementTypes.ddl): Outcome {
  return { kind: 'rows', statementTypeId, columns: [textColumn('status')], rows: [[textCell(text)]] };
}

/** What DML answers: counts of rows, each in its own column. */
export function counts(statementTypeId: number, ...pairs: readonly (readonly [string, number])[]): Outcome {
  return {
    kind: 'rows',
    statementTypeId,
    columns: pairs.map(([name]) => column(name, integer, false)),
    rows: [pairs.map(([, count]) => numberCell(count))],
  };
}
