import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';

const scheme = 'snowmelt-sql';

/** Statements in editors of their own: read-only, with the user's highlighting and search, and nothing to save. */
export class SqlDocuments extends Disposable {
  readonly #texts = new Map<string, string>();
  #count = 0;

  constructor() {
    super();
    this.register(
      vscode.workspace.registerTextDocumentContentProvider(scheme, {
        provideTextDocumentContent: (uri) => this.#texts.get(uri.toString()),
      }),
    );
    this.register(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === scheme) this.#texts.delete(uri.toString());
      }),
    );
  }

  /** @param title what the editor's tab says, without the suffix. */
  async open(title: string, text: string): Promise<void> {
    this.#count += 1;
    const name = title.replace(/[\\/?#%:]/g, ' ');
    const uri = vscode.Uri.from({ scheme, path: `/${name}.sql`, query: String(this.#count) });
    this.#texts.set(uri.toString(), text);
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  }
}
