import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extensionParts } from '../../support/extension.ts';
import { answering } from '../../support/answers.ts';
import {
  createDatabase,
  openReader,
  snowflake,
  sourceConfig,
  targetConfig,
  writeConfig,
} from '../../support/fixture.ts';
import { openedProject } from '../../support/opened-project.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('snowmelt.json in the editor', () => {
  let database: string;
  let document: vscode.TextDocument;
  let text: string;

  before(async () => {
    await snowflake(
      'CREATE SCHEMA IF NOT EXISTS DB.EDITED',
      'CREATE OR REPLACE TABLE DB.EDITED.POLES (POLE_ID NUMBER(9,0), NAME VARCHAR(20), LATITUDE FLOAT, LONGITUDE FLOAT)',
      "INSERT INTO DB.EDITED.POLES VALUES (1, 'one', 30.0, -95.0), (2, 'two', 30.1, -95.1)",
    );
    database = await createDatabase();
    const config = await writeConfig({
      source: sourceConfig(),
      targets: { test: targetConfig(database) },
      tables: {
        poles: {
          source: 'DB.EDITED.POLES',
          target: 'application.poles',
          key: ['pole_id'],
          computed: {
            geom: {
              type: 'geometry(Point,4326)',
              as: 'ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)',
            },
          },
        },
      },
    });
    await extensionParts();
    document = await vscode.workspace.openTextDocument(config);
    text = document.getText();
    await vscode.window.showTextDocument(document);
  });

  afterEach(async () => {
    await edit((whole) => [whole, text]);
  });

  after(async () => {
    await document.save();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  async function edit(change: (whole: vscode.Range) => readonly [vscode.Range, string]): Promise<void> {
    const whole = new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length));
    const changes = new vscode.WorkspaceEdit();
    changes.replace(document.uri, ...change(whole));
    assert.ok(await vscode.workspace.applyEdit(changes));
  }

  async function replace(from: string, to: string): Promise<void> {
    assert.ok(document.getText().includes(from), from);
    await edit((whole) => [whole, document.getText().replace(from, to)]);
  }

  const own = (): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'snowmelt');

  /** @param at the text that it marks: one of the text before is moved along until the next look. */
  const diagnostic = (part: string, at?: string): Promise<vscode.Diagnostic> =>
    untilSeen(`a diagnostic with "${part}"${at === undefined ? '' : ` at ${at}`}`, () =>
      own().find(
        ({ message, range }) => message.includes(part) && (at === undefined || document.getText(range) === at),
      ),
    );

  /** What is offered where a text is found, behind it. */
  async function offered(behind: string): Promise<string[]> {
    const position = document.positionAt(document.getText().indexOf(behind) + behind.length);
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      position,
    );
    return items.map(({ label }) => (typeof label === 'string' ? label : label.label));
  }

  async function applyFix(of: vscode.Diagnostic, title: string): Promise<void> {
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      of.range,
    );
    const action = actions.find((one) => one.title === title);
    assert.ok(action?.edit, actions.map((one) => one.title).join(', '));
    assert.ok(await vscode.workspace.applyEdit(action.edit));
  }

  it('says what is wrong with a text that is not saved, once, and takes it back', async () => {
    await replace('"key"', '"keey"');
    const found = await diagnostic('Unknown setting "keey"');
    assert.equal(found.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(document.getText(found.range), '"keey"');
    const there = vscode.languages.getDiagnostics(document.uri).filter(({ range }) => range.isEqual(found.range));
    assert.equal(there.length, 1, there.map(({ message }) => message).join('; '));
    await replace('"keey"', '"key"');
    await untilSeen('no more errors', () => !own().some(({ message }) => message.includes('keey')) || undefined);
  });

  it('corrects a name that is nearly right', async () => {
    await replace('"key"', '"keey"');
    await applyFix(await diagnostic('Unknown setting "keey"'), 'Change to "key"');
    assert.equal(document.getText(), text);
  });

  it('takes a password out of the file', async () => {
    await replace('"password": {', '"password": "secret", "was": {');
    await applyFix(
      await diagnostic('must not be written here'),
      'Take it out of the file, and ask for it: { "prompt": true }',
    );
    assert.match(document.getText(), /"password": \{\s*"prompt": true\s*\}/);
    assert.doesNotMatch(document.getText(), /secret/);
  });

  it('misses an index on a geometry, and adds it', async () => {
    const found = await diagnostic('geom (geometry(Point,4326)) has no GiST index', '"geom"');
    assert.equal(found.severity, vscode.DiagnosticSeverity.Warning);
    await applyFix(found, 'Add a GiST index on geom');
    assert.match(document.getText(), /"method": "gist"/);
    await untilSeen('no more warnings', () => own().length === 0 || undefined);
  });

  it('offers what Snowflake has, level by level', async () => {
    await replace('"DB.EDITED.POLES"', '"DB."');
    assert.ok((await offered('"source": "DB.')).includes('EDITED'));
    await replace('"DB."', '"DB.EDITED."');
    assert.ok((await offered('"source": "DB.EDITED.')).includes('POLES'));
  });

  it('offers columns of the table, computed ones too, and leaves out what is there', async () => {
    await replace('"pole_id"', '"pole_id", ""');
    const columns = await offered('"pole_id",');
    assert.ok(
      ['name', 'latitude', 'geom'].every((name) => columns.includes(name)),
      columns.join(', '),
    );
    assert.ok(!columns.includes('pole_id'));
  });

  it('offers columns of the source where a setting takes those', async () => {
    await replace('"computed"', '"columns": { "exclude": [""] }, "computed"');
    const columns = await offered('"exclude": ["');
    assert.ok(
      ['POLE_ID', 'NAME'].every((name) => columns.includes(name)),
      columns.join(', '),
    );
  });

  /** What stands above a table or target, in its order. */
  async function lensesAt(name: string): Promise<readonly vscode.Command[]> {
    const { line } = document.positionAt(document.getText().indexOf(`"${name}": {`));
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    return lenses
      .filter(({ range }) => range.start.line === line)
      .flatMap(({ command }) => (command === undefined ? [] : [command]));
  }

  const titlesAt = async (name: string): Promise<readonly string[]> => (await lensesAt(name)).map(({ title }) => title);

  it('has its commands above each table and target, where they stand now', async () => {
    assert.deepEqual((await titlesAt('poles')).slice(0, 3), ['Sync', 'Verify', 'Plan']);
    assert.deepEqual(await titlesAt('test'), ['Test connection']);
    await edit((whole) => [new vscode.Range(whole.start, whole.start), '// one\n// two\n']);
    assert.deepEqual((await titlesAt('poles')).slice(0, 3), ['Sync', 'Verify', 'Plan']);
  });

  it('tells above a table how far its sync is, which can be cancelled there, and how it stands afterwards', async () => {
    const press = async (at: number): Promise<void> => {
      const lens = (await lensesAt('poles'))[at];
      assert.ok(lens !== undefined);
      const asked = await answering({}, () =>
        vscode.commands.executeCommand(lens.command, ...(lens.arguments as readonly unknown[])),
      );
      assert.deepEqual(asked, []);
    };
    // The editor may have saved what was wrong before.
    await document.save();
    await openedProject(document.uri.fsPath, ['poles']);
    await press(0);
    await untilSeen('the rows', async () => /^~?2 rows, /.test((await titlesAt('poles'))[3] ?? '') || undefined);
    const endReading = await openReader(database, 'application.poles');
    const syncing = press(0);
    try {
      await untilSeen(
        'its swap',
        async () => (await titlesAt('poles'))[0]?.endsWith(' swapping') === true || undefined,
      );
      assert.deepEqual(await titlesAt('poles'), ['$(sync~spin) swapping', 'Cancel']);
      await press(1);
      await syncing;
    } finally {
      await endReading();
    }
    assert.deepEqual((await titlesAt('poles')).slice(0, 3), ['Sync', 'Verify', 'Plan']);
  });

  it('explains a column by its type in Snowflake', async () => {
    const position = document.positionAt(text.indexOf('"pole_id"') + 3);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      position,
    );
    const said = hovers
      .flatMap(({ contents }) => contents)
      .map((content) => (content instanceof vscode.MarkdownString ? content.value : ''));
    assert.ok(
      said.some((part) => part.includes('POLE_ID') && part.includes('NUMBER')),
      said.join('\n'),
    );
  });
});
