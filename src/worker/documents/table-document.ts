import type { DescribeTableOutcome } from '../commands/describe-table.ts';
import type { TableDocument } from '../protocol/protocol.ts';
import { dependentsOf } from './dependents.ts';

export function tableDocument(outcome: DescribeTableOutcome): TableDocument {
  const { target, config, relation, sourceColumns, generations } = outcome;
  const key = new Set(config.key);
  return {
    status: 'success',
    target,
    table: config.name,
    relation: config.target,
    exists: relation !== undefined,
    owner: relation?.owner ?? null,
    comment: relation?.comment ?? null,
    columns: (relation?.columns ?? []).map((column) => ({
      name: column.name,
      type: column.type,
      notNull: column.notNull,
      key: key.has(column.name),
      sourceType: sourceColumns[column.name] ?? null,
      expression: column.default,
      generated: column.generated !== '',
    })),
    indexes: (relation?.indexes ?? []).map((index) => ({
      name: index.name,
      definition: index.definition,
      method: index.method,
      unique: index.unique,
      primary: index.primary,
      valid: index.valid,
      bytes: index.bytes,
      columns: index.columns ?? index.uses,
    })),
    generations: relation === undefined ? [] : generations,
    dependents: relation === undefined ? [] : dependentsOf(relation),
  };
}
