import * as vscode from 'vscode';
import type { TimeoutsDocument } from '../../worker/protocol/protocol.ts';
import { commands } from '../ids.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import type { Choices, TargetChoice } from './choices.ts';
import type { CommandRegistry } from './command-registry.ts';
import { withProgress } from './request-progress.ts';

export interface TimeoutsParts {
  readonly registry: CommandRegistry;
  readonly choices: Choices;
  readonly worker: WorkerClient;
}

/** Configure Role Timeouts: looks first, and sets only what the person has seen. */
export function addTimeoutsCommand({ registry, choices, worker }: TimeoutsParts): void {
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
    const copy = 'Copy SQL';
    const chosen = await vscode.window.showWarningMessage(
      `${found.role} in ${found.target} has other timeouts than the configuration says.`,
      { modal: true, detail: found.settings.map(describe).join('\n') },
      apply,
      copy,
    );
    if (chosen === copy) await vscode.env.clipboard.writeText(found.statements.map((sql) => `${sql};\n`).join(''));
    if (chosen === apply) say(await ask(worker, choice, true));
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
