import * as vscode from 'vscode';
import type { ConfigProblem } from '../../worker/protocol/protocol.ts';
import { Disposable } from '../disposable.ts';
import type { Log } from '../log.ts';
import { WorkerError, type WorkerClient } from '../process/worker-client.ts';
import { outlineOf } from './config-outline.ts';
import { configurationSelector, isConfiguration, rangeOf } from './configuration-documents.ts';
import { referenceLink } from './reference-link.ts';
import { referenceOf } from './reference-section.ts';
import { missingSpatialIndexes } from './spatial-indexes.ts';
import type { TableKnowledge } from './table-knowledge.ts';
import { problemsToReport } from './text-problems.ts';

/** A problem as the editor shows it, with what the quick fixes need to know. */
export type Finding =
  | { readonly kind: 'problem'; readonly problem: ConfigProblem }
  | { readonly kind: 'spatialIndex'; readonly table: string; readonly column: string };

/** Long enough for a word to be typed. */
const debounceMs = 250;

interface Check {
  readonly timer: NodeJS.Timeout;
  readonly token: vscode.CancellationTokenSource;
}

/**
 * Reports what is wrong with the configurations that are open, as they are in the editor: what the worker's validator says,
 * and geospatial columns without an index. In a workspace that is not trusted, nothing: no worker may run there.
 */
export class ConfigurationDiagnostics extends Disposable {
  readonly #collection: vscode.DiagnosticCollection;
  readonly #worker: Pick<WorkerClient, 'request'>;
  readonly #knowledge: TableKnowledge;
  readonly #log: Log;
  readonly #checks = new Map<string, Check>();
  readonly #findings = new WeakMap<vscode.Diagnostic, Finding>();

  constructor(worker: Pick<WorkerClient, 'request'>, knowledge: TableKnowledge, log: Log) {
    super();
    this.#worker = worker;
    this.#knowledge = knowledge;
    this.#log = log;
    this.#collection = this.register(vscode.languages.createDiagnosticCollection('snowmelt'));
    this.register(
      vscode.workspace.onDidOpenTextDocument((document) => {
        this.#schedule(document, 0);
      }),
    );
    this.register(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#schedule(document, debounceMs);
      }),
    );
    this.register(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#clear(uri);
      }),
    );
    this.register(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.checkAll();
      }),
    );
    const watcher = this.register(vscode.workspace.createFileSystemWatcher('**/snowmelt.json', true, true));
    this.register(
      watcher.onDidDelete((uri) => {
        this.#clear(uri);
      }),
    );
    this.checkAll();
  }

  override dispose(): void {
    for (const check of this.#checks.values()) stop(check);
    this.#checks.clear();
    super.dispose();
  }

  /** Looks at every open configuration again. */
  checkAll(): void {
    for (const document of vscode.workspace.textDocuments) this.#schedule(document, 0);
  }

  /** What a diagnostic that is shown is about. */
  findingOf(uri: vscode.Uri, shown: vscode.Diagnostic): Finding | undefined {
    // The editor hands out copies of what it was given.
    const own = this.#collection
      .get(uri)
      ?.find(({ range, message }) => message === shown.message && range.isEqual(shown.range));
    return own && this.#findings.get(own);
  }

  #schedule(document: vscode.TextDocument, delayMs: number): void {
    if (!vscode.workspace.isTrusted || !isConfiguration(document)) return;
    const key = document.uri.toString();
    const earlier = this.#checks.get(key);
    if (earlier !== undefined) stop(earlier);
    const token = new vscode.CancellationTokenSource();
    const timer = setTimeout(() => {
      void this.#check(document, token.token).finally(() => {
        if (this.#checks.get(key)?.token === token) this.#checks.delete(key);
        token.dispose();
      });
    }, delayMs);
    this.#checks.set(key, { timer, token });
  }

  async #check(document: vscode.TextDocument, token: vscode.CancellationToken): Promise<void> {
    const text = document.getText();
    try {
      const config = document.uri.fsPath;
      const { problems } = await this.#worker.request('project/read', { config, text }, token);
      const missing = await this.#missingIndexes(document, text, token);
      if (token.isCancellationRequested || document.isClosed) return;
      const reported = problemsToReport(text, problems).map((problem) => this.#problem(document, problem));
      this.#collection.set(document.uri, [...reported, ...missing]);
    } catch (error) {
      if (token.isCancellationRequested) return;
      this.#collection.delete(document.uri);
      const reason = error instanceof WorkerError ? error.message : String(error);
      this.#log.warn(`${document.uri.fsPath} was not checked: ${reason}`);
    }
  }

  async #missingIndexes(
    document: vscode.TextDocument,
    text: string,
    token: vscode.CancellationToken,
  ): Promise<vscode.Diagnostic[]> {
    const outline = outlineOf(text);
    const sources = await this.#knowledge.knownSources(document, outline.tables);
    const missing = missingSpatialIndexes(outline, (table) => sources.get(table.name) ?? []);
    const found: vscode.Diagnostic[] = [];
    for (const { table, column, type, span } of missing) {
      if (await this.#knowledge.hasSpatialIndex(document, table.name, column, token)) continue;
      const diagnostic = new vscode.Diagnostic(
        rangeOf(document, span),
        `${column} (${type}) has no GiST index: queries by place read the whole table.`,
        vscode.DiagnosticSeverity.Warning,
      );
      diagnostic.source = 'snowmelt';
      diagnostic.code = { value: 'indexes', target: referenceLink('indexes') };
      this.#findings.set(diagnostic, { kind: 'spatialIndex', table: table.name, column });
      found.push(diagnostic);
    }
    return found;
  }

  #problem(document: vscode.TextDocument, problem: ConfigProblem): vscode.Diagnostic {
    const diagnostic = new vscode.Diagnostic(
      rangeOf(document, problem),
      problem.message,
      problem.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning,
    );
    const { setting, anchor } = referenceOf(problem.path);
    diagnostic.source = 'snowmelt';
    diagnostic.code = { value: setting, target: referenceLink(anchor) };
    this.#findings.set(diagnostic, { kind: 'problem', problem });
    return diagnostic;
  }

  #clear(uri: vscode.Uri): void {
    const check = this.#checks.get(uri.toString());
    if (check !== undefined) stop(check);
    this.#checks.delete(uri.toString());
    this.#collection.delete(uri);
  }
}

function stop({ timer, token }: Check): void {
  clearTimeout(timer);
  token.cancel();
  token.dispose();
}

/** Says, in the language status of a configuration, that it is not checked before the workspace is trusted. */
export function reportRestrictedMode(): vscode.Disposable {
  if (vscode.workspace.isTrusted) return vscode.Disposable.from();
  const item = vscode.languages.createLanguageStatusItem('snowmelt.restricted', configurationSelector);
  item.name = 'Snowmelt';
  item.text = 'Not checked in Restricted Mode';
  item.detail = 'Snowmelt checks it when the workspace is trusted.';
  item.severity = vscode.LanguageStatusSeverity.Information;
  item.command = { command: 'workbench.trust.manage', title: 'Manage Trust' };
  const granted = vscode.workspace.onDidGrantWorkspaceTrust(() => {
    item.dispose();
  });
  return vscode.Disposable.from(item, granted);
}
