import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Parts } from '../../../../src/extension/extension.ts';
import { commands } from '../../../../src/extension/ids.ts';
import type { Project } from '../../../../src/extension/model/project.ts';
import type { TargetState } from '../../../../src/extension/model/target-state.ts';
import { answering } from '../../support/answers.ts';
import { callsOf } from '../../support/called-commands.ts';
import { extensionParts } from '../../support/extension.ts';
import { snowflake, sourceConfig, writeConfig } from '../../support/fixture.ts';
import { surroundings } from '../../support/here.ts';
import { openedProject } from '../../support/opened-project.ts';
import { shownItems, treeLines } from '../../support/tree-lines.ts';
import { until, untilSeen } from '../../support/waiting.ts';

describe('the local PostGIS', () => {
  const { dataDir } = surroundings();
  const local = (): object => ({ kind: 'target', config, target: 'local' });
  let parts: Parts;
  let config: string;
  let project: Project;

  before(async () => {
    await snowflake(
      'CREATE SCHEMA IF NOT EXISTS DB.LOCAL',
      'CREATE OR REPLACE TABLE DB.LOCAL.PONDS AS SELECT SEQ8() AS ID FROM TABLE(GENERATOR(ROWCOUNT => 100))',
      'CREATE OR REPLACE TABLE DB.LOCAL.DROPS AS SELECT SEQ8() AS ID FROM TABLE(GENERATOR(ROWCOUNT => 300000))',
    );
    parts = await extensionParts();
    for (const view of Object.keys(parts.views)) await vscode.commands.executeCommand(`snowmelt.${view}.focus`);
    await configure(true);
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await parts.worker.request('local/stop', {});
  });

  async function configure(embedded: unknown): Promise<void> {
    config = await writeConfig({
      source: sourceConfig(),
      targets: { local: { embedded } },
      tables: {
        ponds: { source: 'DB.LOCAL.PONDS', target: 'public.ponds', key: ['id'] },
        drops: { source: 'DB.LOCAL.DROPS', target: 'public.drops', key: ['id'] },
      },
    });
    project = await openedProject(config, ['ponds', 'drops']);
  }

  const untilState = (state: TargetState['state'], ms?: number): Promise<TargetState> =>
    until(
      `a target that is ${state}`,
      parts.targets.onDidChange,
      () => {
        const seen = parts.targets.get(project);
        return seen?.state === state ? seen : undefined;
      },
      ms,
    );

  const untilLine = (view: keyof Parts['views'], line: RegExp): Promise<readonly string[]> =>
    untilSeen(`a line like ${String(line)}`, async () => {
      const lines = await treeLines(parts.views[view].tree, 1);
      return lines.some((text) => line.test(text)) ? lines : undefined;
    });

  /** What the item of the target can be told to do. */
  async function flags(): Promise<string | undefined> {
    const items = await shownItems(parts.views.connections.tree);
    return items.find(({ element }) => element.subject?.kind === 'target')?.item.contextValue;
  }

  /** The process that serves it. */
  async function processId(folder = dataDir): Promise<number> {
    const state = await readFile(join(folder, 'postgis', 'postmaster.json'), 'utf8');
    return (JSON.parse(state) as { readonly process: { readonly pid: number } }).process.pid;
  }

  function isAlive(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }

  /** Calls a command that has nothing to complain of. */
  async function quietly(command: string, ...args: readonly unknown[]): Promise<void> {
    assert.deepEqual(await answering({}, () => vscode.commands.executeCommand(command, ...args)), []);
  }

  const sync = (table: string): Promise<void> => quietly(commands.syncTable, { kind: 'table', config, table });

  it('is not started by looking: every view says in its place that it does not run, with a way to start it', async () => {
    await untilState('stopped');
    assert.deepEqual((await untilLine('cacheTables', /ponds/)).slice(0, 2), [
      'The local PostGIS does not run.: Start',
      'ponds',
    ]);
    assert.deepEqual(await untilLine('runs', /./), ['The local PostGIS does not run.: Start']);
    await untilLine('connections', /^local: embedded PostGIS · stopped$/);
    assert.equal(await flags(), 'target embedded');
  });

  it('is started by the item that says so, in the folder of the settings, and every view knows', async () => {
    const [stopped] = await shownItems(parts.views.cacheTables.tree);
    const command = stopped?.item.command;
    assert.equal(command?.command, commands.startLocal);
    const calls = await callsOf(['setContext'], () =>
      quietly(command.command, ...(command.arguments as readonly unknown[])),
    );
    assert.deepEqual(calls, [['setContext', 'snowmelt.localRunning', true]]);
    await untilLine('cacheTables', /^ponds: not synced yet/);
    const connections = await untilLine('connections', /^local: embedded PostGIS · running$/);
    assert.ok(connections.includes('On this machine: PostGIS'), connections.join('\n'));
    assert.match(connections.join('\n'), /PostGIS: running · 127\.0\.0\.1:\d+\/postgres/);
    assert.equal(await flags(), 'target embedded embeddedRunning');
    assert.equal(parts.targets.local?.home, dataDir);
  });

  it('says that it has gone where its process was killed, keeps what was known, and recovers when it runs again', async () => {
    await sync('ponds');
    await untilLine('cacheTables', /^ponds: ~?100 rows · (?!as of)/);
    process.kill(await processId(), 'SIGKILL');
    await vscode.commands.executeCommand(commands.refresh);
    const lines = await untilLine('cacheTables', /^The local PostGIS does not run\.: Start$/);
    assert.match(lines.find((line) => line.startsWith('ponds')) ?? '', /^ponds: ~?100 rows · as of \d\d:\d\d$/);
    const runs = await untilLine('runs', /^The local PostGIS does not run\.: Start$/);
    assert.match(runs.join('\n'), /ponds · success: 100 rows/);
    assert.equal(await flags(), 'target embedded');
    await untilSeen('the part that does not run', () => parts.targets.local?.postgres.state === 'stopped' || undefined);

    // As anybody else on this machine would, without a word to the views.
    await parts.worker.request('local/start', {});
    await untilState('ready');
    const again = await untilLine('cacheTables', /^ponds: ~?100 rows · (?!as of)/);
    assert.ok(!again.some((line) => line.startsWith('The local PostGIS')), again.join('\n'));
  });

  it('is stopped by the command only after a question where a run is under way, which then leaves the table as it was', async () => {
    const questions: string[] = [];
    const stop = (button: string | undefined): Thenable<unknown> =>
      answering({ message: (text) => (questions.push(text), button) }, () =>
        vscode.commands.executeCommand(commands.stopLocal, local()),
      );
    const staging = new Promise<void>((resolve) => {
      const listening = parts.runs.onDidChange(({ step }) => {
        if (step !== 'stage') return;
        listening.dispose();
        resolve();
      });
    });
    const syncing = vscode.commands.executeCommand(commands.syncTable, { kind: 'table', config, table: 'drops' });
    await staging;
    await stop(undefined);
    assert.equal(parts.runs.active.length, 1, 'who does not answer does not stop it');
    await stop('Stop');
    await syncing;
    assert.deepEqual(questions, Array(2).fill('Stop the local PostGIS while 1 run is under way?'));
    assert.equal(parts.runs.all[0]?.state, 'cancelled');
    await untilState('stopped');
    await untilLine('connections', /^local: embedded PostGIS · stopped$/);
  });

  it('is started by a sync, which needs it', async () => {
    await untilState('stopped');
    await sync('ponds');
    assert.equal(parts.runs.all[0]?.state, 'success');
    const { tables } = await untilState('ready');
    assert.deepEqual(
      tables.map(({ status }) => status?.state),
      ['synced', 'missing'],
    );
    await untilSeen('the part that runs', () => parts.targets.local?.postgres.state === 'running' || undefined);
  });

  it('is another one as soon as the setting of its folder is', async () => {
    const settings = vscode.workspace.getConfiguration('snowmelt');
    const before = parts.worker.running?.processId;
    await settings.update('dataDir', `${dataDir}-elsewhere`, vscode.ConfigurationTarget.Workspace);
    try {
      await untilState('stopped');
      assert.equal(parts.targets.local?.home, `${dataDir}-elsewhere`);
      assert.notEqual(parts.worker.running?.processId, before);
    } finally {
      await settings.update('dataDir', undefined, vscode.ConfigurationTarget.Workspace);
    }
    await untilState('ready');
  });

  it('of a target with a folder of its own is meant by its CodeLens, and by the command from the palette', async () => {
    await configure({ dataDir: 'own' });
    await until('its folder', parts.projects.onDidChange, () =>
      parts.projects.find(project.uri)?.document?.targets[0]?.dataDir === null ? undefined : true,
    );
    await vscode.window.showTextDocument(vscode.Uri.file(config));
    const lens = await untilSeen('the CodeLens', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        vscode.Uri.file(config),
      );
      return lenses.find(({ command }) => command?.title === 'local PostGIS is stopped')?.command;
    });
    await quietly(lens.command, ...(lens.arguments as readonly unknown[]));
    await untilState('ready');
    const own = await processId(join(config, '../own'));
    assert.notEqual(own, await processId());
    const calls = await callsOf(['setContext'], () => quietly(commands.stopLocal));
    await untilState('stopped');
    await untilSeen('the end of its process', () => !isAlive(own) || undefined);
    assert.equal(parts.targets.local?.postgres.state, 'running', 'the other one goes on');
    assert.deepEqual(calls, []);
  });
});
