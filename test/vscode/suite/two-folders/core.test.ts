import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../../src/extension/ids.ts';
import { answering } from '../../support/answers.ts';
import { extensionParts } from '../../support/extension.ts';
import { createDatabase, postgres, snowflake, sourceConfig, targetConfig, writeConfig } from '../../support/fixture.ts';
import { openedProject } from '../../support/opened-project.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('two folders', () => {
  it('have a project each, told from each other by their folders, and commands act on the one that is meant', async () => {
    await snowflake('CREATE SCHEMA IF NOT EXISTS DB.TWICE', 'CREATE OR REPLACE TABLE DB.TWICE.FORDS AS SELECT 1 AS ID');
    const databases = [await createDatabase(), await createDatabase()] as const;
    const configOf = (database: string): Readonly<Record<string, unknown>> => ({
      source: sourceConfig(),
      targets: { test: targetConfig(database) },
      tables: { fords: { source: 'DB.TWICE.FORDS', target: 'application.fords', key: ['id'] } },
    });
    const first = await writeConfig(configOf(databases[0]), 0);
    const second = await writeConfig(configOf(databases[1]), 1);
    await openedProject(first, ['fords']);
    await openedProject(second, ['fords']);
    const { projects } = await extensionParts();
    const labels = projects.all.map(({ label }) => label);
    assert.equal(new Set(labels).size, 2, labels.join(', '));

    await vscode.commands.executeCommand(commands.syncTable, { kind: 'table', config: second, table: 'fords' });
    const exists = 'SELECT to_regclass($1) IS NOT NULL AS there';
    assert.deepEqual(await postgres(databases[0], exists, ['application.fords']), [{ there: false }]);
    assert.deepEqual(await postgres(databases[1], exists, ['application.fords']), [{ there: true }]);

    let shown: readonly vscode.QuickPickItem[] = [];
    await answering({ pick: (items) => void (shown = items) }, () =>
      vscode.commands.executeCommand(commands.syncTable),
    );
    assert.equal(shown.length, 2);
    for (const label of labels)
      assert.ok(
        shown.some(({ description }) => description?.includes(label)),
        label,
      );
  });

  it('go on with the one that is right while the other has problems, which are said by the command that opens it', async () => {
    const broken = await writeConfig('{ "source": 1 }', 1);
    const { projects } = await extensionParts();
    const project = await untilSeen('the problems', () =>
      projects.all.find((known) => known.config === broken && (known.document?.problems.length ?? 0) > 0),
    );
    assert.deepEqual(project.document?.targets, []);
    const message = (_text: string, buttons: readonly string[]): string | undefined => buttons[0];
    const asked = await answering({ message }, () =>
      vscode.commands.executeCommand(commands.syncAll, { kind: 'project', config: broken }),
    );
    assert.match(asked[0] ?? '', /has \d+ problems?\.$/);
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, broken);
  });
});
