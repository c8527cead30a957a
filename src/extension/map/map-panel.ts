import * as vscode from 'vscode';
import type { MapQueryDocument } from '../../worker/protocol/protocol.ts';
import type { Subject } from '../commands/subject.ts';
import { Disposable } from '../disposable.ts';
import { commands } from '../ids.ts';
import { mapPage } from './map-page.ts';

/** Shows what map queries found: one panel, which every query takes over. */
export class MapPanel extends Disposable {
  readonly #extensionUri: vscode.Uri;
  #panel: vscode.WebviewPanel | undefined;

  constructor(extensionUri: vscode.Uri) {
    super();
    this.#extensionUri = extensionUri;
    this.register({
      dispose: () => {
        this.#panel?.dispose();
      },
    });
  }

  /** @param config the path of the configuration, to run the query again. */
  show(document: MapQueryDocument, config: string): void {
    const styles = vscode.Uri.joinPath(this.#extensionUri, 'media', 'webview');
    const panel = (this.#panel ??= this.#open(styles));
    const { target, table } = document;
    const again: Subject = { kind: 'table', config, target, table };
    panel.title = `Map: ${table}`;
    panel.webview.html = mapPage(document, {
      cspSource: panel.webview.cspSource,
      styles: ['panel.css', 'map.css'].map((name) =>
        panel.webview.asWebviewUri(vscode.Uri.joinPath(styles, name)).toString(),
      ),
      runAgain: `command:${commands.runMapQuery}?${encodeURIComponent(JSON.stringify([again]))}`,
    });
    panel.reveal(undefined, false);
  }

  #open(styles: vscode.Uri): vscode.WebviewPanel {
    const panel = vscode.window.createWebviewPanel('snowmelt.map', 'Map', vscode.ViewColumn.Active, {
      enableScripts: false,
      enableCommandUris: [commands.runMapQuery],
      localResourceRoots: [styles],
    });
    panel.onDidDispose(() => {
      this.#panel = undefined;
    });
    return panel;
  }
}
