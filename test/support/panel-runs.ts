import type { LiveRun, TimedEvent } from '../../src/extension/model/live-run.ts';
import type { SyncEvent } from '../../src/worker/protocol/protocol.ts';
import { liveRun, noon } from './extension-states.ts';

/** Omits from each member of a union what all of them have. */
type Body<E> = E extends unknown ? Omit<E, 'table' | 'target' | 'run'> : never;

export const runStart = noon - 3_000;

/** An event so many ms after the run began. */
export function event(ms: number, body: Body<SyncEvent>): TimedEvent {
  return { at: runStart + ms, event: { ...body, table: 'transformers', target: 'local', run: 'run-7' } };
}

export const holder = {
  pid: 4711,
  user: 'application',
  applicationName: 'tiles',
  query: 'SELECT ST_AsMVT(q) FROM transformers q',
  ageMs: 64_000,
};

const planned = event(310, {
  kind: 'planned',
  source: 'FLUX_DB.PRODUCTION.TRANSFORMERS',
  mode: 'full',
  modeReason: 'no incremental mode is configured',
  strategy: 'rename',
  strategyReason: 'nothing else depends on the very table',
  extractPath: 'result',
  extractReason: 'the result is streamed through the driver',
});

const loading: readonly TimedEvent[] = [
  event(0, { kind: 'run-started', startedAt: new Date(runStart).toISOString() }),
  event(1, { kind: 'step-started', step: 'plan' }),
  event(80, {
    kind: 'statement',
    system: 'snowflake',
    text: 'SELECT * FROM FLUX_DB.PRODUCTION.TRANSFORMERS LIMIT 0',
    ms: 74,
  }),
  planned,
  event(311, { kind: 'step-finished', step: 'plan', ms: 310 }),
  event(312, { kind: 'step-started', step: 'extract' }),
  event(720, {
    kind: 'statement',
    system: 'snowflake',
    text: `SELECT COALESCE(TO_VARCHAR("ID"), '\\\\N') || '\\t' || COALESCE(REPLACE("NAME", '\\t', '\\\\t'), '\\\\N') AS line -- the COPY line\nFROM FLUX_DB.PRODUCTION.TRANSFORMERS`,
    ms: 405,
  }),
  event(724, { kind: 'extracted', sourceQueryId: '01b2c3d4-0000-1a2b', rows: 91_554 }),
  event(725, { kind: 'step-finished', step: 'extract', ms: 413 }),
  event(726, { kind: 'step-started', step: 'stage' }),
  event(760, {
    kind: 'statement',
    system: 'postgres',
    text: 'CREATE TABLE snowmelt."transformers__s1" (LIKE public.transformers INCLUDING ALL)',
    ms: 12,
  }),
];

const samples = Array.from({ length: 60 }, (_, index) => ({
  ms: 760 + index * 40,
  rowsPerSecond: Math.round(210_000 * (0.35 + 0.6 * Math.sin(index / 9) ** 2)),
}));

/** A run that is loading rows. */
export const loadingRun: LiveRun = liveRun({
  run: 'run-7',
  startedAt: runStart,
  step: 'stage',
  stepMs: { plan: 310, extract: 413 },
  events: loading,
  samples,
  warnings: [
    {
      code: 'type.unknown',
      message: 'transformers: the column "shape" has the type FILE, which becomes text.',
      remedy: 'Leave it out with "columns": { "exclude": ["shape"] } where it is not needed.',
    },
  ],
});

/** The same run, kept from swapping by a session. */
export const waitingRun: LiveRun = {
  ...loadingRun,
  step: 'swap',
  rows: 91_554,
  stepMs: { plan: 310, extract: 413, stage: 1_650, verify: 90 },
  events: [
    ...loading,
    event(2_500, { kind: 'arrived', rows: 91_554, bytes: 9_000_000 }),
    event(2_510, { kind: 'step-started', step: 'swap' }),
    event(3_100, { kind: 'waiting', reason: 'lock', holders: [holder], waitedMs: 590 }),
  ],
};

/** The same run, having ended well. */
export const syncedRun: LiveRun = {
  ...waitingRun,
  state: 'success',
  step: undefined,
  finishedAt: noon,
  stepMs: { ...waitingRun.stepMs, swap: 240 },
  events: [
    ...waitingRun.events,
    event(3_200, { kind: 'step-finished', step: 'swap', ms: 240 }),
    event(3_201, { kind: 'run-finished', outcome: 'success', rows: 91_554, bytes: 9_000_000, ms: 3_000 }),
  ],
  result: {
    status: 'success',
    table: 'transformers',
    rows_synced: 91_554,
    final_count: 91_554,
    run: 'run-7',
    generation: 5,
    bytes: 9_000_000,
    seconds: 3,
    steps: { plan: 0.31, extract: 0.413, stage: 1.65, verify: 0.09, swap: 0.24, record: 0.004 },
    mode: 'full',
    mode_reason: 'no incremental mode is configured',
    changes: null,
    strategy: 'rename',
    extract_path: 'result',
    source_query_id: '01b2c3d4-0000-1a2b',
    warnings: [],
  },
};

/** A run that a guard has refused. */
export const refusedRun: LiveRun = {
  ...loadingRun,
  state: 'failed',
  step: undefined,
  finishedAt: noon,
  rows: 0,
  samples: [],
  stepMs: { plan: 310, extract: 413 },
  error: {
    code: 'guard.shrunk',
    message: 'transformers: the source has 12,000 rows, fewer than the 45,777 that half of the table would be.',
    remedy: 'Nothing was changed. If it is right, sync it anyway, or raise "maxShrink".',
    table: 'transformers',
    target: 'local',
    step: 'extract',
    details: { sourceRows: 12_000, liveRows: 91_554, maxShrink: 0.5 },
  },
};
