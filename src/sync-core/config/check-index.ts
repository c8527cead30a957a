import { checkColumnName } from './check-values.ts';
import type { Loose } from './loose.ts';
import type { JsonPath, ProblemList } from './problem-list.ts';
import type { IndexJson, TableJson } from './snowmelt-json.ts';

/** Reports what is wrong with the indexes of a table. */
export function checkIndexes(table: Loose<TableJson>, path: JsonPath, problems: ProblemList): void {
  const names = new Map<string, number>();
  for (const [at, index] of (table.indexes ?? []).entries()) {
    const place = [...path, 'indexes', at];
    if (index === undefined) continue;
    if (typeof index === 'string') {
      if (/[()]/.test(index)) {
        problems.add(place, 'This looks like an expression: write {"columns": [{"expression": "…"}]}.');
      } else checkColumnName(index, place, problems);
      continue;
    }
    checkIndex(index, place, problems);
    if (index.name === undefined) continue;
    const name = checkColumnName(index.name, [...place, 'name'], problems);
    const other = names.get(name);
    if (other !== undefined) problems.add([...place, 'name'], `There are two indexes called ${name}.`);
    names.set(name, at);
  }
}

function checkIndex(index: Loose<IndexJson>, path: JsonPath, problems: ProblemList): void {
  for (const [at, element] of (index.columns ?? []).entries()) {
    const place = [...path, 'columns', at];
    if (element === undefined) continue;
    if (typeof element === 'string') {
      if (/[()]/.test(element)) problems.add(place, 'This looks like an expression: write {"expression": "…"}.');
      else checkColumnName(element, place, problems);
      continue;
    }
    const { column, expression } = element;
    if (column === undefined && expression === undefined && !problems.has(place))
      problems.add(place, 'An item of an index has a "column" or an "expression".');
    if (column !== undefined && expression !== undefined)
      problems.add(place, 'Use "column" or "expression", not both.');
    if (column !== undefined) checkColumnName(column, [...place, 'column'], problems);
    if (expression?.trim() === '') problems.add([...place, 'expression'], '"expression" is empty.');
  }
  const method = index.method ?? 'btree';
  if (index.unique === true && method !== 'btree') {
    problems.add([...path, 'unique'], `Only a btree index can be unique, not ${method}.`);
  }
  if (index.include !== undefined && !['btree', 'gist', 'spgist'].includes(method)) {
    problems.add([...path, 'include'], `An index of the method ${method} cannot carry further columns.`);
  }
  for (const [at, column] of (index.include ?? []).entries()) {
    if (column !== undefined) checkColumnName(column, [...path, 'include', at], problems);
  }
}
