import type { TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import { formatQualifiedName, parseQualifiedName, type QualifiedName } from '../snowflake/identifiers.ts';

/** The query whose rows the table gets, without a trailing semicolon. @throws SyncError `usage` for a name that cannot be read. */
export function sourceQuery(config: TableConfig): string {
  if (config.source.kind === 'query') return config.source.sql.replace(/[;\s]+$/, '');
  return `SELECT * FROM ${formatQualifiedName(objectName(config, config.source.name))}`;
}

/** The table or view that the rows come from; undefined for a query. @throws as {@link sourceQuery}. */
export function sourceObject(config: TableConfig): QualifiedName | undefined {
  return config.source.kind === 'query' ? undefined : objectName(config, config.source.name);
}

function objectName(config: TableConfig, text: string): QualifiedName {
  const name = parseQualifiedName(text);
  if (name === undefined) {
    throw new SyncError('usage', `The source of ${config.name}, ${text}, is not a Snowflake name.`, {
      table: config.name,
      remedy: 'Write it as DATABASE.SCHEMA.NAME, with double quotes around a part that needs them.',
    });
  }
  return name;
}

/** For people and the ledger: the object's name, or that it is a query. */
export function sourceDescription(config: TableConfig): string {
  return config.source.kind === 'object' ? config.source.name : 'query';
}

/** Session parameters that the configuration asks for at the source. */
export function sourceParameters(config: TableConfig): Readonly<Record<string, number>> {
  return config.sourceStatementTimeoutMs === undefined
    ? {}
    : { STATEMENT_TIMEOUT_IN_SECONDS: Math.ceil(config.sourceStatementTimeoutMs / 1_000) };
}
