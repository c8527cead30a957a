import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { Log } from '../log.ts';
import type { LiveRuns } from '../model/live-run.ts';
import type { Projects } from '../model/project.ts';
import type { TargetStates } from '../model/target-state.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { ConfigurationCompletion } from './completion.ts';
import { sourceSettings } from './config-outline.ts';
import { configurationSelector, isConfiguration } from './configuration-documents.ts';
import { ConfigurationDiagnostics, reportRestrictedMode } from './diagnostics.ts';
import { ConfigurationHover } from './hover.ts';
import { ConfigurationLenses } from './lenses.ts';
import { ConfigurationQuickFixes } from './quick-fixes.ts';
import { registerReferenceLinks } from './reference-link.ts';
import { SourceCatalog } from './source-catalog.ts';
import { TableKnowledge } from './table-knowledge.ts';

export interface ConfigEditorParts {
  readonly extensionUri: vscode.Uri;
  readonly worker: WorkerClient;
  readonly projects: Projects;
  readonly targets: TargetStates;
  readonly runs: LiveRuns;
  readonly log: Log;
}

/** Everything that makes `snowmelt.json` more than a JSON file in the editor. */
export class ConfigEditor extends Disposable {
  constructor({ extensionUri, worker, projects, targets, runs, log }: ConfigEditorParts) {
    super();
    const catalog = new SourceCatalog(async (params, signal) => {
      const token = new vscode.CancellationTokenSource();
      signal.addEventListener(
        'abort',
        () => {
          token.cancel();
        },
        { once: true },
      );
      try {
        return await worker.request('source/list', params, token.token);
      } finally {
        token.dispose();
      }
    });
    const knowledge = new TableKnowledge(projects, targets, catalog);
    const diagnostics = this.register(new ConfigurationDiagnostics(worker, knowledge, log));
    const lenses = this.register(new ConfigurationLenses(projects, targets, runs, knowledge));
    const { registerCompletionItemProvider, registerCodeLensProvider, registerHoverProvider } = vscode.languages;
    const completion = new ConfigurationCompletion(catalog, knowledge);
    this.register(
      registerCompletionItemProvider(configurationSelector, completion, ...ConfigurationCompletion.triggers),
    );
    this.register(registerCodeLensProvider(configurationSelector, lenses));
    this.register(registerHoverProvider(configurationSelector, new ConfigurationHover(knowledge)));
    this.register(
      vscode.languages.registerCodeActionsProvider(configurationSelector, new ConfigurationQuickFixes(diagnostics), {
        providedCodeActionKinds: ConfigurationQuickFixes.kinds,
      }),
    );
    this.register(reportRestrictedMode());
    this.register(registerReferenceLinks(extensionUri));
    this.register(forgetWithSource(catalog));
  }
}

/** Another connection may see something else: what was listed is forgotten when a file is saved with another one. */
function forgetWithSource(catalog: SourceCatalog): vscode.Disposable {
  const sources = new Map<string, string>();
  const note = (document: vscode.TextDocument): boolean => {
    if (!isConfiguration(document)) return false;
    const source = sourceSettings(document.getText());
    const before = sources.get(document.uri.fsPath);
    sources.set(document.uri.fsPath, source);
    return before !== undefined && before !== source;
  };
  vscode.workspace.textDocuments.forEach(note);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(note),
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (note(document)) catalog.forget(document.uri.fsPath);
    }),
  );
}
