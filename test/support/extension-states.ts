import type * as vscode from 'vscode';
import type {
  ErrorDocument,
  ProjectDocument,
  ProjectTable,
  ProjectTarget,
  RunRecord,
  SourceTableStatus,
  TableStatus,
} from '../../src/worker/protocol/protocol.ts';
import type { LiveRun } from '../../src/extension/model/live-run.ts';
import type { Project } from '../../src/extension/model/project.ts';
import type { TableState, TargetState } from '../../src/extension/model/target-state.ts';

/** What the extension's model knows, made up for tests of what is shown of it. */

export const minute = 60_000;
/** Noon of a day of this machine's zone. */
export const noon = new Date(2026, 10, 27, 12, 0, 0).getTime();
export const config = '/work/snowmelt.json';

export const localTarget: ProjectTarget = {
  name: 'local',
  kind: 'embedded',
  description: 'embedded PostGIS',
  dataDir: null,
  secrets: [],
};

export const cloudTarget: ProjectTarget = {
  name: 'cloud',
  kind: 'server',
  description: 'db.example.com/postgres',
  dataDir: null,
  secrets: [{ id: 'target/cloud/password', label: 'the password of target "cloud"' }],
};

export function projectTable(name: string): ProjectTable {
  return {
    name,
    relation: { schema: 'public', name },
    object: `FLUX_DB.APPLICATIONS.${name.toUpperCase()}`,
    source: `FLUX_DB.APPLICATIONS.${name.toUpperCase()}`,
    key: ['id'],
    range: { offset: 0, length: 0, line: 1, column: 1 },
  };
}

export function projectDocument(changes: Partial<ProjectDocument> = {}): ProjectDocument {
  return {
    config,
    problems: [],
    source: { description: 'default', secrets: [] },
    targets: [localTarget],
    defaultTarget: 'local',
    tables: [projectTable('transformers')],
    role: null,
    ...changes,
  };
}

export function project(changes: Partial<Project> = {}): Project {
  const path = changes.config ?? config;
  const label = path.split('/').slice(2).join('/');
  const uri: Pick<vscode.Uri, 'scheme' | 'fsPath' | 'path'> = { scheme: 'file', fsPath: path, path };
  const document = projectDocument({ config: path });
  return { uri: uri as vscode.Uri, config: path, label, document, error: undefined, target: 'local', ...changes };
}

export function tableStatus(changes: Partial<TableStatus> = {}): TableStatus {
  return {
    table: 'transformers',
    relation: { schema: 'public', name: 'transformers' },
    state: 'synced',
    rows: 91_554,
    rowsExact: true,
    bytes: 21_345_678,
    indexBytes: 4_200_000,
    generation: 4,
    syncedRows: 91_554,
    syncedAt: new Date(noon - 2 * minute).toISOString(),
    ageMs: 2 * minute,
    lastRun: runRecord(),
    kept: { count: 1, bytes: 20_000_000 },
    leftBehind: { count: 0, bytes: 0 },
    drift: { configurationChanged: false, replaced: false, missingColumns: [] },
    ...changes,
  };
}

export function sourceStatus(changes: Partial<SourceTableStatus> = {}): SourceTableStatus {
  return { status: 'success', table: 'transformers', rows: 91_554, changed: false, ...changes };
}

export function runRecord(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    run: 'run-1',
    table: 'transformers',
    relation: { schema: 'public', name: 'transformers' },
    status: 'success',
    startedAt: new Date(noon - 2 * minute - 1_240).toISOString(),
    finishedAt: new Date(noon - 2 * minute).toISOString(),
    startedBy: 'alice',
    client: 'snowmelt 0.1.0 (cli)',
    source: 'FLUX_DB.APPLICATIONS.TRANSFORMERS',
    sourceQueryId: '01b2-03c4',
    sourceSnapshot: null,
    extractPath: 'result',
    mode: 'full',
    modeReason: 'no incremental mode is configured',
    changes: null,
    strategy: 'rename',
    rows: 91_554,
    bytes: 9_000_000,
    generation: 4,
    stepMs: { plan: 120, stage: 900 },
    warnings: [],
    error: null,
    ...changes,
  };
}

export function liveRun(changes: Partial<LiveRun> = {}): LiveRun {
  return {
    id: 'live-1',
    kind: 'sync',
    project: project(),
    target: 'local',
    table: 'transformers',
    run: undefined,
    state: 'running',
    startedAt: noon - 3_000,
    finishedAt: undefined,
    step: 'stage',
    stepMs: {},
    rows: 58_700,
    bytes: 6_000_000,
    rowsPerSecond: 210_000,
    totalRows: 91_554,
    samples: [],
    warnings: [],
    events: [],
    result: undefined,
    error: undefined,
    cancel: () => undefined,
    ...changes,
  };
}

export function tableState(changes: Partial<TableState> = {}): TableState {
  return {
    project: project(),
    target: localTarget,
    table: projectTable('transformers'),
    status: tableStatus(),
    source: undefined,
    staleness: { kind: 'fresh', reasons: [] },
    ...changes,
  };
}

export function targetState(changes: Partial<TargetState> = {}): TargetState {
  return {
    project: project(),
    target: localTarget,
    state: 'ready',
    error: undefined,
    sourceError: undefined,
    tables: [tableState()],
    seenAt: noon,
    ...changes,
  };
}

export function errorDocument(code: ErrorDocument['code'], message: string): ErrorDocument {
  return { code, message, remedy: 'Do something about it.' };
}
