import type { ColumnEntry } from '../catalog/model.ts';
import { findRelation, fullName } from '../catalog/resolution.ts';
import { constantQueryId } from '../functions/table-functions.ts';
import { formatType } from '../types/data-type.ts';
import { statementTypes, textCell, textColumn } from './outcome.ts';
import type { Handler } from './run.ts';

const tableColumns = [
  'name',
  'type',
  'kind',
  'null?',
  'default',
  'primary key',
  'unique key',
  'check',
  'expression',
  'comment',
  'policy name',
  'privacy domain',
].map(textColumn);

/** The ten columns of DESCRIBE RESULT, as its page shows them (sql-reference/sql/desc-result). */
const resultColumns = tableColumns.slice(0, 10);

/** DESC TABLE and DESC VIEW are interchangeable (sql-reference/sql/desc-view). */
export const describe: Handler<'describe'> = (statement, run) => {
  const name = fullName(statement.name, run.viewpoint, 'DESCRIBE');
  const relation = findRelation(run.catalog.current, name, 'SELECT', run.viewpoint);
  const rows = relation.columns.map((column) => [
    textCell(column.name),
    textCell(formatType(column.type)),
    textCell('COLUMN'),
    textCell(column.nullable ? 'Y' : 'N'),
    textCell(defaultText(column)),
    textCell(relation.primaryKey.includes(column.name) ? 'Y' : 'N'),
    textCell(column.unique ? 'Y' : 'N'),
    textCell(null),
    textCell(null),
    textCell(column.comment),
    textCell(null),
    textCell(null),
  ]);
  return { kind: 'rows', statementTypeId: statementTypes.describe, columns: tableColumns, rows };
};

export function defaultText(column: ColumnEntry): string | null {
  if (column.identity !== null)
    return `IDENTITY START ${column.identity.start} INCREMENT ${column.identity.increment} NOORDER`;
  return column.default;
}

export const describeResult: Handler<'describeResult'> = (statement, run) => {
  const queryId = constantQueryId(statement.queryId, run.environment);
  const rows = run
    .resultColumns(queryId)
    .map((column) => [
      textCell(column.name),
      textCell(formatType(column.type)),
      textCell('COLUMN'),
      textCell(column.nullable ? 'Y' : 'N'),
      textCell(null),
      textCell('N'),
      textCell('N'),
      textCell(null),
      textCell(null),
      textCell(null),
    ]);
  return { kind: 'rows', statementTypeId: statementTypes.describe, columns: resultColumns, rows };
};
