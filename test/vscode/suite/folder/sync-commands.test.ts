import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../../src/extension/ids.ts';
import type { Project } from '../../../../src/extension/model/project.ts';
import type { TableState } from '../../../../src/extension/model/target-state.ts';
import { answering } from '../../support/answers.ts';
import { extensionParts } from '../../support/extension.ts';
import { createDatabase, postgres, snowflake, sourceConfig, targetConfig, writeConfig } from '../../support/fixture.ts';
import { openedProject } from '../../support/opened-project.ts';

describe('commands that sync', () => {
  let database: string;
  let config: string;
  let project: Project;

  before(async () => {
    await snowflake('CREATE SCHEMA IF NOT EXISTS DB.SYNCED');
    database = await createDatabase();
  });

  beforeEach(async () => {
    await snowflake(
      'CREATE OR REPLACE TABLE DB.SYNCED.ROADS AS SELECT SEQ8() AS ID FROM TABLE(GENERATOR(ROWCOUNT => 100))',
      'CREATE OR REPLACE TABLE DB.SYNCED.RIVERS AS SELECT SEQ8() AS ID FROM TABLE(GENERATOR(ROWCOUNT => 20))',
    );
    await postgres(database, 'DROP TABLE IF EXISTS application.roads, application.rivers');
    config = await writeConfig({
      source: sourceConfig(),
      targets: { test: targetConfig(database), other: targetConfig(database) },
      defaultTarget: 'test',
      tables: {
        roads: { source: 'DB.SYNCED.ROADS', target: 'application.roads', key: ['id'] },
        rivers: { source: 'DB.SYNCED.RIVERS', target: 'application.rivers', key: ['id'] },
      },
    });
    project = await openedProject(config, ['roads', 'rivers']);
  });

  const subject = (table: string): object => ({ kind: 'table', config, table });

  async function table(name: string): Promise<TableState> {
    const { targets } = await extensionParts();
    const state = await targets.refresh(project, 'test', { source: true });
    const found = state.tables.find((known) => known.table.name === name);
    assert.ok(found !== undefined, state.error?.message);
    return found;
  }

  async function rows(relation: string): Promise<number> {
    const [row] = await postgres(database, `SELECT count(*)::int AS rows FROM application.${relation}`);
    return Number(row?.rows);
  }

  it('Sync Table… syncs the table that was clicked, and the views know', async () => {
    const asked = await answering({}, () =>
      vscode.commands.executeCommand(commands.syncTable, { subject: subject('roads') }),
    );
    assert.deepEqual(asked, []);
    assert.equal(await rows('roads'), 100);
    assert.equal((await table('roads')).staleness.kind, 'fresh');
    assert.equal((await table('rivers')).staleness.kind, 'missing');
  });

  it('Sync Table… syncs all tables that were selected', async () => {
    const selected = [{ subject: subject('roads') }, { subject: subject('rivers') }];
    await answering({}, () => vscode.commands.executeCommand(commands.syncTable, selected[0], selected));
    assert.deepEqual([await rows('roads'), await rows('rivers')], [100, 20]);
  });

  it('Sync Table… asks which table where nothing was clicked, with what is known of each', async () => {
    await vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    await table('roads');
    let shown: readonly vscode.QuickPickItem[] = [];
    const pick = (items: readonly vscode.QuickPickItem[]): unknown => {
      shown = items;
      return items.find(({ label }) => label === 'rivers');
    };
    await answering({ pick }, () => vscode.commands.executeCommand(commands.syncTable));
    assert.deepEqual(shown.map(({ label }) => label).sort(), ['rivers', 'roads']);
    assert.match(shown.find(({ label }) => label === 'roads')?.description ?? '', /100 rows · (just now|\d+ s ago)/);
    assert.match(shown.find(({ label }) => label === 'rivers')?.description ?? '', /missing/);
    assert.equal(await rows('rivers'), 20);
  });

  it('Sync Table… does nothing where the person chooses nothing', async () => {
    const { runs } = await extensionParts();
    const before = runs.all.length;
    await answering({ pick: () => undefined }, () => vscode.commands.executeCommand(commands.syncTable));
    assert.equal(runs.all.length, before);
  });

  it('Sync All syncs every table of the target', async () => {
    await answering({}, () =>
      vscode.commands.executeCommand(commands.syncAll, { kind: 'target', config, target: 'test' }),
    );
    assert.deepEqual([await rows('roads'), await rows('rivers')], [100, 20]);
  });

  it('Sync Changed syncs what has changed, and nothing else', async () => {
    await vscode.commands.executeCommand(commands.syncAll, { kind: 'project', config });
    await snowflake('INSERT INTO DB.SYNCED.ROADS SELECT 1000');
    const { runs } = await extensionParts();
    const before = runs.all.length;
    await answering({}, () => vscode.commands.executeCommand(commands.syncChanged, { kind: 'project', config }));
    assert.deepEqual(
      runs.all.slice(0, runs.all.length - before).map((run) => [run.table, run.state]),
      [['roads', 'success']],
    );
    assert.equal(await rows('roads'), 101);
  });

  it('refuses a source that has become empty with the numbers, and syncs it all the same where a person insists', async () => {
    await vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    await snowflake('DELETE FROM DB.SYNCED.ROADS');
    const messages: string[] = [];
    const message = (text: string, buttons: readonly string[]): string | undefined => {
      messages.push(text);
      return buttons.find((button) => button.startsWith('Sync Anyway'));
    };
    await answering({ message }, () => vscode.commands.executeCommand(commands.syncTable, subject('roads')));
    assert.equal(messages[1], 'Replace the 100 rows of roads in test by nothing?');
    assert.equal(await rows('roads'), 0);
  });

  it('says in one sentence what has failed, and where to read more', async () => {
    await snowflake('DROP TABLE DB.SYNCED.RIVERS');
    const buttonsOf = new Map<string, readonly string[]>();
    const message = (text: string, buttons: readonly string[]): undefined => void buttonsOf.set(text, buttons);
    await answering({ message }, () => vscode.commands.executeCommand(commands.syncTable, subject('rivers')));
    const [[text, buttons] = ['', []]] = [...buttonsOf];
    assert.match(text, /RIVERS/);
    assert.deepEqual(buttons, ['Show Run']);
    const { runs } = await extensionParts();
    assert.deepEqual([runs.all[0]?.state, runs.all[0]?.error?.code], ['failed', 'snowflake.objectMissing']);
  });

  it('Cancel ends a sync, and leaves the table as it was', async () => {
    await vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    await snowflake('INSERT INTO DB.SYNCED.ROADS SELECT 1000');
    const { runs } = await extensionParts();
    const loading = new Promise<string>((resolve) => {
      const listening = runs.onDidChange((run) => {
        if (run.state !== 'running') return;
        listening.dispose();
        resolve(run.id);
      });
    });
    const syncing = vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    const id = await loading;
    await vscode.commands.executeCommand(commands.cancel, {
      kind: 'run',
      config,
      target: 'test',
      table: 'roads',
      run: id,
    });
    await syncing;
    assert.equal(runs.find(id)?.state, 'cancelled');
    assert.equal(await rows('roads'), 100);
    assert.deepEqual(runs.active, []);
  });

  it('Roll Back… goes back to the generation that is chosen, after a question with its numbers', async () => {
    await vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    await snowflake('INSERT INTO DB.SYNCED.ROADS SELECT 1000');
    await vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    assert.equal(await rows('roads'), 101);
    const asked = await answering(
      { pick: ([first]) => first, message: (_text, buttons) => buttons.find((button) => button === 'Roll Back') },
      () => vscode.commands.executeCommand(commands.rollBack, subject('roads')),
    );
    assert.equal(asked[0], 'To which generation?');
    assert.match(asked[1] ?? '', /^Roll roads in test back to generation \d+ with 100 rows\?$/);
    assert.equal(await rows('roads'), 100);
  });

  it('Roll Back… says so where there is nothing to go back to', async () => {
    await vscode.commands.executeCommand(commands.syncTable, subject('rivers'));
    const asked = await answering({}, () => vscode.commands.executeCommand(commands.rollBack, subject('rivers')));
    assert.deepEqual(asked, ['rivers in test has no earlier generation to go back to.']);
  });

  it('Run Again syncs the table of a run', async () => {
    await vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    await snowflake('INSERT INTO DB.SYNCED.ROADS SELECT 1000');
    const { runs } = await extensionParts();
    const run = runs.all[0]?.run;
    assert.ok(run !== undefined);
    await vscode.commands.executeCommand(commands.rerun, { kind: 'run', config, target: 'test', table: 'roads', run });
    assert.equal(await rows('roads'), 101);
  });

  it('Clean Up… removes earlier generations after it has said what they are', async () => {
    await vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    await snowflake('INSERT INTO DB.SYNCED.ROADS SELECT 1000');
    await vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    assert.equal((await table('roads')).status?.kept.count, 1);
    const asked = await answering(
      { pick: (items) => items.at(-1), message: (_text, buttons) => buttons.find((button) => button === 'Remove') },
      () => vscode.commands.executeCommand(commands.clean, subject('roads')),
    );
    assert.match(asked[1] ?? '', /^Remove 1 table · [\d.]+ \w+ from test\?$/);
    assert.equal((await table('roads')).status?.kept.count, 0);
  });

  it('Count Rows Exactly takes the place of the estimate', async () => {
    await vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    await vscode.commands.executeCommand(commands.countExactly, subject('roads'));
    const { targets } = await extensionParts();
    const { status } = targets.get(project)?.tables.find((known) => known.table.name === 'roads') ?? {};
    assert.deepEqual([status?.rows, status?.rowsExact], [100, true]);
    // Looking again keeps it; other rows do not.
    assert.equal((await table('roads')).status?.rowsExact, true);
    await vscode.commands.executeCommand(commands.syncTable, subject('roads'));
    assert.equal((await table('roads')).status?.rowsExact, false);
  });

  it('Choose Target… changes what the views show, for this workspace', async () => {
    const { projects } = await extensionParts();
    await vscode.commands.executeCommand(commands.chooseTarget, { kind: 'target', config, target: 'other' });
    assert.equal(projects.find(project.uri)?.target, 'other');
    await answering({ pick: (items) => items.find(({ label }) => label.endsWith('test')) }, () =>
      vscode.commands.executeCommand(commands.chooseTarget),
    );
    assert.equal(projects.find(project.uri)?.target, 'test');
  });

  it('Copy Connection String and Test Connection say how the target is reached, without a password', async () => {
    await vscode.commands.executeCommand(commands.copyConnectionString, { kind: 'target', config, target: 'test' });
    assert.match(await vscode.env.clipboard.readText(), new RegExp(`^postgresql://application@[^:]+:\\d+/${database}`));
    const asked = await answering({}, () =>
      vscode.commands.executeCommand(commands.testConnection, { kind: 'target', config, target: 'test' }),
    );
    assert.match(asked[0] ?? '', /^Connected to test as application in .*: PostgreSQL \d+.*, PostGIS \d/);
    const source = await answering({}, () =>
      vscode.commands.executeCommand(commands.testConnection, { kind: 'source', config }),
    );
    assert.match(source[0] ?? '', /^Connected to Snowflake as /);
  });
});
