import assert from 'node:assert/strict';
import { panelTitle } from '../../src/extension/panels/run-outcome.ts';
import { eventsAfter, runLog } from '../../src/extension/panels/run-log.ts';
import { viewOfLiveRun } from '../../src/extension/panels/view-of-live-run.ts';
import { viewOfRecordedRun } from '../../src/extension/panels/view-of-recorded-run.ts';
import type { RunView } from '../../src/extension/panels/run-view.ts';
import { errorDocument, runRecord } from '../support/extension-states.ts';
import { event, loadingRun, refusedRun, runStart, syncedRun, waitingRun } from '../support/panel-runs.ts';

const stepStates = ({ steps }: RunView): string => steps.map(({ name, state }) => `${name} ${state}`).join(', ');
const factsOf = ({ facts }: RunView): Record<string, string> =>
  Object.fromEntries(
    facts.map(({ label, value, reason }) => [label, reason === undefined ? value : `${value}: ${reason}`]),
  );

describe('what the run panel shows of a run of this window', () => {
  it('has the steps, figures, strategy and announced rows of one that is loading', () => {
    const view = viewOfLiveRun(loadingRun);
    assert.equal(
      stepStates(view),
      'plan done, extract done, stage running, verify pending, swap pending, record pending',
    );
    assert.equal(view.steps[2]?.startedAt, runStart + 726);
    assert.equal(view.figures?.fraction, 58_700 / 91_554);
    assert.equal(view.arrival?.verdict, 'pending');
    assert.deepEqual(view.arrival.sent, { rows: 91_554, bytes: null });
    assert.equal(factsOf(view).Strategy, 'rename: nothing else depends on the very table');
    assert.equal(view.samples[0]?.[0], 0, 'time begins with the first sample');
    assert.deepEqual(
      view.actions.map(({ action }) => action),
      ['cancel', 'showLog'],
    );
    assert.equal(panelTitle(view), 'Syncing transformers');
  });

  it('says who is in the way of the swap, until the step has ended', () => {
    assert.deepEqual(viewOfLiveRun(waitingRun).waiting, {
      waitedMs: 590,
      holders: [
        {
          pid: 4711,
          user: 'application',
          application: 'tiles',
          query: 'SELECT ST_AsMVT(q) FROM transformers q',
          ageMs: 64_000,
        },
      ],
    });
    const over = [...waitingRun.events, event(3_200, { kind: 'step-finished', step: 'swap', ms: 240 })];
    assert.equal(viewOfLiveRun({ ...waitingRun, events: over }).waiting, null);
    assert.equal(viewOfLiveRun(syncedRun).waiting, null);
  });

  it('has the outcome, the time of the record and what was compared of one that has ended', () => {
    const view = viewOfLiveRun(syncedRun);
    assert.equal(view.outcome, 'Synced 91,554 rows in 3.00 s');
    assert.deepEqual(view.steps.at(-1), {
      name: 'record',
      about: 'writes the history',
      state: 'done',
      ms: 4,
      startedAt: null,
    });
    assert.equal(view.arrival?.verdict, 'equal');
    assert.deepEqual(view.arrival.arrived, { rows: 91_554, bytes: 9_000_000 });
    assert.equal(factsOf(view)['Source query id'], '01b2c3d4-0000-1a2b');
    assert.deepEqual(
      view.actions.map(({ action }) => action),
      ['rerun', 'verify', 'rollBack', 'showLog'],
    );
  });

  it('offers to sync anyway where a guard refused, with its numbers, and says which steps were not reached', () => {
    const view = viewOfLiveRun(refusedRun);
    assert.equal(
      stepStates(view),
      'plan done, extract failed, stage unreached, verify unreached, swap unreached, record unreached',
    );
    assert.deepEqual(
      view.error?.actions.map(({ action }) => action),
      ['rerun', 'force', 'openConfiguration', 'showLog'],
    );
    assert.deepEqual(
      view.error.facts.map(({ label, value }) => `${label} ${value}`),
      ['Step extract', 'Source 12,000 rows', 'Live table 91,554 rows', 'Allowed to shrink by 50%', 'Code guard.shrunk'],
    );
  });

  it('offers what helps with log-ins and connections, and force for guards only', () => {
    const actions = (code: Parameters<typeof errorDocument>[0]): string[] =>
      viewOfLiveRun({ ...refusedRun, error: errorDocument(code, 'It failed.') }).error?.actions.map(
        ({ action }) => action,
      ) ?? [];
    assert.ok(actions('postgres.auth').includes('setPassword'));
    assert.ok(actions('snowflake.connect').includes('testConnection'));
    assert.ok(!actions('postgres.auth').includes('force'));
    assert.deepEqual(actions('internal'), ['rerun', 'showLog']);
  });

  it('is no error to have been cancelled', () => {
    const view = viewOfLiveRun({
      ...refusedRun,
      state: 'cancelled',
      error: { code: 'cancelled', message: 'Cancelled.', step: 'extract' },
    });
    assert.equal(view.error, null);
    assert.match(stepStates(view), /^plan done, extract cancelled, stage unreached/);
  });

  it('shows figures that did not arrive side by side', () => {
    const view = viewOfLiveRun({
      ...refusedRun,
      error: {
        code: 'arrival.mismatch',
        message: 'Snowflake sent 10 rows.',
        details: { expectedRows: 10, arrivedRows: 9, expectedBytes: 100, arrivedBytes: 90 },
      },
    });
    assert.equal(view.arrival?.verdict, 'different');
    assert.deepEqual(
      [view.arrival.sent, view.arrival.arrived],
      [
        { rows: 10, bytes: 100 },
        { rows: 9, bytes: 90 },
      ],
    );
  });
});

describe('what the run panel shows of a run of the ledger', () => {
  const place = { target: 'local', project: 'snowmelt.json' };

  it('has all that the ledger knows', () => {
    const view = viewOfRecordedRun(runRecord(), place);
    assert.equal(view.outcome, 'Synced 91,554 rows in 1.24 s');
    assert.equal(view.arrival?.verdict, 'equal');
    assert.equal(view.figures?.rowsPerSecond, (91_554 * 1_000) / 900);
    assert.equal(factsOf(view)['Started by'], 'alice');
    assert.ok(view.note !== null);
  });

  it('has the three steps of a rollback, and no arrival', () => {
    const view = viewOfRecordedRun(runRecord({ strategy: 'rollback', bytes: 0, extractPath: null }), place);
    assert.equal(stepStates(view), 'plan done, swap done, record done');
    assert.equal(view.arrival, null);
    assert.equal(panelTitle(view), 'Rolled back transformers');
  });

  it('can only look again at one that another process is at work on', () => {
    const view = viewOfRecordedRun(runRecord({ status: 'running', finishedAt: null, rows: null }), place);
    assert.deepEqual(
      view.actions.map(({ action }) => action),
      ['refresh'],
    );
  });
});

describe('the log of a run', () => {
  it('parts statements from the rest, in order, with times since the run began', () => {
    const { statements, lines } = runLog(waitingRun.events, runStart);
    assert.deepEqual(
      statements.map(({ system }) => system),
      ['snowflake', 'snowflake', 'postgres'],
    );
    assert.deepEqual(lines.at(-1), {
      ms: 3_100,
      level: 'info',
      text: 'swap: waited 590 ms for the lock, held by pid 4711 of application',
    });
  });

  it('goes on from the event that was seen last, and begins again where that one has been dropped', () => {
    const { events } = waitingRun;
    assert.deepEqual(eventsAfter(events, events[2]), { whole: false, events: events.slice(3) });
    assert.deepEqual(eventsAfter(events.slice(5), events[2]), { whole: true, events: events.slice(5) });
    assert.deepEqual(eventsAfter(events, undefined), { whole: true, events });
    assert.deepEqual(eventsAfter(events, events.at(-1)), { whole: false, events: [] });
  });
});
