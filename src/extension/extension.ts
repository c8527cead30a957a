import * as vscode from 'vscode';
import { ContextKeys } from './context-keys.ts';
import { ConfigEditor } from './editor/config-editor.ts';
import { LogChannel } from './log.ts';
import { ConnectionTests } from './model/connection-tests.ts';
import { ObservedTargets } from './model/observed-targets.ts';
import { StartedRuns } from './model/started-runs.ts';
import { WorkspaceProjects } from './model/workspace-projects.ts';
import { SupervisedWorker } from './process/supervised-worker.ts';
import { AskedSecrets } from './secrets/asked-secrets.ts';
import { SecretStore } from './secrets/secret-store.ts';
import { Settings } from './settings.ts';
import { CacheTablesView } from './views/cache-tables-view.ts';
import { ConnectionsView } from './views/connections-view.ts';
import { OutdatedDecorations } from './views/outdated-decorations.ts';
import { RunsView } from './views/runs-view.ts';

let worker: SupervisedWorker | undefined;

/** Builds the parts and hands them to each other. Starts nothing: the worker waits for the first request. */
export function activate(context: vscode.ExtensionContext): void {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };

  const log = own(new LogChannel());
  const settings = own(new Settings());
  const secrets = own(new AskedSecrets(new SecretStore(context.secrets), log.scoped('secrets')));
  worker = own(
    new SupervisedWorker({
      program: vscode.Uri.joinPath(context.extensionUri, 'dist', 'snowmelt.mjs').fsPath,
      log: log.scoped('worker'),
      answerSecret: (params, token) => secrets.answer(params, token),
    }),
  );
  own(worker.onDidSettle((request) => void secrets.settle(request)));

  const projects = own(new WorkspaceProjects(worker, context.workspaceState, log.scoped('projects')));
  const targets = own(new ObservedTargets(worker, projects, settings, log.scoped('targets')));
  const runs = own(new StartedRuns(worker, log.scoped('runs')));
  const connectionTests = own(new ConnectionTests(worker));
  own(new ContextKeys(projects, targets, runs));

  own(new CacheTablesView(projects, targets, runs));
  own(new RunsView(projects, targets, runs, worker));
  own(new ConnectionsView(projects, targets, connectionTests));
  own(new OutdatedDecorations());
  // Panels: from panels/.

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
}

/** Resolves when the worker has cleaned up; without that it would be cut off by the end of the extension host. */
export async function deactivate(): Promise<void> {
  await worker?.stop();
}
