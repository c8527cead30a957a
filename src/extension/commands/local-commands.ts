import * as vscode from 'vscode';
import type { ProjectTarget } from '../../worker/protocol/protocol.ts';
import { formatNumberOf, joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { LiveRuns } from '../model/live-run.ts';
import type { Projects } from '../model/project.ts';
import type { TargetStates } from '../model/target-state.ts';
import { newOperation } from '../process/operation.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import type { CommandCall, CommandRegistry } from './command-registry.ts';
import { pickLive } from './live-pick.ts';
import { withProgress } from './request-progress.ts';

export interface LocalCommandParts {
  readonly registry: CommandRegistry;
  readonly worker: WorkerClient;
  readonly projects: Projects;
  readonly targets: TargetStates;
  readonly runs: LiveRuns;
}

/** Start and Stop Local PostGIS. */
export function addLocalCommands(parts: LocalCommandParts): void {
  const { registry, worker, runs, targets } = parts;

  registry.add(commands.startLocal, async (call) => {
    const folder = await folderOf(call, parts, 'Start Local PostGIS');
    if (folder === undefined) return;
    const { postgres, alreadyRunning } = await withProgress(
      worker,
      'Starting the local PostGIS',
      ({ operation, token }) => worker.request('local/start', { ...paramsOf(folder), operation }, token),
    );
    const message = `The local PostGIS ${alreadyRunning ? 'runs already' : 'is running'}: ${postgres.url}`;
    vscode.window.setStatusBarMessage(`$(check) ${message}`, 8_000);
    await targets.refreshEmbedded();
  });

  registry.add(commands.stopLocal, async (call) => {
    const folder = await folderOf(call, parts, 'Stop Local PostGIS');
    if (folder === undefined) return;
    const busy = runs.active.filter(({ project, target }) =>
      embeddedOf(project).some(({ name, dataDir }) => name === target && dataDir === folder.dataDir),
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
      worker.request('local/stop', { ...paramsOf(folder), operation: newOperation('person') }),
    );
    vscode.window.setStatusBarMessage('$(check) The local PostGIS is stopped; its data stays', 8_000);
    await targets.refreshEmbedded();
  });
}

/** A folder of local parts; null for the default one. */
type Folder = Pick<ProjectTarget, 'dataDir'>;

function paramsOf({ dataDir }: Folder): { readonly dataDir?: string } {
  return dataDir === null ? {} : { dataDir };
}

/**
 * Of the target that was clicked, else of the embedded targets that the views show, else of any. Undefined where they are in several
 * folders and the person chose none.
 */
async function folderOf(
  { subjects: [subject] }: CommandCall,
  { projects }: LocalCommandParts,
  title: string,
): Promise<Folder | undefined> {
  const concerned = projects.all.filter(({ config }) => subject === undefined || config === subject.config);
  const all = concerned.flatMap((project) => embeddedOf(project).map((target) => ({ project, target })));
  const meant =
    subject !== undefined && 'target' in subject
      ? all.filter(({ target }) => target.name === subject.target)
      : all.filter(({ project, target }) => target.name === project.target);
  const candidates = new Map((meant.length > 0 ? meant : all).map((one) => [one.target.dataDir, one]));
  const [only] = candidates.values();
  if (candidates.size <= 1) return only?.target ?? { dataDir: null };
  return pickLive({
    title,
    placeholder: 'Which one?',
    items: () =>
      [...candidates.values()].map(({ project, target }) => ({
        label: target.name,
        description: joinFacts(target.dataDir ?? target.description, concerned.length > 1 && project.label),
        value: target,
      })),
  });
}

function embeddedOf({ document }: Projects['all'][number]): readonly ProjectTarget[] {
  return document?.targets.filter(({ kind }) => kind === 'embedded') ?? [];
}
