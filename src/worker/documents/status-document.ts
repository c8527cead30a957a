import type { StatusOutcome } from '../commands/status.ts';
import type { SourceStatusDocument, StatusDocument } from '../protocol/protocol.ts';
import { sourceTableDocument } from './source-status-document.ts';

/** `sources` are in the order of the tables, where Snowflake was asked. */
export interface StatusWithSources extends StatusDocument {
  readonly sources?: SourceStatusDocument['tables'];
}

export function statusDocument({ sources, ...outcome }: StatusOutcome): StatusWithSources {
  return { status: 'success', ...outcome, ...(sources !== undefined && { sources: sources.map(sourceTableDocument) }) };
}
