import * as vscode from 'vscode';
import type { TimeoutsDocument } from '../../worker/protocol/protocol.ts';
import { commands } from '../ids.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { errorDocumentOf } from '../process/worker-failure.ts';
import type { Choices, TargetChoice } from './choices.ts';
import type { CommandRegistry } from './command-registry.ts';
import type { Failures } from './failures.ts';
import { withProgress } from './request-progress.ts';

export interface TimeoutsParts {
  readonly registry: CommandRegistry;
  readonly choices: Choices;
  readonly failures: Failures;
  readonly worker: WorkerClient;
}

/** Configure Role Timeouts: looks first, and sets only what the person has seen. */
export function addTimeoutsCommand({ registry, choices, failures, worker }: TimeoutsParts): void {
  registry.add(commands.configureRoleTimeouts, async (call) => {
    const title = 'Configure Role Timeouts';
    const choice = await choices.target(call, { title, where: ({ project }) => project.document?.role != null });
    if (choice === undefined) return;
    const found = await ask(worker, choice, false);
    if (found.settings.every(({ correct }) => correct)) {
      say(found);
      return;
    }
    const apply = 'Apply';
    const copy = {
      title: 'Copy SQL',
      run: () => vscode.env.clipboard.writeText(found.statements.map((sql) => `${sql};\n`).join('')),
    };
    const chosen = await vscode.window.showWarningMessage(
      `${found.role} in ${found.target} has other timeouts than the configuration says.`,
      { modal: true, detail: found.settings.map(describe).join('\n') },
      apply,
      copy.title,
    );
    if (chosen === copy.title) await copy.run();
    if (chosen !== apply) return;
    try {
      say(await ask(worker, choice, true));
    } catch (error) {
      // Whoever may not set them hands the statements to somebody who may.
      const mayNot = errorDocumentOf(error).code === 'postgres.privilege';
      await failures.show(error, { config: choice.project.config, remedy: mayNot ? copy : undefined });
    }
  });
}

async function ask(worker: WorkerClient, { project, target }: TargetChoice, apply: boolean): Promise<TimeoutsDocument> {
  const title = `${apply ? 'Setting' : 'Checking'} the timeouts of ${target}`;
  return withProgress(worker, title, ({ operation, token }) =>
    worker.request('timeouts', { config: project.config, target, apply, operation }, token),
  );
}

function say({ role, settings }: TimeoutsDocument): void {
  const values = settings.map(({ name, expected }) => `${name} = ${expected}`).join(', ');
  void vscode.window.showInformationMessage(`The timeouts of ${role} are set: ${values}.`);
}

function describe({ name, actual, expected, correct }: TimeoutsDocument['settings'][number]): string {
  return correct ? `${name} is ${expected}` : `${name} is ${actual ?? 'not set'}, should be ${expected}`;
}
