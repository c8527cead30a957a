import assert from 'node:assert/strict';
import { untilSeen } from '../../support/waiting.ts';
import { extensionParts } from '../../support/extension.ts';
import { createDatabase, snowflake, sourceConfig, targetConfig, writeConfig } from '../../support/fixture.ts';

describe('the extension in a folder', () => {
  it('starts no worker before it is needed', async () => {
    const { worker } = await extensionParts();
    assert.equal(worker.running, undefined);
  });

  it('finds a configuration that is written while it runs, and looks at its target', async () => {
    await snowflake('CREATE SCHEMA IF NOT EXISTS DB.FIRST', 'CREATE OR REPLACE TABLE DB.FIRST.ASSETS (ID INTEGER)');
    const config = await writeConfig({
      source: sourceConfig(),
      targets: { test: targetConfig(await createDatabase()) },
      tables: { assets: { source: 'DB.FIRST.ASSETS', target: 'application.assets', key: ['id'] } },
    });
    const { projects, targets } = await extensionParts();
    const project = await untilSeen('the project', () =>
      projects.all.find((one) => one.config === config && one.document !== undefined),
    );
    assert.deepEqual(project.document?.problems, []);
    const state = await targets.refresh(project, 'test', { source: true });
    assert.equal(state.state, 'ready', state.error?.message);
    assert.deepEqual(
      state.tables.map(({ table, staleness }) => [table.name, staleness.kind]),
      [['assets', 'missing']],
    );
  });
});
