import assert from 'node:assert/strict';
import type { ConnectionDocument, LocalStatusDocument } from '../../src/worker/protocol/protocol.ts';
import { connectionsNodes, type Connections } from '../../src/extension/views/connections-nodes.ts';
import type { TreeNode } from '../../src/extension/views/tree-node.ts';
import {
  cloudTarget,
  errorDocument,
  localTarget,
  noon,
  project,
  projectDocument,
  sourceStatus,
  tableState,
  targetState,
} from '../support/extension-states.ts';

const two = project({ document: projectDocument({ targets: [localTarget, cloudTarget] }) });

function nodes(changes: Partial<Connections> = {}): readonly TreeNode[] {
  return connectionsNodes({
    projects: [two],
    stateOf: () => undefined,
    testOf: () => undefined,
    local: undefined,
    now: noon,
    ...changes,
  });
}

const lines = (shown: readonly TreeNode[]): readonly string[] =>
  shown.map(({ item }) => `${item.label}: ${String(item.description)}`);

const snowflake: ConnectionDocument = {
  status: 'success',
  side: 'source',
  name: 'default',
  user: 'ALICE',
  version: '9.37.1',
  postgisVersion: null,
  role: 'ANALYST',
  warehouse: 'WH',
  database: null,
  ms: 84,
};

const server: ConnectionDocument = {
  ...snowflake,
  side: 'target',
  name: 'cloud',
  version: '16.4',
  postgisVersion: '3.5.0',
  role: null,
  warehouse: null,
};

const local: LocalStatusDocument = {
  status: 'success',
  home: '/home/alice/.snowmelt',
  postgres: { state: 'running', url: 'postgresql://postgres:secret@127.0.0.1:5499/postgres' },
  snowflake: { state: 'stopped', url: null },
};

describe('tree of the connections', () => {
  it('shows both ends before anything was tried', () => {
    const shown = nodes();
    assert.deepEqual(lines(shown), [
      'Snowflake: default',
      'local: embedded PostGIS · chosen',
      'cloud: db.example.com/postgres',
    ]);
    assert.deepEqual(
      shown.map(({ item }) => item.contextValue),
      ['source', 'target chosen embedded', 'target server prompted'],
    );
  });

  it('says who answered after a test, and how fast', () => {
    const shown = nodes({
      testOf: ({ side }) => ({ state: 'connected', document: side === 'source' ? snowflake : server, at: noon }),
    });
    assert.deepEqual(lines([shown[0]!, shown[2]!]), [
      'Snowflake: default · ANALYST on WH · 84 ms',
      'cloud: db.example.com/postgres · PostgreSQL 16.4, PostGIS 3.5.0 · 84 ms',
    ]);
    assert.match(shown[0]?.item.tooltip ?? '', /Snowflake 9\\.37\\.1[\s\S]*ALICE/);
  });

  it('shows a failure in one sentence, and below it what to do', () => {
    const error = errorDocument('postgres.auth', 'The server refused the log-in. Check it.');
    const shown = nodes({
      testOf: (connection) =>
        connection.side === 'target' && connection.target === 'cloud'
          ? { state: 'failed', error, at: noon }
          : undefined,
    });
    const cloud = shown[2]!;
    assert.equal(cloud.item.description, 'db.example.com/postgres · failed');
    assert.deepEqual(lines(cloud.children as readonly TreeNode[]), ['The server refused the log-in.: Set Password…']);
    assert.equal(cloud.expanded, true);
  });

  it('forgets a failed test when the target has answered since', () => {
    const error = errorDocument('postgres.connect', 'Away.');
    const target = (seenAt: number): TreeNode =>
      nodes({
        testOf: ({ side }) => (side === 'target' ? { state: 'failed', error, at: noon } : undefined),
        stateOf: () => targetState({ seenAt }),
      })[1]!;
    assert.equal(target(noon + 1).item.icon?.id, 'pass');
    assert.equal(target(noon - 1).item.icon?.id, 'error');
  });

  it('takes the answers about tables for Snowflake’s state until it was tested', () => {
    const source = (state: Parameters<typeof targetState>[0]): TreeNode =>
      nodes({ stateOf: () => targetState(state) })[0]!;
    assert.equal(source({ tables: [tableState({ source: sourceStatus() })] }).item.icon?.id, 'pass');
    assert.equal(source({}).item.icon?.id, 'circle-outline');
    const away = source({ sourceError: errorDocument('snowflake.connect', 'Away.') });
    assert.deepEqual([away.item.icon?.id, away.item.description], ['error', 'default · failed']);
  });

  it('tells a running embedded PostGIS from a stopped one', () => {
    const running = nodes({ local })[1]!;
    assert.equal(running.item.description, 'embedded PostGIS · running · chosen');
    assert.match(running.item.contextValue ?? '', /\bembeddedRunning\b/);
    const stopped = nodes({ local, stateOf: () => targetState({ state: 'stopped' }) })[1]!;
    assert.equal(stopped.item.description, 'embedded PostGIS · stopped · chosen');
    assert.doesNotMatch(stopped.item.contextValue ?? '', /embeddedRunning/);
    const elsewhere = { ...localTarget, dataDir: '/elsewhere' };
    const other = project({ document: projectDocument({ targets: [elsewhere] }) });
    assert.equal(nodes({ local, projects: [other] })[1]?.item.description, 'embedded PostGIS');
  });

  it('shows the parts of this machine without user or password', () => {
    const group = nodes({ local })[3]!;
    assert.equal(group.item.description, 'PostGIS');
    assert.deepEqual(lines(group.children as readonly TreeNode[]), [
      'PostGIS: running · 127.0.0.1:5499/postgres',
      'Snowflake stand-in: stopped',
    ]);
    assert.doesNotMatch(JSON.stringify(group), /secret/);
  });

  it('leaves the place to the welcome where there is neither a configuration nor anything that runs', () => {
    const stopped: LocalStatusDocument = { ...local, postgres: { state: 'stopped', url: null } };
    assert.deepEqual(nodes({ projects: [], local: stopped }), []);
    assert.deepEqual(nodes({ projects: [] }), []);
    assert.deepEqual(lines(nodes({ projects: [], local })), ['On this machine: PostGIS']);
  });

  it('groups the ends by configuration where there are several', () => {
    const shown = nodes({ projects: [two, project({ config: '/work/maps/snowmelt.json' })] });
    assert.deepEqual(
      shown.map(({ item }) => item.label),
      ['snowmelt.json', 'maps/snowmelt.json'],
    );
  });
});
