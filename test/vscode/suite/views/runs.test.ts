import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Parts } from '../../../../src/extension/extension.ts';
import { commands } from '../../../../src/extension/ids.ts';
import { extensionParts } from '../../support/extension.ts';
import {
  createDatabase,
  openReader,
  postgres,
  snowflake,
  sourceConfig,
  targetConfig,
  writeConfig,
} from '../../support/fixture.ts';
import { openedProject } from '../../support/opened-project.ts';
import { labelOf, shownItems, treeLines, type ShownItem } from '../../support/tree-lines.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('the view of the runs', () => {
  const rows = 200_000;
  let parts: Parts;
  let database: string;
  let hawks: object;

  before(async () => {
    await snowflake(
      'CREATE SCHEMA IF NOT EXISTS DB.RUNS',
      `CREATE OR REPLACE TABLE DB.RUNS.HAWKS AS SELECT SEQ8() AS ID FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
    );
    database = await createDatabase();
    parts = await extensionParts();
    const config = await writeConfig({
      source: sourceConfig(),
      targets: { ledger: targetConfig(database) },
      tables: { hawks: { source: 'DB.RUNS.HAWKS', target: 'application.hawks', key: ['id'] } },
    });
    await openedProject(config, ['hawks']);
    hawks = { kind: 'table', config, table: 'hawks' };
    await vscode.commands.executeCommand('snowmelt.runs.focus');
    await vscode.commands.executeCommand(commands.syncTable, hawks);
  });

  const untilItem = (label: RegExp, depth = 0): Promise<ShownItem> =>
    untilSeen(`an item like ${String(label)}`, async () =>
      (await shownItems(parts.views.runs.tree, depth)).find(({ item }) => label.test(labelOf(item))),
    );

  it('has a run that is under way on top, with its progress, and cancels it from there', async () => {
    const { tree } = parts.views.runs;
    const shown: string[] = [];
    const listening = tree.onDidChangeTreeData(async () => {
      shown.push((await treeLines(tree))[0] ?? '');
    });
    const endReading = await openReader(database, 'application.hawks');
    const syncing = vscode.commands.executeCommand(commands.syncTable, hawks);
    try {
      const { element, item } = await untilItem(/^hawks · swapping/);
      assert.equal((await tree.getChildren())[0], element);
      assert.equal(item.contextValue, 'liveRun');
      assert.equal(item.command?.command, commands.openRun);
      assert.ok(
        shown.some((line) => /^hawks · staging \d+ %: [\d,]+ rows\/s · [\d,]+ rows$/.test(line)),
        shown.join('\n'),
      );
      await vscode.commands.executeCommand(commands.cancel, element);
      await syncing;
    } finally {
      listening.dispose();
      await endReading();
    }
    const cancelled = await untilItem(/^hawks · cancelled$/, 1);
    assert.equal(cancelled.item.contextValue, 'run rerunnable unsuccessful');
    assert.ok(
      (await treeLines(tree)).every((line) => !line.startsWith('hawks')),
      'nothing is under way any more',
    );
    assert.deepEqual(await postgres(database, 'SELECT count(*)::int AS rows FROM application.hawks'), [{ rows }]);
  });

  it('lists a long history a page at a time', async () => {
    const [{ ledger } = {}] = await postgres(
      database,
      `SELECT oid::regclass::text AS ledger FROM pg_class WHERE relname IN ('runs', 'snowmelt_runs') AND relkind = 'r'`,
    );
    await postgres(
      database,
      `INSERT INTO ${String(ledger)}
       SELECT (jsonb_populate_record(NULL::${String(ledger)}, to_jsonb(run) || jsonb_build_object(
                 'run_id', gen_random_uuid(), 'started_at', started_at - n * interval '1 h', 'finished_at', finished_at - n * interval '1 h'))).*
         FROM (SELECT * FROM ${String(ledger)} WHERE status = 'success' LIMIT 1) AS run, generate_series(1, 70) AS n`,
    );
    await vscode.commands.executeCommand(commands.syncTable, hawks);
    const { tree } = parts.views.runs;
    const untilRuns = (count: number): Promise<true> =>
      untilSeen(`${count} runs`, async () => {
        const runs = (await shownItems(tree, 1)).filter(({ depth }) => depth === 1);
        return runs.length === count || undefined;
      });
    await untilItem(/^Load more…$/);
    await untilRuns(50);
    const more = (await shownItems(tree)).at(-1);
    assert.equal(more && labelOf(more.item), 'Load more…', 'it is the last one');
    const { command = '', arguments: args = [] } = more?.item.command ?? {};
    await vscode.commands.executeCommand(command, ...(args as readonly unknown[]));
    // 70 of long ago, and three of this window.
    await untilRuns(73);
    assert.ok(!(await treeLines(tree)).includes('Load more…'));
  });
});
