import type { FailedTableDocument, PlanDocument, VerifiedTableDocument } from '../../src/worker/protocol/protocol.ts';

/** A plan with something of everything. */
export const driftedPlan: PlanDocument = {
  status: 'success',
  table: 'transformers',
  source: 'FLUX_DB.PRODUCTION.TRANSFORMERS',
  relation: { name: 'public.transformers', exists: true, estimatedRows: 91_554, bytes: 21_345_678 },
  key: ['id'],
  columns: [
    {
      name: 'id',
      type: 'bigint',
      filledBy: 'source',
      source: 'ID',
      sourceType: 'NUMBER(38,0)',
      expression: null,
      added: false,
    },
    {
      name: 'voltage',
      type: 'numeric(8,2)',
      filledBy: 'source',
      source: 'VOLTAGE',
      sourceType: 'NUMBER(8,2)',
      expression: null,
      added: true,
    },
    {
      name: 'geom',
      type: 'geometry(Point,4326)',
      filledBy: 'computed',
      source: null,
      sourceType: null,
      expression: 'ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)',
      added: false,
    },
    {
      name: 'seen_at',
      type: 'timestamptz',
      filledBy: 'default',
      source: null,
      sourceType: null,
      expression: 'now()',
      added: false,
    },
  ],
  drift: {
    added: [{ column: 'voltage', type: 'numeric(8,2)' }],
    dropped: ['owner'],
    retyped: [{ column: 'name', from: 'varchar(40)', to: 'text' }],
    statements: [
      'ALTER TABLE public.transformers ADD COLUMN voltage numeric(8,2)',
      'ALTER TABLE public.transformers ALTER COLUMN name TYPE text',
      'ALTER TABLE public.transformers DROP COLUMN owner',
    ],
    lost: [{ kind: 'index', name: 'transformers_owner_idx' }],
  },
  indexes: [
    {
      name: 'transformers_pkey',
      definition: 'CREATE UNIQUE INDEX transformers_pkey ON public.transformers USING btree (id)',
      action: 'keep',
    },
    {
      name: 'transformers_geom_idx',
      definition: 'CREATE INDEX transformers_geom_idx ON public.transformers USING gist (geom)',
      action: 'add',
    },
  ],
  dependents: [{ kind: 'view', name: 'public.transformers_near' }],
  mode: { mode: 'full', reason: 'no incremental mode is configured' },
  extract: {
    path: 'result',
    reason: 'the result is streamed through the driver',
    sql: `SELECT COALESCE(TO_VARCHAR("ID"), '\\N') AS line\nFROM FLUX_DB.PRODUCTION.TRANSFORMERS`,
  },
  swap: { strategy: 'rename', reason: 'nothing else depends on the very table' },
  warnings: [
    { code: 'drift', message: 'transformers: the source has moved.' },
    { code: 'type.unknown', message: 'transformers: the column "shape" becomes text.' },
  ],
};

export const failedTable: FailedTableDocument = {
  status: 'failed',
  table: 'vegetation_risk',
  error: {
    code: 'snowflake.objectMissing',
    message: 'It does not exist or is not authorized.',
    remedy: 'Check the name.',
    step: 'plan',
  },
};

export const verified: VerifiedTableDocument = {
  status: 'different',
  table: 'transformers',
  level: 'diff',
  sourceRows: 92_753,
  targetRows: 91_554,
  snapshot: '2026-11-27T12:00:00.000Z',
  hashedColumns: ['id', 'name', 'voltage'],
  otherColumns: [{ column: 'ratio', reason: 'floating point: compared as text with 17 digits' }],
  buckets: { compared: 128, different: 14 },
  columnGroups: [
    { columns: ['id', 'name'], equal: false },
    { columns: ['voltage'], equal: true },
  ],
  missing: 1_200,
  extra: 1,
  different: 3,
  rows: [
    {
      kind: 'different',
      copies: 1,
      key: { id: '17' },
      columns: [
        { column: 'name', source: 'North 17', target: 'North <b>17</b>' },
        { column: 'voltage', source: null, target: '13.80' },
      ],
    },
    { kind: 'missing', copies: 1, key: { id: '99' }, columns: [{ column: 'name', source: 'New 99', target: null }] },
    { kind: 'extra', copies: 2, key: { id: null }, columns: [] },
  ],
  repaired: 0,
  seconds: 4.2,
};
