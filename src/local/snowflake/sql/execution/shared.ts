import type { Catalog } from '../catalog/catalog.ts';
import type { StatementMoments } from '../history/statement-moments.ts';
import type { Streams } from '../history/streams.ts';
import type { Backend } from './backend.ts';
import type { Results } from './results.ts';

/** What all sessions of an engine share. */
export interface Shared {
  readonly backend: Backend;
  readonly catalog: Catalog;
  readonly results: Results;
  readonly statementMoments: StatementMoments;
  readonly streams: Streams;
  readonly clock: () => Date;
  readonly caseCollation: string;
  nextStatement(): number;
}
