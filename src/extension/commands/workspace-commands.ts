import * as vscode from 'vscode';
import { joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { LogChannel } from '../log.ts';
import type { Project } from '../model/project.ts';
import type { WorkspaceProjects } from '../model/workspace-projects.ts';
import type { TargetStates } from '../model/target-state.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import type { Choices } from './choices.ts';
import type { CommandCall, CommandRegistry } from './command-registry.ts';
import { pickLive } from './live-pick.ts';

export interface WorkspaceCommandParts {
  readonly registry: CommandRegistry;
  readonly choices: Choices;
  readonly worker: WorkerClient;
  readonly projects: WorkspaceProjects;
  readonly targets: TargetStates;
  readonly log: LogChannel;
  /** Of the extension: `publisher.name`. */
  readonly extensionId: string;
}

/** Refresh, Open Configuration, Choose Target…, Show Log, Open Walkthrough. */
export function addWorkspaceCommands(parts: WorkspaceCommandParts): void {
  const { registry, choices, worker, projects, targets, log, extensionId } = parts;

  registry.add(commands.refresh, async () => {
    worker.startAgain();
    await projects.load();
    await projects.reload();
    const looks = projects.all.flatMap((project) =>
      project.target === undefined ? [] : [targets.refresh(project, project.target, { source: true })],
    );
    await Promise.all([...looks, ...(vscode.workspace.isTrusted ? [targets.refreshLocal()] : [])]);
  });

  registry.add(commands.openConfiguration, async (call) => {
    const project = await chooseProject(call, await projects.load().then(() => projects.all));
    if (project === undefined) return;
    const [subject] = call.subjects;
    const table = subject?.kind === 'table' ? subject.table : undefined;
    const range = project.document?.tables.find(({ name }) => name === table)?.range;
    const problem = project.document?.problems.find(({ severity }) => severity === 'error');
    await openAt(project.uri, range ?? problem);
  });

  registry.add(commands.chooseTarget, async (call) => {
    const [subject] = call.subjects;
    const choice = subject?.kind === 'target' ? await choices.target(call, { title: '' }) : await pickTarget(call);
    if (choice === undefined) return;
    await projects.chooseTarget(choice.project, choice.target);
  });

  registry.add(commands.showLog, () => {
    log.show();
  });

  registry.add(commands.openWalkthrough, async () => {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${extensionId}#start`, false);
  });

  async function pickTarget(
    call: CommandCall,
  ): Promise<{ readonly project: Project; readonly target: string } | undefined> {
    const readable = await choices.projects(call);
    return pickLive({
      title: 'Choose Target',
      placeholder: 'Which target do the views show and commands take?',
      items: () =>
        readable.flatMap((project) =>
          (project.document?.targets ?? []).map(({ name, description }) => ({
            label: name === project.target ? `$(check) ${name}` : name,
            description: joinFacts(description, readable.length > 1 && project.label),
            value: { project, target: name },
          })),
        ),
    });
  }
}

async function chooseProject(call: CommandCall, all: readonly Project[]): Promise<Project | undefined> {
  const [subject] = call.subjects;
  const named = all.find(({ config }) => config === subject?.config);
  if (named !== undefined) return named;
  const [only] = all;
  if (all.length <= 1) return only;
  return pickLive({
    title: 'Open Configuration',
    placeholder: 'Which one?',
    items: () => all.map((project) => ({ label: project.label, value: project })),
  });
}

async function openAt(
  uri: vscode.Uri,
  place: { readonly offset: number; readonly length: number } | undefined,
): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const editor = await vscode.window.showTextDocument(document);
  if (place === undefined) return;
  const range = new vscode.Range(document.positionAt(place.offset), document.positionAt(place.offset + place.length));
  editor.selection = new vscode.Selection(range.start, range.end);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
