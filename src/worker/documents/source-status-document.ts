import { toErrorDocument } from '../../sync-core/errors.ts';
import type { SourceOutcome } from '../../sync-core/source-status.ts';
import type { SourceStatusOutcome } from '../commands/source-status.ts';
import type { FailedTableDocument, SourceStatusDocument, SourceTableStatus } from '../protocol/protocol.ts';

export function sourceStatusDocument({ target, tables }: SourceStatusOutcome): SourceStatusDocument {
  return {
    status: tables.every(({ status }) => status === 'success') ? 'success' : 'failed',
    target,
    tables: tables.map(sourceTableDocument),
  };
}

export function sourceTableDocument(outcome: SourceOutcome): SourceTableStatus | FailedTableDocument {
  return outcome.status === 'success'
    ? { status: 'success', ...outcome.source }
    : { status: 'failed', table: outcome.table, error: toErrorDocument(outcome.error) };
}
