import type { Project } from '../../../src/extension/model/project.ts';
import { extensionParts } from './extension.ts';
import { until } from './waiting.ts';

/** The project of a configuration that was just written, once the extension has read that it has these tables. */
export async function openedProject(config: string, tables: readonly string[]): Promise<Project> {
  const { projects } = await extensionParts();
  await projects.load();
  return until(`${config} with ${tables.join(', ')}`, projects.onDidChange, () => {
    const project = projects.all.find((known) => known.config === config);
    const names = project?.document?.tables.map(({ name }) => name);
    return names?.join() === tables.join() ? project : undefined;
  });
}
