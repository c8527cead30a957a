import * as vscode from 'vscode';
import { formatNumberOf } from '../format.ts';
import { commands } from '../ids.ts';
import type { LiveRuns } from '../model/live-run.ts';
import type { Projects } from '../model/project.ts';
import type { TargetStates } from '../model/target-state.ts';
import { newOperation } from '../process/operation.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import type { Settings } from '../settings.ts';
import type { CommandCall, CommandRegistry } from './command-registry.ts';
import { withProgress } from './request-progress.ts';

export interface LocalCommandParts {
  readonly registry: CommandRegistry;
  readonly worker: WorkerClient;
  readonly projects: Projects;
  readonly targets: TargetStates;
  readonly runs: LiveRuns;
  readonly settings: Settings;
}

/** Start and Stop Local PostGIS. */
export function addLocalCommands(parts: LocalCommandParts): void {
  const { registry, worker, runs } = parts;

  registry.add(commands.startLocal, async (call) => {
    const folder = folderOf(call, parts);
    const { postgres, alreadyRunning } = await withProgress(
      worker,
      'Starting the local PostGIS',
      ({ operation, token }) => worker.request('local/start', { ...folder, operation }, token),
    );
    const message = `The local PostGIS ${alreadyRunning ? 'runs already' : 'is running'}: ${postgres.url}`;
    vscode.window.setStatusBarMessage(`$(check) ${message}`, 8_000);
    await lookAgain(parts);
  });

  registry.add(commands.stopLocal, async (call) => {
    const busy = runs.active.filter(({ project, target }) =>
      project.document?.targets.some(({ name, kind }) => name === target && kind === 'embedded'),
    );
    if (busy.length > 0) {
      const action = 'Stop';
      const question = `Stop the local PostGIS while ${formatNumberOf(busy.length, 'run is', 'runs are')} under way?`;
      const detail = 'The tables stay as they were before.';
      if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, action)) !== action) return;
      for (const run of busy) run.cancel();
    }
    const location = vscode.ProgressLocation.Window;
    await vscode.window.withProgress({ location, title: 'Stopping the local PostGIS' }, () =>
      worker.request('local/stop', { ...folderOf(call, parts), operation: newOperation('person') }),
    );
    vscode.window.setStatusBarMessage('$(check) The local PostGIS is stopped; its data stays', 8_000);
    await lookAgain(parts);
  });
}

/** Of the target that was clicked; otherwise that of the settings. */
function folderOf(call: CommandCall, { projects, settings }: LocalCommandParts): { readonly dataDir?: string } {
  const [subject] = call.subjects;
  const target =
    subject?.kind === 'target'
      ? projects.all
          .find(({ config }) => config === subject.config)
          ?.document?.targets.find(({ name }) => name === subject.target)
      : undefined;
  const dataDir = target?.dataDir ?? settings.dataDir;
  return dataDir === undefined ? {} : { dataDir };
}

async function lookAgain({ projects, targets }: LocalCommandParts): Promise<void> {
  await targets.refreshLocal();
  for (const project of projects.all) {
    const target = project.document?.targets.find(({ name }) => name === project.target);
    if (target?.kind === 'embedded') void targets.refresh(project, target.name);
  }
}
