import type { TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import { formatQualifiedName, parseQualifiedName } from '../snowflake/identifiers.ts';

/** The query whose rows the table gets, without a trailing semicolon. @throws SyncError `usage` for a name that cannot be read. */
export function sourceQuery(config: TableConfig): string {
  if (config.source.kind === 'query') return config.source.sql.replace(/[;\s]+$/, '');
  const name = parseQualifiedName(config.source.name);
  if (name === undefined) {
    throw new SyncError('usage', `The source of ${config.name}, ${config.source.name}, is not a Snowflake name.`, {
      table: config.name,
      remedy: 'Write it as DATABASE.SCHEMA.NAME, with double quotes around a part that needs them.',
    });
  }
  return `SELECT * FROM ${formatQualifiedName(name)}`;
}

/** For people and the ledger: the object's name, or that it is a query. */
export function sourceDescription(config: TableConfig): string {
  return config.source.kind === 'object' ? config.source.name : 'query';
}
