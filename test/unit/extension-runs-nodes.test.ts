import assert from 'node:assert/strict';
import { runEntries } from '../../src/extension/views/run-entry.ts';
import type { RunHistory } from '../../src/extension/views/run-histories.ts';
import { runsNodes, type Runs } from '../../src/extension/views/runs-nodes.ts';
import type { TreeNode } from '../../src/extension/views/tree-node.ts';
import {
  config,
  errorDocument,
  liveRun,
  minute,
  noon,
  project,
  runRecord,
  targetState,
} from '../support/extension-states.ts';

const read: RunHistory = {
  runs: [runRecord()],
  hasMore: false,
  error: undefined,
  isReading: false,
  readAt: { runs: '', seenAt: noon },
};

function nodes(changes: Partial<Runs> = {}): readonly TreeNode[] {
  return runsNodes({
    projects: [project()],
    stateOf: () => targetState(),
    historyOf: () => read,
    live: [],
    now: noon,
    ...changes,
  });
}

/** `label: description`, indented below what it belongs to. */
function lines(shown: readonly TreeNode[], indent = ''): readonly string[] {
  return shown.flatMap(({ item, children }) => [
    `${indent}${item.label}${item.description === undefined ? '' : `: ${item.description}`}`,
    ...(Array.isArray(children) ? lines(children as readonly TreeNode[], `${indent}  `) : []),
  ]);
}

const before = (ms: number): string => new Date(noon - ms).toISOString();
const day = 24 * 60 * minute;

describe('tree of the runs', () => {
  it('groups the history by day, the latest open', () => {
    const runs = [
      runRecord(),
      runRecord({ run: 'b', table: 'vegetation', startedAt: before(day), finishedAt: before(day - 3_000), rows: 1 }),
      runRecord({ run: 'c', startedAt: before(4 * day), finishedAt: before(4 * day - 1_000) }),
    ];
    const shown = nodes({ historyOf: () => ({ ...read, runs }) });
    assert.deepEqual(lines(shown), [
      'Today: 1 run',
      '  transformers · success: 91,554 rows in 1.24 s · 2 min ago',
      'Yesterday: 1 run',
      '  vegetation · success: 1 row in 3.00 s · 23 h ago',
      'Monday, 23 Nov: 1 run',
      '  transformers · success: 91,554 rows in 1.00 s · 3 d ago',
    ]);
    assert.deepEqual(
      shown.map(({ expanded }) => expanded),
      [true, false, false],
    );
  });

  it('shows what became of each run, and what can be done about it', () => {
    const error = errorDocument('arrival.mismatch', 'Rows are missing. Sorry.');
    const at = (minutes: number) => ({
      startedAt: before(minutes * minute),
      finishedAt: before(minutes * minute - 2_000),
    });
    const runs = [
      runRecord({ run: '1', status: 'running', startedAt: before(5 * minute), finishedAt: null }),
      runRecord({ run: '2', status: 'failed', error, ...at(6) }),
      runRecord({ run: '3', status: 'cancelled', ...at(7) }),
      runRecord({ run: '4', status: 'abandoned', startedAt: before(8 * minute), finishedAt: null }),
      runRecord({ run: '5', strategy: 'rollback', ...at(9) }),
    ];
    const [today] = nodes({ historyOf: () => ({ ...read, runs }) });
    assert.deepEqual(today?.item.description, '5 runs, 2 failed');
    const shown = today.children as readonly TreeNode[];
    assert.deepEqual(lines(shown), [
      'transformers · running: by alice · since 11:55',
      'transformers · failed: Rows are missing. · 5 min ago',
      'transformers · cancelled: after 2.00 s · 6 min ago',
      'transformers · abandoned: its process died · 8 min ago',
      'transformers · rolled back: 91,554 rows in 2.00 s · 8 min ago',
    ]);
    assert.deepEqual(
      shown.map(({ item }) => item.contextValue),
      [
        'run rerunnable',
        'run rerunnable unsuccessful',
        'run rerunnable unsuccessful',
        'run rerunnable unsuccessful',
        'run',
      ],
    );
    assert.match(shown[1]?.item.tooltip ?? '', /Rows are missing[\s\S]*What to do[\s\S]*plan 120 ms, stage 900 ms/);
  });

  it('opens a run by what the ledger calls it', () => {
    const [today] = nodes();
    const [run] = today?.children as readonly TreeNode[];
    const subject = { kind: 'run', config, target: 'local', table: 'transformers', run: 'run-1' };
    assert.deepEqual(run?.subject, subject);
    assert.deepEqual(run.item.action, { kind: 'command', title: 'Open Run', command: 'snowmelt.openRun', subject });
  });

  it('has what is under way at the top, once', () => {
    const running = runRecord({ run: 'mine', status: 'running', finishedAt: null });
    const live = [liveRun({ run: 'mine' })];
    const shown = nodes({ live, historyOf: () => ({ ...read, runs: [running, runRecord()] }) });
    assert.deepEqual(lines(shown), [
      'transformers · staging 64 %: 210,000 rows/s · 58,700 rows',
      'Today: 1 run',
      '  transformers · success: 91,554 rows in 1.24 s · 2 min ago',
    ]);
    assert.equal(shown[0]?.item.contextValue, 'liveRun');
  });

  it('keeps a run that failed before the ledger knew of it', () => {
    const error = errorDocument('snowflake.connect', 'Snowflake cannot be reached.');
    const failed = liveRun({ state: 'failed', error, finishedAt: noon - 1_000, rows: 0 });
    assert.deepEqual(lines(nodes({ live: [failed] })), [
      'Today: 2 runs, 1 failed',
      '  transformers · failed: Snowflake cannot be reached. · just now',
      '  transformers · success: 91,554 rows in 1.24 s · 2 min ago',
    ]);
  });

  it('shows the history of each configuration where there are several', () => {
    const projects = [project(), project({ config: '/work/maps/snowmelt.json' })];
    const shown = nodes({ projects, stateOf: (of) => targetState({ project: of }) });
    assert.deepEqual(
      shown.map(({ item }) => `${item.label}: ${String(item.description)}`),
      ['snowmelt.json: local', 'maps/snowmelt.json: local'],
    );
  });

  it('says that it is reading, why it cannot, and what else there is', () => {
    const unread: RunHistory = { ...read, runs: [], readAt: undefined };
    assert.deepEqual(lines(nodes({ historyOf: () => unread })), ['Reading the history…']);
    assert.deepEqual(nodes({ historyOf: () => ({ ...read, runs: [] }) }), []);
    const stopped = nodes({ historyOf: () => unread, stateOf: () => targetState({ state: 'stopped' }) });
    assert.deepEqual(lines(stopped), ['The local PostGIS does not run.: Start']);
    const failed = nodes({
      historyOf: () => ({ ...read, error: errorDocument('postgres.privilege', 'Not allowed.') }),
    });
    assert.deepEqual(lines(failed).slice(0, 2), ['Not allowed.: Retry', 'Today: 1 run']);
    assert.equal(lines(nodes({ historyOf: () => ({ ...read, hasMore: true }) })).at(-1), 'Load more…');
  });
});

describe('runs of the ledger and of this window', () => {
  it('takes this window’s word for a run that had not ended when the history was read', () => {
    const running = runRecord({ run: 'mine', status: 'running', finishedAt: null, rows: null });
    const ended = liveRun({ run: 'mine', state: 'success', finishedAt: noon });
    assert.deepEqual(
      runEntries([running], [ended]).map(({ run, status }) => [run, status]),
      [['mine', 'success']],
    );
  });

  it('takes the ledger’s word once it has ended there', () => {
    const ended = liveRun({ run: 'mine', state: 'success', finishedAt: noon });
    const [entry, ...others] = runEntries([runRecord({ run: 'mine' })], [ended]);
    assert.equal(entry?.startedBy, 'alice');
    assert.deepEqual(others, []);
  });

  it('sorts by the start, newest first', () => {
    const records = [runRecord({ run: 'old', startedAt: before(day) }), runRecord({ run: 'new' })];
    assert.deepEqual(
      runEntries(records, [liveRun({ state: 'failed', finishedAt: noon })]).map(({ run }) => run),
      ['live-1', 'new', 'old'],
    );
  });
});
