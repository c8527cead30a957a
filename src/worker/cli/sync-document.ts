import { toErrorDocument, type ErrorDocument } from '../../sync-core/errors.ts';
import type { SyncOutcome } from '../commands/sync.ts';
import { syncedTableDocument, syncsDocument } from '../documents/sync-document.ts';
import type { SyncedTableDocument, SyncsDocument } from '../protocol/protocol.ts';

/** What `sync --json` prints. */
export type SyncDocument =
  SyncedTableDocument | { readonly status: 'error'; readonly error: ErrorDocument } | SyncsDocument;

/** One table's document where one table was asked for, or a list; a failure of the only table is a failure of the command. */
export function syncDocument(outcome: SyncOutcome): SyncDocument {
  const [only, ...others] = outcome.tables;
  if (only === undefined || others.length > 0) return syncsDocument(outcome);
  return only.status === 'success'
    ? syncedTableDocument(only.result)
    : { status: 'error', error: toErrorDocument(only.error) };
}
