import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../../src/extension/ids.ts';
import { answering } from '../../support/answers.ts';
import { extensionParts } from '../../support/extension.ts';
import { createDatabase, postgres, snowflake, sourceConfig, targetConfig, writeConfig } from '../../support/fixture.ts';
import { openedProject } from '../../support/opened-project.ts';
import { until } from '../../support/waiting.ts';

describe('a worker that is killed', () => {
  it('fails the run that was under way, is started again once, and then only by a person', async () => {
    await snowflake(
      'CREATE SCHEMA IF NOT EXISTS DB.KILLED',
      'CREATE OR REPLACE TABLE DB.KILLED.PEAKS AS SELECT SEQ8() AS ID FROM TABLE(GENERATOR(ROWCOUNT => 100))',
    );
    const database = await createDatabase();
    const config = await writeConfig({
      source: sourceConfig(),
      targets: { test: targetConfig(database) },
      tables: { peaks: { source: 'DB.KILLED.PEAKS', target: 'application.peaks', key: ['id'] } },
    });
    const project = await openedProject(config, ['peaks']);
    const subject = { kind: 'table', config, table: 'peaks' };
    const { worker, runs, targets } = await extensionParts();
    await vscode.commands.executeCommand(commands.syncTable, subject);
    await snowflake('INSERT INTO DB.KILLED.PEAKS SELECT 1000');

    const first = worker.running?.processId;
    assert.ok(first !== undefined);
    const asked = await answering({}, async () => {
      const listening = runs.onDidChange((run) => {
        if (run.state !== 'running') return;
        listening.dispose();
        process.kill(first, 'SIGKILL');
      });
      await vscode.commands.executeCommand(commands.syncTable, subject);
      await until('another worker', worker.onDidChangeRunning, () =>
        worker.running !== undefined && worker.running.processId !== first ? true : undefined,
      );
    });
    assert.match(asked.join('\n'), /worker ended unexpectedly \(signal SIGKILL\) and was started again/);
    assert.deepEqual([runs.all[0]?.state, runs.all[0]?.error?.code], ['failed', 'internal']);
    const [row] = await postgres(database, 'SELECT count(*)::int AS rows FROM application.peaks');
    assert.equal(row?.rows, 100);

    const second = worker.running?.processId;
    assert.ok(second !== undefined);
    const said = await answering({}, async () => {
      process.kill(second, 'SIGKILL');
      await until('the end of the worker', worker.onDidChangeRunning, () =>
        worker.running === undefined ? true : undefined,
      );
    });
    assert.match(said.join('\n'), /ended twice within a minute/);
    await assert.rejects(worker.request('local/status', {}), /stays stopped/);

    await vscode.commands.executeCommand(commands.refresh);
    assert.equal(targets.get(project)?.state, 'ready');
  });
});
