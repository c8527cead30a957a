import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../../src/extension/ids.ts';
import type { Project } from '../../../../src/extension/model/project.ts';
import { answering } from '../../support/answers.ts';
import { extensionParts } from '../../support/extension.ts';
import { createDatabase, guardedTargetConfig, snowflake, sourceConfig, writeConfig } from '../../support/fixture.ts';
import { surroundings } from '../../support/here.ts';
import { openedProject } from '../../support/opened-project.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('passwords that are asked for', () => {
  const { password } = surroundings().postgres.guarded;
  const subject = (): object => ({ kind: 'target', config, target: 'guarded' });
  let config: string;
  let project: Project;

  before(async () => {
    await snowflake('CREATE SCHEMA IF NOT EXISTS DB.GUARDED', 'CREATE OR REPLACE TABLE DB.GUARDED.LAKES (ID INTEGER)');
    config = await writeConfig({
      source: sourceConfig(),
      targets: { guarded: guardedTargetConfig(await createDatabase()) },
      tables: { lakes: { source: 'DB.GUARDED.LAKES', target: 'application.lakes', key: ['id'] } },
    });
    project = await openedProject(config, ['lakes']);
  });

  afterEach(async () => {
    const { secrets } = await extensionParts();
    await secrets.forget({ config, id: 'target/guarded/password' });
  });

  it('are not asked for by looking: the target says that it has none', async () => {
    const { targets } = await extensionParts();
    const asked = await answering({}, () => targets.refresh(project, 'guarded'));
    assert.deepEqual(asked, []);
    const state = targets.get(project);
    assert.deepEqual([state?.state, state?.error?.code], ['failed', 'secret.unavailable']);
  });

  it('are asked for where a person waits, hidden, and remembered only when they proved right and the person wants it', async () => {
    const { secrets } = await extensionParts();
    const hidden: unknown[] = [];
    const input = (options: vscode.InputBoxOptions): string => {
      hidden.push(options.password);
      return password;
    };
    const message = (text: string, buttons: readonly string[]): string | undefined =>
      text.startsWith('Remember') ? buttons[0] : undefined;
    const asked = await answering({ input, message }, () =>
      vscode.commands.executeCommand(commands.testConnection, subject()),
    );
    assert.deepEqual(hidden, [true]);
    assert.match(asked.join('\n'), /Connected to guarded as guarded/);
    assert.ok(await secrets.isRemembered({ config, id: 'target/guarded/password' }));
    const again = await answering({}, () => vscode.commands.executeCommand(commands.testConnection, subject()));
    assert.match(again.join('\n'), /^Connected to guarded/);
  });

  it('are forgotten where they proved wrong, and the person is offered to set another', async () => {
    const { secrets } = await extensionParts();
    await secrets.remember({ config, id: 'target/guarded/password' }, 'absolute zero');
    let buttons: readonly string[] = [];
    const message = (_text: string, offered: readonly string[]): undefined => void (buttons = offered);
    await answering({ message }, () => vscode.commands.executeCommand(commands.testConnection, subject()));
    assert.equal(buttons[0], 'Set Password…');
    const isForgotten = async (): Promise<true | undefined> =>
      (await secrets.get({ config, id: 'target/guarded/password' })) === undefined ? true : undefined;
    assert.ok(await untilSeen('the password to be forgotten', isForgotten));
  });

  it('are set and tried by a command, and forgotten by it', async () => {
    const { secrets } = await extensionParts();
    const asked = await answering({ input: () => password }, () =>
      vscode.commands.executeCommand(commands.setPassword, subject()),
    );
    assert.match(asked.join('\n'), /Connected to guarded as guarded/);
    assert.ok(await secrets.isRemembered({ config, id: 'target/guarded/password' }));
    await answering({ pick: (items) => items.find(({ label }) => label.includes('Forget')) }, () =>
      vscode.commands.executeCommand(commands.setPassword, subject()),
    );
    assert.ok(!(await secrets.isRemembered({ config, id: 'target/guarded/password' })));
  });
});
