import { toErrorDocument } from '../../sync-core/errors.ts';
import type { VerifyOutcome, VerifyTableOutcome } from '../commands/verify.ts';
import type { FailedTableDocument, VerifiedTableDocument, VerifyDocument } from '../protocol/protocol.ts';

/** What `verify --json` prints. `failed` where a table could not be compared, whatever the others are. */
export function verifyDocument({ target, tables }: VerifyOutcome): VerifyDocument {
  const documents = tables.map(verifiedDocument);
  const has = (status: string): boolean => documents.some((document) => document.status === status);
  return { status: has('failed') ? 'failed' : has('different') ? 'different' : 'success', target, tables: documents };
}

function verifiedDocument(outcome: VerifyTableOutcome): VerifiedTableDocument | FailedTableDocument {
  if (outcome.status === 'failed') {
    return { status: 'failed', table: outcome.table, error: toErrorDocument(outcome.error) };
  }
  const { ms, ...verification } = outcome.verification;
  return { ...verification, seconds: Math.round(ms) / 1_000 };
}
