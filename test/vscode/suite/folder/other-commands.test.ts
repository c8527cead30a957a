import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../../src/extension/ids.ts';
import type { Project } from '../../../../src/extension/model/project.ts';
import { answering } from '../../support/answers.ts';
import { callsOf } from '../../support/called-commands.ts';
import { extensionParts } from '../../support/extension.ts';
import {
  createDatabase,
  cut,
  mend,
  postgres,
  snowflake,
  sourceConfig,
  targetConfig,
  writeConfig,
} from '../../support/fixture.ts';
import { surroundings } from '../../support/here.ts';
import { manifest } from '../../support/offered.ts';
import { openedProject } from '../../support/opened-project.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('commands that look', () => {
  let config: string;
  let settings: Readonly<Record<string, unknown>>;
  let database: string;
  let project: Project;

  before(async () => {
    await snowflake(
      'CREATE SCHEMA IF NOT EXISTS DB.LOOKED',
      `CREATE OR REPLACE TABLE DB.LOOKED.WELLS AS
         SELECT SEQ8() AS ID, (SEQ8() / 100)::FLOAT AS LON, 48.5::FLOAT AS LAT FROM TABLE(GENERATOR(ROWCOUNT => 300))`,
      'CREATE OR REPLACE TABLE DB.LOOKED.SPRINGS AS SELECT 1 AS ID, ST_MAKEPOINT(8.5, 47.4) AS PLACE',
      'CREATE OR REPLACE TABLE DB.LOOKED.OWNERS AS SELECT 1 AS ID',
    );
    database = await createDatabase();
    settings = {
      source: sourceConfig(),
      targets: { test: targetConfig(database), other: targetConfig(database) },
      defaultTarget: 'test',
      role: { name: 'application' },
      tables: {
        wells: {
          source: 'DB.LOOKED.WELLS',
          target: 'application.wells',
          key: ['id'],
          computed: { geom: { type: 'geometry(Point,4326)', as: 'ST_SetSRID(ST_MakePoint(lon, lat), 4326)' } },
          indexes: [{ columns: ['geom'], method: 'gist' }],
        },
        springs: { source: 'DB.LOOKED.SPRINGS', target: 'application.springs', key: ['id'] },
        owners: { source: 'DB.LOOKED.OWNERS', target: 'application.owners', key: ['id'] },
      },
    };
    config = await writeConfig(settings);
    project = await openedProject(config, ['wells', 'springs', 'owners']);
    await vscode.commands.executeCommand(commands.syncAll, target('test'));
  });

  afterEach(async () => {
    await mend('snowflake');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const table = (): object => ({ kind: 'table', config, table: 'wells' });
  const target = (name: string): object => ({ kind: 'target', config, target: name });

  /** Resolves when there is a tab of the extension's own with this title. */
  const panelOpened = (title: string): Promise<vscode.Tab> =>
    untilSeen(`the panel ${title}`, () =>
      vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .find(({ input, label }) => input instanceof vscode.TabInputWebview && label === title),
    );

  it('Plan opens what a sync would do', async () => {
    await answering({}, () => vscode.commands.executeCommand(commands.plan, table()));
    await panelOpened('Plan of wells');
  });

  it('Verify opens what it has found', async () => {
    await answering({ pick: ([first]) => first }, () => vscode.commands.executeCommand(commands.verify, table()));
    await panelOpened('Verification of wells');
  });

  it('Open Run opens the report of the run that is chosen', async () => {
    await answering({ pick: ([latest]) => latest }, () => vscode.commands.executeCommand(commands.openRun, table()));
    await panelOpened('Synced wells');
  });

  it('Run Map Query shows what lies around the middle of the data', async () => {
    await answering({ pick: ([first]) => first }, () => vscode.commands.executeCommand(commands.runMapQuery, table()));
    await panelOpened('Map: wells');
  });

  it('Run Map Query has one panel, which the next query takes over, and says what it lacks', async () => {
    const maps = (): readonly string[] =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs.map(({ label }) => label))
        .filter((label) => label.startsWith('Map: '));
    const map = (name: string): Thenable<readonly string[]> =>
      answering({}, () => vscode.commands.executeCommand(commands.runMapQuery, { ...table(), table: name }));
    await map('wells');
    await map('springs');
    await panelOpened('Map: springs');
    assert.deepEqual(maps(), ['Map: springs']);
    assert.deepEqual(await map('owners'), ['application.owners has no geometry or geography column, or is not there.']);
    assert.deepEqual(maps(), ['Map: springs']);
  });

  it('Open Configuration opens the file', async () => {
    await vscode.commands.executeCommand(commands.openConfiguration, { kind: 'project', config });
    const editor = await untilSeen('the editor', () => vscode.window.activeTextEditor);
    assert.equal(editor.document.uri.fsPath, config);
  });

  it('Test Connection tells how it came out, on either side', async () => {
    const { tests } = await extensionParts();
    await vscode.commands.executeCommand(commands.testConnection, target('test'));
    await vscode.commands.executeCommand(commands.testConnection, { kind: 'source', config });
    const outcomes = [
      tests.latest({ side: 'target', project, target: 'test' }),
      tests.latest({ side: 'source', project }),
    ];
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.state),
      ['connected', 'connected'],
    );
  });

  it('Choose Target of a configuration asks which, and changes what the views show', async () => {
    const { projects } = await extensionParts();
    await answering({ pick: (items) => items.find(({ label }) => label === 'other') }, () =>
      vscode.commands.executeCommand(commands.chooseTarget, { kind: 'project', config }),
    );
    assert.equal(projects.all.find((known) => known.config === config)?.target, 'other');
    await projects.chooseTarget(project, 'test');
  });

  it('Configure Role Timeouts sets the settings of the role', async () => {
    const asked = await answering({ message: (_text, [first]) => first }, () =>
      vscode.commands.executeCommand(commands.configureRoleTimeouts, target('test')),
    );
    assert.deepEqual(asked, [
      'application in test has other timeouts than the configuration says.',
      'The timeouts of application are set: idle_in_transaction_session_timeout = 60s, statement_timeout = 300s.',
    ]);
    const [role] = await postgres(database, `SELECT rolconfig FROM pg_roles WHERE rolname = 'application'`);
    assert.deepEqual(role?.rolconfig, ['idle_in_transaction_session_timeout=60s', 'statement_timeout=300s']);
  });

  it('Configure Role Timeouts hands over the SQL where the role may not be changed', async () => {
    const { guarded } = surroundings().postgres;
    await writeConfig({ ...settings, role: { name: guarded.user } });
    const asked = await answering({ message: (_text, [first]) => first }, () =>
      vscode.commands.executeCommand(commands.configureRoleTimeouts, target('test')),
    );
    await writeConfig(settings);
    assert.equal(asked[1], 'The role application may not change the settings of guarded.');
    assert.equal(
      await vscode.env.clipboard.readText(),
      `ALTER ROLE "guarded" SET idle_in_transaction_session_timeout = '60s';\nALTER ROLE "guarded" SET statement_timeout = '300s';\n`,
    );
  });

  it('Clean Up… of a target removes the earlier generations of all its tables', async () => {
    const { targets } = await extensionParts();
    const kept = async (): Promise<number | undefined> =>
      (await targets.refresh(project, 'test')).tables[0]?.status?.kept.count;
    await vscode.commands.executeCommand(commands.syncTable, table());
    assert.equal(await kept(), 1);
    await answering({ pick: (items) => items.at(-1), message: (_text, [first]) => first }, () =>
      vscode.commands.executeCommand(commands.clean, target('test')),
    );
    assert.equal(await kept(), 0);
  });

  it('Open Walkthrough opens the one whose steps lead to commands that there are', async () => {
    const [{ id, steps } = { id: '', steps: [] }] = manifest().contributes.walkthroughs;
    const links = steps.map(({ description }) =>
      [...description.matchAll(/\(command:([\w.]+)\)/g)].map(([, id]) => id),
    );
    assert.equal(links.length, 5);
    assert.ok(
      links.every((ids) => ids.length > 0),
      'each step leads somewhere',
    );
    const known = new Set<string | undefined>(await vscode.commands.getCommands());
    assert.deepEqual(
      links.flat().filter((link) => !known.has(link)),
      [],
    );
    const open = 'workbench.action.openWalkthrough';
    const calls = await callsOf([open], () => vscode.commands.executeCommand(commands.openWalkthrough));
    assert.deepEqual(calls, [[open, `snowmelt.snowmelt#${id}`, false]]);
    // The editor of walkthroughs has no kind that extensions know.
    await untilSeen('its editor', () =>
      vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ input }) => input === undefined),
    );
  });

  it('Show Log opens the channel of the extension', async () => {
    await vscode.commands.executeCommand(commands.showLog);
    await untilSeen('the log', () =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === 'output:snowmelt.snowmelt.Snowmelt.log'),
    );
    await vscode.commands.executeCommand('workbench.action.closePanel');
  });

  it('Open in Terminal runs psql with a URL that has no password', async () => {
    await vscode.commands.executeCommand(commands.openPsql, target('test'));
    const terminal = await untilSeen('the terminal', () =>
      vscode.window.terminals.find(({ creationOptions }) => 'shellArgs' in creationOptions),
    );
    const { shellPath, shellArgs } = terminal.creationOptions as vscode.TerminalOptions;
    terminal.dispose();
    assert.match(shellPath ?? '', /psql/);
    assert.match(String(shellArgs), /^postgresql:\/\/application@127\.0\.0\.1:\d+\//);
  });

  it('Refresh tells that Snowflake is away, keeps what was known, and recovers when it is back', async () => {
    const { targets } = await extensionParts();
    await targets.refresh(project, 'test', { source: true });
    await cut('snowflake');
    const without = await targets.refresh(project, 'test', { source: true });
    assert.equal(without.state, 'ready', 'the target itself is well');
    assert.equal(without.sourceError?.code, 'snowflake.connect');
    assert.equal(without.tables[0]?.source?.status, 'success');
    await mend('snowflake');
    const again = await targets.refresh(project, 'test', { source: true });
    assert.equal(again.sourceError, undefined);
  });
});
