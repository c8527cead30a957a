import type { Choices } from '../commands/choices.ts';
import type { CommandRegistry } from '../commands/command-registry.ts';
import { withProgress } from '../commands/request-progress.ts';
import { commands } from '../ids.ts';
import type { MapPanel } from '../map/map-panel.ts';
import type { WorkspaceProjects } from '../model/workspace-projects.ts';
import { newOperation } from '../process/operation.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { createConfiguration } from './create-configuration.ts';
import { createSample } from './create-sample.ts';

export interface GuidedCommandParts {
  readonly registry: Pick<CommandRegistry, 'add'>;
  readonly choices: Pick<Choices, 'target'>;
  readonly worker: Pick<WorkerClient, 'request' | 'onNotice'>;
  readonly projects: Pick<WorkspaceProjects, 'reload'>;
  readonly settings: { readonly dataDir: string | undefined };
  readonly map: MapPanel;
}

/** Create Configuration, Try with Sample Data, Run Map Query. */
export function addGuidedCommands({ registry, choices, worker, projects, settings, map }: GuidedCommandParts): void {
  registry.add(commands.createConfiguration, () => createConfiguration(worker, projects, () => newOperation('person')));

  registry.add(commands.createSample, () => createSample(worker, settings.dataDir));

  registry.add(commands.runMapQuery, async (call) => {
    const choice = await choices.target(call, { title: 'Run Map Query' });
    if (choice === undefined) return;
    const [subject] = call.subjects;
    const table = subject !== undefined && 'table' in subject ? { table: subject.table } : {};
    const { config } = choice.project;
    const document = await withProgress(worker, 'Running a map query', ({ operation, token }) =>
      worker.request('map/query', { config, target: choice.target, operation, ...table }, token),
    );
    map.show(document, config);
  });
}
