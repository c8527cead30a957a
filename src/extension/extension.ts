import * as vscode from 'vscode';
import { Choices } from './commands/choices.ts';
import { addCleanCommand } from './commands/clean-command.ts';
import { CommandRegistry } from './commands/command-registry.ts';
import { addConnectionCommands } from './commands/connection-commands.ts';
import { Failures } from './commands/failures.ts';
import { addLocalCommands } from './commands/local-commands.ts';
import { addPasswordCommand } from './commands/password-command.ts';
import { addRollBackCommand } from './commands/roll-back-command.ts';
import { addRunCommands } from './commands/run-commands.ts';
import { SyncCommands } from './commands/sync-commands.ts';
import { addTableCommands } from './commands/table-commands.ts';
import { addTimeoutsCommand } from './commands/timeouts-command.ts';
import { addWorkspaceCommands } from './commands/workspace-commands.ts';
import { ContextKeys } from './context-keys.ts';
import { ConfigEditor } from './editor/config-editor.ts';
import { addGuidedCommands } from './guided/guided-commands.ts';
import { LogChannel } from './log.ts';
import { MapPanel } from './map/map-panel.ts';
import { ConnectionTests } from './model/connection-tests.ts';
import type { LiveRuns } from './model/live-run.ts';
import { ObservedTargets } from './model/observed-targets.ts';
import type { Projects } from './model/project.ts';
import { StartedRuns } from './model/started-runs.ts';
import { TableSyncs } from './model/table-syncs.ts';
import type { TargetStates } from './model/target-state.ts';
import { WorkspaceProjects } from './model/workspace-projects.ts';
import { WebviewPanels } from './panels/webview-panels.ts';
import { SupervisedWorker } from './process/supervised-worker.ts';
import { AskedSecrets } from './secrets/asked-secrets.ts';
import { SecretStore } from './secrets/secret-store.ts';
import { Settings } from './settings.ts';
import { StatusBar } from './status-bar.ts';
import { CacheTablesView } from './views/cache-tables-view.ts';
import { ConnectionsView } from './views/connections-view.ts';
import { OutdatedDecorations } from './views/outdated-decorations.ts';
import { RunsView } from './views/runs-view.ts';

/** What the tests in a real VS Code look at; nobody else gets it, for the secrets are among it. */
export interface Parts {
  readonly projects: Projects;
  readonly targets: TargetStates;
  readonly runs: LiveRuns;
  readonly worker: SupervisedWorker;
  readonly tests: ConnectionTests;
  readonly secrets: SecretStore;
  readonly panels: WebviewPanels;
  readonly views: {
    readonly cacheTables: CacheTablesView;
    readonly runs: RunsView;
    readonly connections: ConnectionsView;
  };
}

let worker: SupervisedWorker | undefined;

/** Builds the parts and hands them to each other. Starts nothing: the worker waits for the first request. */
export function activate(context: vscode.ExtensionContext): Parts | undefined {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };

  const log = own(new LogChannel());
  const store = new SecretStore(context.secrets);
  const settings = own(new Settings());
  const secrets = own(new AskedSecrets(store, log.scoped('secrets')));
  const supervised = own(
    new SupervisedWorker({
      program: vscode.Uri.joinPath(context.extensionUri, 'dist', 'snowmelt.mjs').fsPath,
      log: log.scoped('worker'),
      home: () => settings.dataDir,
      answerSecret: (params, token) => secrets.answer(params, token),
    }),
  );
  worker = supervised;
  own(worker.onDidSettle((request) => void secrets.settle(request)));

  const projects = own(new WorkspaceProjects(worker, context.workspaceState, log.scoped('projects')));
  const targets = own(new ObservedTargets(worker, projects, settings, log.scoped('targets')));
  const runs = own(new StartedRuns(worker, log.scoped('runs')));
  const tests = own(new ConnectionTests(worker));
  // What could not be looked at for want of a password.
  own(
    secrets.onDidChange(() => {
      targets.lookAgain();
    }),
  );
  own(
    settings.onDidChange(() => {
      if (supervised.moveHome()) void targets.refreshEmbedded();
    }),
  );
  own(new ContextKeys(projects, targets, runs));
  own(new StatusBar(runs, targets));

  const panels = own(new WebviewPanels({ extensionUri: context.extensionUri, worker, projects, runs }));
  const choices = new Choices(projects, targets, worker);
  const failures = new Failures(worker, projects, log.scoped('commands'));
  const registry = own(new CommandRegistry(failures, log.scoped('commands')));
  const syncs = new SyncCommands({
    registry,
    choices,
    failures,
    syncs: new TableSyncs(worker, runs, targets),
    runs,
    targets,
    panels,
    settings,
  });
  addTableCommands({ registry, choices, worker, targets, panels, settings });
  addRollBackCommand({ registry, choices, failures, worker, runs, targets, panels });
  addRunCommands({ registry, choices, worker, runs, panels, syncs });
  addLocalCommands({ registry, worker, projects, targets, runs });
  addConnectionCommands({ registry, choices, failures, worker, tests });
  addPasswordCommand({ registry, choices, failures, tests, secrets, store });
  addCleanCommand({ registry, choices, worker, targets });
  addTimeoutsCommand({ registry, choices, failures, worker });
  addGuidedCommands({ registry, choices, worker, projects, settings, map: own(new MapPanel(context.extensionUri)) });
  addWorkspaceCommands({ registry, choices, worker, projects, targets, log, extensionId: context.extension.id });

  const views = {
    cacheTables: own(new CacheTablesView(projects, targets, runs)),
    runs: own(new RunsView(projects, targets, runs, worker)),
    connections: own(new ConnectionsView(projects, targets, tests)),
  };
  own(new OutdatedDecorations());

  own(
    new ConfigEditor({
      extensionUri: context.extensionUri,
      worker,
      projects,
      targets,
      runs,
      log: log.scoped('editor'),
    }),
  );

  // After activation, which ends with this call: the files decide which commands and views there are.
  setImmediate(() => void projects.load());
  if (context.extensionMode !== vscode.ExtensionMode.Test) return undefined;
  return { projects, targets, runs, worker, tests, secrets: store, panels, views };
}

/** Resolves when the worker has cleaned up; without that it would be cut off by the end of the extension host. */
export async function deactivate(): Promise<void> {
  await worker?.stop();
}
