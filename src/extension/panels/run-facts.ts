import type { ErrorDocument, RowChanges, SyncWarning } from '../../worker/protocol/protocol.ts';
import { formatBytes, formatCount, formatRows } from '../../worker/protocol/figures.ts';
import { formatDateTime } from '../format.ts';
import type { ArrivalView, FactView, WarningView } from './run-view.ts';

/** What is known of a run; what is not, is null. */
export interface RunFacts {
  readonly source: string | null;
  readonly sourceQueryId: string | null;
  readonly sourceSnapshot: string | null;
  readonly mode: string | null;
  readonly modeReason: string | null;
  readonly changes: RowChanges | null;
  readonly strategy: string | null;
  readonly strategyReason: string | null;
  readonly extractPath: string | null;
  readonly extractReason: string | null;
  readonly generation: number | null;
  readonly relation: string | null;
  readonly run: string | null;
  readonly startedBy: string | null;
  readonly client: string | null;
}

/** What is known, for people; the rest is left out. */
export function factViews(facts: RunFacts): FactView[] {
  const views: FactView[] = [];
  const add = (label: string, value: string | null, more: Omit<FactView, 'label' | 'value'> = {}): void => {
    if (value !== null) views.push({ label, value, ...more });
  };
  const because = (reason: string | null): Omit<FactView, 'label' | 'value'> => (reason === null ? {} : { reason });
  add('Source', facts.source);
  add('Source query id', facts.sourceQueryId, { copy: true });
  add('Source as of', facts.sourceSnapshot === null ? null : formatDateTime(Date.parse(facts.sourceSnapshot)));
  add('Mode', facts.mode, because(facts.modeReason));
  add('Changed', facts.changes === null ? null : changesText(facts.changes));
  add('Strategy', facts.strategy, because(facts.strategyReason));
  add('Extract path', facts.extractPath, because(facts.extractReason));
  add('Relation', facts.relation);
  add('Generation', facts.generation === null ? null : String(facts.generation));
  add('Run', facts.run, { copy: true });
  add('Started by', facts.startedBy);
  add('Client', facts.client);
  return views;
}

function changesText({ inserted, updated, deleted }: RowChanges): string {
  if (inserted + updated + deleted === 0) return 'nothing';
  return `${formatCount(inserted)} inserted, ${formatCount(updated)} updated, ${formatCount(deleted)} deleted`;
}

export function warningView({ message, remedy }: SyncWarning): WarningView {
  return { message, remedy: remedy ?? null };
}

interface Amount {
  readonly rows: number;
  readonly bytes: number | null;
}

/** What Snowflake says that it sent, beside what arrived. */
export function arrivalView(run: {
  readonly error: ErrorDocument | null;
  /** What was compared and found equal. */
  readonly compared: Amount | null;
  /** What has arrived so far, and how many rows were announced. */
  readonly soFar: Amount;
  readonly announcedRows: number | null;
  readonly ended: boolean;
}): ArrivalView | null {
  const mismatch = mismatchOf(run.error);
  if (mismatch !== undefined)
    return { verdict: 'different', text: 'What arrived is not what Snowflake sent.', ...mismatch };
  if (run.compared !== null) {
    const { rows, bytes } = run.compared;
    const amount = bytes === null ? formatRows(rows) : `${formatRows(rows)}, ${formatBytes(bytes)}`;
    const text = `Everything arrived: ${amount} of COPY text, as Snowflake says of this very result.`;
    return { verdict: 'equal', text, sent: run.compared, arrived: run.compared };
  }
  if (run.announcedRows === null || (run.ended && run.soFar.rows === 0)) return null;
  const sent = { rows: run.announcedRows, bytes: null };
  const text = run.ended ? 'It did not come to a comparison.' : 'Not compared yet.';
  return { verdict: 'pending', text, sent, arrived: run.soFar };
}

function mismatchOf(error: ErrorDocument | null): Pick<ArrivalView, 'sent' | 'arrived'> | undefined {
  if (error?.code !== 'arrival.mismatch') return undefined;
  const details = error.details as {
    readonly expectedRows: number;
    readonly arrivedRows: number;
    readonly expectedBytes?: number;
    readonly arrivedBytes?: number;
  };
  return {
    sent: { rows: details.expectedRows, bytes: details.expectedBytes ?? null },
    arrived: { rows: details.arrivedRows, bytes: details.arrivedBytes ?? null },
  };
}
