import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import * as vscode from 'vscode';
import { commands } from '../../../../src/extension/ids.ts';
import { answering, type Answers } from '../../support/answers.ts';
import { extensionParts } from '../../support/extension.ts';
import { createDatabase, postgres, snowflake } from '../../support/fixture.ts';
import { surroundings } from '../../support/here.ts';
import { back } from '../../support/scripted-quick-pick.ts';
import { untilSeen } from '../../support/waiting.ts';

type Item = vscode.QuickPickItem;

describe('a configuration that is made by answering questions', () => {
  const { folders, snowflakeHome } = surroundings();
  const file = join(folders[0] ?? '', 'snowmelt.json');
  let database: string;

  before(async () => {
    await snowflake(
      'CREATE SCHEMA IF NOT EXISTS DB.GUIDED',
      'CREATE OR REPLACE TABLE DB.GUIDED.BAYS AS SELECT SEQ8() AS BAY_ID FROM TABLE(GENERATOR(ROWCOUNT => 100))',
      'CREATE OR REPLACE TABLE DB.GUIDED.CAPES AS SELECT SEQ8() AS CAPE_ID, 47.5 AS LAT, 8.5 AS LON FROM TABLE(GENERATOR(ROWCOUNT => 20))',
    );
    database = await createDatabase();
    const { accessUrl, account, user, password } = surroundings().snowflake;
    const connection = { access_url: accessUrl, account, user, password };
    const toml = Object.entries(connection).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    await mkdir(snowflakeHome, { recursive: true });
    await writeFile(join(snowflakeHome, 'connections.toml'), ['[standin]', ...toml].join('\n'), { mode: 0o600 });
    await rm(file, { force: true });
    const { projects } = await extensionParts();
    await untilSeen('no configuration', () => projects.all.length === 0 || undefined);
  });

  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));
  after(() => rm(snowflakeHome, { recursive: true }));

  const url = (user: string): string => {
    const { host, port } = surroundings().postgres;
    return `postgresql://${user}@${host}:${port}/${database}?sslmode=disable`;
  };

  const create = (answers: Answers): Promise<readonly string[]> =>
    answering(answers, () => vscode.commands.executeCommand(commands.createConfiguration));

  /** Chooses by the label, without its icon. */
  const named =
    (...labels: readonly string[]) =>
    (items: readonly Item[]): readonly Item[] =>
      items.filter(({ label }) => labels.includes(label.replace(/^\$\([\w-]+\) /, '')));

  /** A person's choices, by a part of the question; one who is asked anything else gives up. */
  function choices(
    answers: Readonly<Record<string, (items: readonly Item[]) => unknown>>,
  ): NonNullable<Answers['pick']> {
    return (items, { placeHolder = '' }) =>
      Object.entries(answers).find(([part]) => placeHolder.includes(part))?.[1](items);
  }

  const read = async (): Promise<Record<string, object>> =>
    parse(await readFile(file, 'utf8')) as Record<string, object>;

  const untilTables = async (...names: readonly string[]): Promise<void> => {
    const { projects } = await extensionParts();
    await untilSeen(`a configuration with ${names.join()}`, () => {
      const document = projects.all.find(({ config }) => config === file)?.document;
      return document?.tables.map(({ name }) => name).join() === names.join() || undefined;
    });
  };

  it('says how Snowflake and the server are reached, without a password, and is there although no table was chosen', async () => {
    const wrong: (string | undefined)[] = [];
    const typed = [url('application:secret'), url('application'), url('postgres')];
    let timesBack = 0;
    const asked = await create({
      pick: choices({
        'How is Snowflake reached?': named('standin'),
        'Where do the rows go?': named('A Postgres server'),
        'Where is its password?': (items) => (timesBack++ === 0 ? back : named('Where psql finds it')(items)),
      }),
      input: ({ title }) => (wrong.push(title), typed.shift()),
    });
    const [urlQuestion, passwordQuestion] = ['The URL of the database, without a password', 'Where is its password?'];
    assert.deepEqual(asked, [
      'How is Snowflake reached?',
      'Where do the rows go? The first one is the default.',
      ...[urlQuestion, urlQuestion, passwordQuestion, urlQuestion, passwordQuestion],
      'Which database?',
      'snowmelt.json has no new tables. Write them by hand, or choose some with "Create Configuration" again.',
    ]);
    assert.match(wrong[1] ?? '', /^Leave the password out: /);
    assert.deepEqual(await read(), {
      source: { connection: 'standin' },
      targets: { server: { url: url('postgres') } },
      defaultTarget: 'server',
      tables: {},
    });
  });

  it('gets tables that Snowflake lists, each with the key that was suggested, and is synced at once', async () => {
    await untilTables();
    const before = await readFile(file, 'utf8');
    const shown = new Map<string, readonly string[]>();
    const suggested = (items: readonly Item[]): readonly Item[] => items.filter(({ picked }) => picked === true);
    const pick = choices({
      'has a snowmelt.json already': named('Add tables to it'),
      'Which database?': (items) => named('DB')(items)[0],
      'Which schema of DB?': (items) => named('GUIDED')(items)[0],
      'Which tables and views': named('BAYS', 'CAPES'),
      'Which columns identify a row': suggested,
    });
    const asked = await create({
      pick: (items, options) => {
        shown.set(
          options.placeHolder ?? '',
          items.map(({ label, description }) => `${label} ${description ?? ''}`),
        );
        return pick(items, options);
      },
      message: (_text, [first]) => first,
    });
    assert.deepEqual(shown.get('Which tables and views are to be kept in Postgres?'), [
      '$(table) BAYS 100 rows',
      '$(table) CAPES 20 rows',
    ]);
    assert.equal(asked.at(-1), '2 tables added to snowmelt.json.');
    assert.deepEqual((await read()).tables, {
      bays: { source: 'DB.GUIDED.BAYS', key: ['bay_id'] },
      capes: { source: 'DB.GUIDED.CAPES', key: ['cape_id'] },
    });
    assert.ok((await readFile(file, 'utf8')).startsWith(before.slice(0, before.indexOf('"tables"'))));
    const counts = 'SELECT (SELECT count(*) FROM bays)::int AS bays, (SELECT count(*) FROM capes)::int AS capes';
    assert.deepEqual(await postgres(database, counts), [{ bays: 100, capes: 20 }]);
  });

  it('is not given up for the sample without a question', async () => {
    const before = await readFile(file, 'utf8');
    const pick = choices({
      'has a snowmelt.json already': named('Write it anew'),
      'How is Snowflake reached?': named('Try with sample data'),
    });
    const asked = await create({ pick, message: (_text, buttons) => buttons.find((button) => button === 'Open It') });
    assert.equal(asked.at(-1), `${folders[0] ?? ''} has a snowmelt.json already.`);
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, file);
    assert.equal(await readFile(file, 'utf8'), before);
  });
});
