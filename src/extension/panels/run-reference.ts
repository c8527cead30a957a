import type { RunRecord } from '../../worker/protocol/protocol.ts';
import type { Subject } from '../commands/subject.ts';

/**
 * What the command `openRun` opens. A run that this window has started is named by its id; one of the ledger is handed over
 * with all that the ledger knows of it, so that its panel need not ask again. Plain JSON.
 */
export type RunReference =
  /** `id` is that of the {@link LiveRun}, or of the ledger. */
  | { readonly kind: 'live'; readonly id: string }
  /** `config` is the absolute path of the configuration, `target` the name of the target whose ledger the run is in. */
  | { readonly kind: 'recorded'; readonly config: string; readonly target: string; readonly record: RunRecord };

/** A run that has to be looked for: among those of this window, then in the ledger. */
export type RunSubject = Extract<Subject, { kind: 'run' }>;
