import assert from 'node:assert/strict';
import { cacheTablesNodes, type CacheTables } from '../../src/extension/views/cache-tables-nodes.ts';
import type { TreeNode } from '../../src/extension/views/tree-node.ts';
import type { TableDocument } from '../../src/worker/protocol/protocol.ts';
import {
  cloudTarget,
  config,
  errorDocument,
  minute,
  noon,
  project,
  projectDocument,
  tableState,
  targetState,
} from '../support/extension-states.ts';

function nodes(changes: Partial<CacheTables> = {}): readonly TreeNode[] {
  return cacheTablesNodes({
    projects: [project()],
    stateOf: () => targetState(),
    runOf: () => undefined,
    descriptionOf: () => undefined,
    now: noon,
    ...changes,
  });
}

const labels = (shown: TreeNode['children']): readonly string[] | 'unread' | undefined =>
  shown === undefined || shown === 'unread' ? shown : shown.map(({ item }) => item.label);

const described: TableDocument = {
  status: 'success',
  target: 'local',
  table: 'transformers',
  relation: { schema: 'public', name: 'transformers' },
  exists: true,
  owner: 'application',
  comment: null,
  columns: [
    {
      name: 'id',
      type: 'integer',
      notNull: true,
      key: true,
      sourceType: 'NUMBER(9,0)',
      expression: null,
      generated: false,
    },
    {
      name: 'name',
      type: 'text',
      notNull: true,
      key: false,
      sourceType: 'VARCHAR',
      expression: null,
      generated: false,
    },
    {
      name: 'geom',
      type: 'geometry(Point,4326)',
      notNull: false,
      key: false,
      sourceType: null,
      expression: 'st_makepoint(x, y)',
      generated: true,
    },
  ],
  indexes: [
    {
      name: 'transformers_pkey',
      definition: 'CREATE UNIQUE INDEX …',
      method: 'btree',
      unique: true,
      primary: true,
      valid: true,
      bytes: 4_200_000,
      columns: ['id'],
    },
    {
      name: 'transformers_geom',
      definition: 'CREATE INDEX …',
      method: 'gist',
      unique: false,
      primary: false,
      valid: false,
      bytes: 8_192,
      columns: ['geom'],
    },
  ],
  generations: [
    { generation: 3, rows: 91_000, retiredAt: new Date(noon - 2 * minute).toISOString(), bytes: 20_000_000 },
  ],
  dependents: [
    { kind: 'view', name: 'public.transformers_view' },
    { kind: 'pin', name: 'materialized view public.m' },
  ],
};

describe('tree of the cache tables', () => {
  it('shows the tables at the top where there is one configuration, in the order of the file', () => {
    const tables = ['zebra', 'apple'].map((name) => tableState({ table: { ...tableState().table, name } }));
    assert.deepEqual(labels(nodes({ stateOf: () => targetState({ tables }) })), ['zebra', 'apple']);
  });

  it('groups them by configuration where there are several, each with its target', () => {
    const projects = [project(), project({ config: '/work/maps/snowmelt.json' })];
    const shown = nodes({
      projects,
      stateOf: (of) =>
        targetState({ project: of, tables: [tableState({ project: of, staleness: { kind: 'stale', reasons: [] } })] }),
    });
    assert.deepEqual(
      shown.map(({ item, expanded, subject }) => [item.label, item.description, expanded, subject?.config]),
      [
        ['snowmelt.json', 'local · 1 stale', true, config],
        ['maps/snowmelt.json', 'local · 1 stale', true, '/work/maps/snowmelt.json'],
      ],
    );
    const ids = shown.flatMap(({ children }) =>
      Array.isArray(children) ? children.map(({ id }: TreeNode) => id) : [],
    );
    assert.equal(new Set(ids).size, 2);
  });

  it('is empty without configurations, so that the welcome is shown', () => {
    assert.deepEqual(nodes({ projects: [] }), []);
    assert.deepEqual(nodes({ projects: [project({ document: undefined })], stateOf: () => undefined }), []);
  });

  it('shows the first problem of a configuration, and opens the file at it', () => {
    const problem = { severity: 'error', path: [], offset: 5, length: 3, line: 4, column: 7 } as const;
    const document = projectDocument({
      problems: [
        { ...problem, severity: 'warning', message: 'A warning.', line: 1 },
        { ...problem, message: 'Unknown setting "tabels". More of it.', suggestion: 'tables' },
        { ...problem, message: 'Another.', line: 9 },
      ],
    });
    const [shown, ...others] = nodes({ projects: [project({ document })] });
    assert.deepEqual(others, []);
    assert.equal(shown?.item.label, 'Unknown setting "tabels".');
    assert.equal(shown.item.description, 'snowmelt.json:4 · and 1 more');
    assert.deepEqual(shown.item.action, {
      kind: 'open',
      title: 'Open Configuration',
      file: config,
      line: 4,
      column: 7,
    });
  });

  it('says above the tables, in one sentence with one action, why they are not known', () => {
    const failing = (code: Parameters<typeof errorDocument>[0], target = cloudTarget): TreeNode | undefined =>
      nodes({
        stateOf: () => targetState({ target, state: 'failed', error: errorDocument(code, 'It failed. In some way.') }),
      })[0];
    assert.equal(failing('postgres.connect')?.item.label, 'It failed.');
    assert.deepEqual(
      (['postgres.connect', 'postgres.auth', 'postgres.tls', 'internal', 'postgres.statement'] as const).map(
        (code) => failing(code)?.item.description,
      ),
      ['Retry', 'Set Password…', 'Open Configuration', 'Show Log', 'Retry'],
    );
    const local = targetState().target;
    assert.equal(failing('postgres.connect', local)?.item.description, 'Start Local PostGIS');
    assert.equal(failing('postgres.auth', local)?.item.description, 'Open Configuration');
  });

  it('keeps the tables below what went wrong', () => {
    const shown = nodes({
      stateOf: () => targetState({ state: 'failed', error: errorDocument('postgres.connect', 'Away.') }),
    });
    assert.deepEqual(labels(shown), ['Away.', 'transformers']);
    assert.equal(shown[1]?.item.outdated, true);
    assert.deepEqual(labels(nodes({ stateOf: () => targetState({ state: 'stopped' }) })), [
      'The local PostGIS does not run.',
      'transformers',
    ]);
  });

  it('says that Snowflake could not be asked, without greying the tables', () => {
    const [above, table] = nodes({
      stateOf: () => targetState({ sourceError: errorDocument('snowflake.connect', 'Snowflake cannot be reached.') }),
    });
    assert.equal(above?.item.label, 'Snowflake cannot be reached.');
    assert.equal(above.item.description, 'Retry');
    assert.deepEqual(above.subject, { kind: 'source', config });
    assert.notEqual(table?.item.outdated, true);
  });

  it('asks for the parts of a table when it is expanded', () => {
    assert.equal(nodes()[0]?.children, 'unread');
  });

  it('shows the parts of a table', () => {
    const [table] = nodes({ descriptionOf: () => ({ of: '', document: described }) });
    const groups = table?.children;
    assert.ok(Array.isArray(groups));
    const shown = groups.map(({ item, children }: TreeNode) => [
      item.label,
      item.description,
      (children as readonly TreeNode[]).map((child) => `${child.item.label}: ${String(child.item.description)}`),
    ]);
    assert.deepEqual(shown, [
      [
        'Columns',
        '3',
        ['id: integer ← NUMBER(9,0)', 'name: text ← VARCHAR · not null', 'geom: geometry(Point,4326) (computed)'],
      ],
      [
        'Indexes',
        '2',
        ['transformers_pkey: btree (id) · primary key · 4.20 MB', 'transformers_geom: invalid · gist (geom) · 8.19 kB'],
      ],
      [
        'Generations',
        '2',
        [
          'generation 4: live · 91,554 rows · since 11:58 · 21.3 MB',
          'generation 3: 91,000 rows · until 11:58 · 20.0 MB',
        ],
      ],
      [
        'Dependents',
        '2',
        ['public.transformers_view: view', 'materialized view public.m: pins the table: merge is used'],
      ],
    ]);
  });

  it('lets only earlier generations be gone back to', () => {
    const [table] = nodes({ descriptionOf: () => ({ of: '', document: described }) });
    const generations = (table?.children as readonly TreeNode[])[2]?.children as readonly TreeNode[];
    assert.deepEqual(
      generations.map(({ item, subject }) => [item.contextValue, subject]),
      [
        [undefined, undefined],
        ['generation', { kind: 'generation', config, target: 'local', table: 'transformers', generation: 3 }],
      ],
    );
  });

  it('says below a table why its parts could not be read', () => {
    const error = errorDocument('postgres.connectionLost', 'The connection was cut. Really.');
    const [table] = nodes({ descriptionOf: () => ({ of: '', error }) });
    const [failure] = table?.children as readonly TreeNode[];
    assert.equal(failure?.item.label, 'The connection was cut.');
    assert.equal(failure.item.description, 'Retry');
    const absent = nodes({ descriptionOf: () => ({ of: '', document: { ...described, exists: false } }) })[0];
    assert.deepEqual(labels(absent?.children), ['The table does not exist yet.']);
  });
});
