import { formatBytes, formatDuration, formatRows } from '../../worker/protocol/figures.ts';
import type { SyncEvent } from '../../worker/protocol/protocol.ts';
import type { TimedEvent } from '../model/live-run.ts';
import type { LogLineView, StatementView } from './run-view.ts';

/** The events of a run, parted into the statements that it ran and the lines of its log. */
export interface RunLog {
  readonly statements: readonly StatementView[];
  readonly lines: readonly LogLineView[];
}

/** @param startedAt when the run began, in ms since the epoch. */
export function runLog(events: readonly TimedEvent[], startedAt: number): RunLog {
  const statements: StatementView[] = [];
  const lines: LogLineView[] = [];
  for (const { at, event } of events) {
    if (event.kind === 'statement') {
      statements.push({ system: event.system, text: event.text, ms: event.ms });
      continue;
    }
    const text = lineOf(event);
    if (text === undefined) continue;
    lines.push({ ms: Math.max(0, at - startedAt), level: event.kind === 'warning' ? 'warning' : 'info', text });
  }
  return { statements, lines };
}

/**
 * The events that came after the one that was seen last; all of them, and `whole`, where that one has been dropped or
 * nothing was seen yet.
 */
export function eventsAfter(
  events: readonly TimedEvent[],
  seen: TimedEvent | undefined,
): { readonly whole: boolean; readonly events: readonly TimedEvent[] } {
  const index = seen === undefined ? -1 : events.lastIndexOf(seen);
  return index < 0 ? { whole: true, events } : { whole: false, events: events.slice(index + 1) };
}

/** Undefined for what is shown in other places and too often for a log. */
function lineOf(event: SyncEvent): string | undefined {
  switch (event.kind) {
    case 'run-started':
      return `run ${event.run} began`;
    case 'step-started':
      return `${event.step}: began`;
    case 'step-finished':
      return `${event.step}: ended after ${formatDuration(event.ms)}`;
    case 'detail':
      return `${event.step}: ${event.message}`;
    case 'planned':
      return `plan: mode ${event.mode}: ${event.modeReason}; strategy ${event.strategy}: ${event.strategyReason}`;
    case 'extracted':
      return `extract: Snowflake's query ${event.sourceQueryId} has ${formatRows(event.rows)}`;
    case 'arrived':
      return `verify: ${formatRows(event.rows)} and ${formatBytes(event.bytes)} arrived, as Snowflake says`;
    case 'warning':
      return event.warning.remedy === undefined
        ? event.warning.message
        : `${event.warning.message} ${event.warning.remedy}`;
    case 'waiting': {
      const holders = event.holders.map(({ pid, user }) => `pid ${pid} of ${user}`).join(', ');
      const held = holders === '' ? '' : `, held by ${holders}`;
      return `swap: waited ${formatDuration(event.waitedMs)} for the lock${held}`;
    }
    case 'run-finished':
      return `run ended: ${event.outcome}, ${formatRows(event.rows)} in ${formatDuration(event.ms)}`;
    case 'progress':
    case 'statement':
      return undefined;
  }
}
