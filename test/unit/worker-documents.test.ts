import assert from 'node:assert/strict';
import { SyncError } from '../../src/sync-core/errors.ts';
import type { RunRecord } from '../../src/sync-core/ledger/run-history.ts';
import type { SyncPlan } from '../../src/sync-core/plan/plan-table.ts';
import type { TableStatus } from '../../src/sync-core/status.ts';
import type { SyncResult } from '../../src/sync-core/sync.ts';
import { formatHistory } from '../../src/worker/cli/history-text.ts';
import { planDocument, plansDocument } from '../../src/worker/documents/plan-document.ts';
import { formatPlan } from '../../src/worker/cli/plan-text.ts';
import { formatStatus } from '../../src/worker/cli/status-text.ts';
import { createStyle } from '../../src/worker/cli/style.ts';
import { syncDocument } from '../../src/worker/cli/sync-document.ts';
import { formatSynced, formatSyncTotal } from '../../src/worker/cli/sync-text.ts';
import type { SyncOutcome } from '../../src/worker/commands/sync.ts';
import { tableOf } from '../support/sync-environment.ts';

const plain = createStyle(false);

const result: SyncResult = {
  table: 'roads',
  run: 'f1a7635c-8bfc-4703-99ea-4b9f36f203d9',
  rowsSynced: 153_592,
  finalCount: 153_592,
  bytes: 21_345_678,
  generation: 3,
  mode: { choice: 'full', reason: 'no incremental mode is configured', fallback: false, lasting: false },
  changes: null,
  strategy: 'rename',
  extractPath: 'result',
  sourceQueryId: '01b2',
  ms: 5_432,
  stepMs: { plan: 310, stage: 4_800 },
  warnings: [{ code: 'index.added', message: 'An index was added.' }],
};
const synced = { table: 'roads', status: 'success', result } as const;
const failed = {
  table: 'poles',
  status: 'failed',
  error: new SyncError('snowflake.objectMissing', 'No such view.', { table: 'poles', target: 'local', step: 'plan' }),
} as const;

describe('sync document', () => {
  it('is the procedure’s, and more, for one table', () => {
    assert.deepEqual(syncDocument({ target: 'local', tables: [synced] }), {
      status: 'success',
      table: 'roads',
      rows_synced: 153_592,
      final_count: 153_592,
      changes: null,
      run: 'f1a7635c-8bfc-4703-99ea-4b9f36f203d9',
      generation: 3,
      bytes: 21_345_678,
      seconds: 5.432,
      steps: { plan: 0.31, stage: 4.8 },
      mode: 'full',
      mode_reason: 'no incremental mode is configured',
      strategy: 'rename',
      extract_path: 'result',
      source_query_id: '01b2',
      warnings: [{ code: 'index.added', message: 'An index was added.' }],
    });
  });

  it('lists several tables, each with its own status', () => {
    const document = syncDocument({ target: 'local', tables: [synced, failed] });
    assert.ok('tables' in document);
    assert.equal(document.status, 'failed');
    assert.deepEqual(
      document.tables.map(({ table, status }) => [table, status]),
      [
        ['roads', 'success'],
        ['poles', 'failed'],
      ],
    );
    assert.deepEqual(document.tables[1], {
      status: 'failed',
      table: 'poles',
      error: {
        code: 'snowflake.objectMissing',
        message: 'No such view.',
        table: 'poles',
        target: 'local',
        step: 'plan',
      },
    });
    const good = syncDocument({ target: 'local', tables: [synced, synced] });
    assert.equal(good.status, 'success');
  });

  it('is an error for the only table that was asked for', () => {
    const document = syncDocument({ target: 'local', tables: [failed] });
    assert.ok('error' in document);
    assert.equal(document.status, 'error');
    assert.equal(document.error.code, 'snowflake.objectMissing');
  });

  it('has a text form', () => {
    assert.equal(
      formatSynced(synced, plain),
      'synced roads: 153,592 rows, 21.3 MB in 5.43 s, 28,275 rows/s; generation 3, rename',
    );
    const outcome: SyncOutcome = { target: 'local', tables: [synced, failed] };
    assert.equal(formatSyncTotal(outcome), '1 of 2 tables synced into local, 153,592 rows; 1 failed.');
  });
});

describe('plan', () => {
  const config = tableOf('roads', {
    source: 'DB.S.ROADS',
    key: ['id'],
    computed: { geom: { type: 'geometry(Point,4326)', as: 'ST_MakePoint(x, y)' } },
    indexes: ['x', { columns: ['geom'], method: 'gist' }],
  });
  const number = { kind: 'number', precision: 9, scale: 0 } as never;
  const plan: SyncPlan = {
    config,
    source: 'DB.S.ROADS',
    target: {
      relation: config.target,
      live: null,
      dropped: [],
      columns: [
        {
          name: 'id',
          type: 'integer',
          live: null,
          source: { name: 'ID', type: number, typeText: 'NUMBER(9,0)' },
          generated: null,
        },
        {
          name: 'geom',
          type: 'geometry(Point,4326)',
          live: null,
          source: null,
          generated: { expression: 'ST_MakePoint(x, y)', virtual: false, plainAfterLoad: false },
        },
      ],
      primaryKey: ['id'],
      newIndexes: config.indexes,
    },
    record: undefined,
    fields: [],
    sourceColumns: { id: 'NUMBER(9,0)' },
    drift: { added: [], dropped: [], retyped: [] },
    copyColumns: ['id'],
    extractSql: 'SELECT 1\nFROM t',
    extractPath: { choice: 'result', reason: 'it is small' },
    mode: { choice: 'full', reason: 'no incremental mode is configured', fallback: false, lasting: false },
    strategy: { choice: 'rename', reason: 'the table does not exist yet' },
    warnings: [{ code: 'type.unknown', message: 'A column has an odd type.', remedy: 'Override it.' }],
  };

  it('is plain data', () => {
    const document = planDocument(plan);
    assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
    assert.deepEqual(document.relation, { name: 'public.roads', exists: false, estimatedRows: null, bytes: null });
    assert.deepEqual(
      document.indexes.map(({ name, action }) => [name, action]),
      [
        ['roads_pkey', 'add'],
        ['roads_x_idx', 'add'],
        ['roads_geom_idx', 'add'],
      ],
    );
    assert.deepEqual(document.columns[1], {
      name: 'geom',
      type: 'geometry(Point,4326)',
      filledBy: 'computed',
      source: null,
      sourceType: null,
      expression: 'ST_MakePoint(x, y)',
      added: false,
    });
    const failure = { table: 'poles', status: 'failed', error: failed.error } as const;
    const plans = plansDocument({ target: 'local', tables: [{ table: 'roads', status: 'success', plan }, failure] });
    assert.deepEqual([plans.status, plans.tables.length, plans.tables[1]?.status], ['failed', 2, 'failed']);
  });

  it('has a text form, with the SQL where it is asked for', () => {
    const text = formatPlan(planDocument(plan), 'local', plain, { sql: false });
    assert.deepEqual(text.split('\n'), [
      'roads',
      '  source      DB.S.ROADS',
      '  target      public.roads in local, which will be created',
      '  key         id',
      '  mode        full: no incremental mode is configured',
      '  extract     result: it is small',
      '  swap        rename: the table does not exist yet',
      '  columns     id    integer               from ID NUMBER(9,0)',
      '              geom  geometry(Point,4326)  computed: ST_MakePoint(x, y)',
      '  indexes     add  roads_pkey  primary key (id)',
      '              add  roads_x_idx  btree (x)',
      '              add  roads_geom_idx  gist (geom)',
      '  warning: A column has an odd type. Override it.',
    ]);
    const verbose = formatPlan(planDocument(plan), 'local', plain, { sql: true });
    assert.ok(verbose.endsWith('\n  SQL         SELECT 1\n              FROM t'), verbose);
  });
});

const run: RunRecord = {
  run: 'r1',
  table: 'roads',
  relation: { schema: 'public', name: 'roads' },
  status: 'failed',
  startedAt: '2026-03-01T10:00:00.000Z',
  finishedAt: '2026-03-01T10:00:02.500Z',
  startedBy: 'ann',
  client: 'snowmelt 0.1.0 (cli)',
  source: null,
  sourceQueryId: null,
  sourceSnapshot: null,
  extractPath: null,
  strategy: null,
  mode: null,
  modeReason: null,
  changes: null,
  rows: null,
  bytes: null,
  generation: null,
  stepMs: {},
  warnings: [],
  error: { code: 'guard.empty', message: 'The source is empty.\nmore', step: 'extract' },
};

describe('status text', () => {
  const table: TableStatus = {
    table: 'roads',
    relation: { schema: 'public', name: 'Roads' },
    state: 'synced',
    rows: 153_592,
    rowsExact: false,
    bytes: 45_678_901,
    indexBytes: 12_345_678,
    generation: 3,
    syncedRows: 153_592,
    syncedAt: '2026-03-01T09:00:00.000Z',
    ageMs: 3 * 3_600_000,
    lastRun: run,
    kept: { count: 2, bytes: 91_400_000 },
    leftBehind: { count: 0, bytes: 0 },
    drift: { configurationChanged: false, replaced: false, missingColumns: [] },
  };
  const nothing = {
    rows: null,
    bytes: null,
    indexBytes: null,
    kept: { count: 0, bytes: 0 },
    drift: null,
    generation: null,
    syncedRows: null,
    syncedAt: null,
    ageMs: null,
    lastRun: null,
  };

  it('shows estimates as such, age, and the last run with its error', () => {
    const now = Date.parse('2026-03-01T12:00:00.000Z');
    const tables: TableStatus[] = [
      table,
      { ...table, table: 'poles', rowsExact: true, lastRun: null },
      { ...table, ...nothing, table: 'trees', state: 'missing' },
      { ...table, ...nothing, table: 'lakes', state: 'neverSynced', bytes: 8_192, indexBytes: 0 },
    ];
    assert.deepEqual(formatStatus({ target: 'local', tables, ledger: 'read' }, now, plain).split('\n'), [
      'table  relation            rows     size  indexes        kept  generation  synced        last run',
      'roads  public."Roads"  ~153,592  45.7 MB  12.3 MB  2: 91.4 MB           3  3 h ago       failed [guard.empty] 1 h ago',
      'poles  public."Roads"   153,592  45.7 MB  12.3 MB  2: 91.4 MB           3  3 h ago       -',
      'trees  public."Roads"         -        -        -           -           -  missing       -',
      'lakes  public."Roads"         ?  8.19 kB      0 B           -           -  never synced  -',
    ]);
  });

  it('marks a generation that no longer is what its configuration or its table says, and what runs have left', () => {
    const tables: TableStatus[] = [
      { ...table, drift: { configurationChanged: true, replaced: true, missingColumns: ['x', 'y'] } },
      { ...table, table: 'poles', leftBehind: { count: 1, bytes: 812_000 } },
    ];
    const [, roads, poles, ...notes] = formatStatus({ target: 'local', tables, ledger: 'read' }, 0, plain).split('\n');
    assert.match(roads ?? '', / 3\* /);
    assert.doesNotMatch(poles ?? '', /\*/);
    assert.deepEqual(notes, [
      '* roads: the configuration has changed since; `snowmelt plan` shows what a sync would do.',
      '* roads: somebody has put another table in its place since.',
      '* roads: the table no longer has x, y.',
      'poles: abandoned runs have left 812 kB; `snowmelt clean` removes it.',
    ]);
  });

  it('says so where nothing was ever synced, or the history cannot be read', () => {
    const last = (ledger: 'none' | 'unreadable'): string | undefined =>
      formatStatus({ target: 'local', tables: [], ledger }, 0, plain).split('\n').at(-1);
    assert.match(last('none') ?? '', /Nothing has been synced into local yet/);
    assert.match(last('unreadable') ?? '', /cannot be read/);
  });
});

describe('history text', () => {
  it('shows runs with the first line of what went wrong', () => {
    const success: RunRecord = { ...run, status: 'success', rows: 7, bytes: 812, generation: 1, error: null };
    const text = formatHistory({ target: 'local', ledger: true, runs: [run, success] }, plain);
    const [title, first, reason, second, ...rest] = text.split('\n');
    assert.match(title ?? '', /^started +table +outcome +rows +changed +bytes +took +generation +by +run$/);
    assert.match(
      first ?? '',
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +roads +failed +- +- +- +2\.50 s +- +ann, snowmelt 0\.1\.0 \(cli\) +r1$/,
    );
    assert.equal(reason, '    guard.empty at extract: The source is empty.');
    assert.match(second ?? '', / success +7 +- +812 B +2\.50 s +1 /);
    assert.deepEqual(rest, []);
  });

  it('says so where there is none', () => {
    assert.match(formatHistory({ target: 'local', ledger: false, runs: [] }, plain), /Nothing has been synced/);
    assert.match(formatHistory({ target: 'local', ledger: true, runs: [] }, plain), /no such run/);
  });
});
