import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { PanelMessage, PanelUpdate } from './messages.ts';
import { pageHtml, pageOptions, type PageScript } from './page.ts';
import type { SqlDocuments } from './sql-documents.ts';

export interface PanelPlace {
  readonly extensionUri: vscode.Uri;
  readonly documents: SqlDocuments;
}

/**
 * A webview panel and the conversation with its script. The script is thrown away whenever the panel is hidden, which frees
 * its memory; when it is there again it says `ready`, and is sent the whole state.
 */
export abstract class WebviewPanel extends Disposable {
  protected readonly panel: vscode.WebviewPanel;
  readonly #documents: SqlDocuments;
  /** The script listens. */
  #ready = false;

  protected constructor(panel: vscode.WebviewPanel, script: PageScript, place: PanelPlace) {
    super();
    this.panel = panel;
    this.#documents = place.documents;
    const { webview } = panel;
    this.register(
      webview.onDidReceiveMessage((message: PanelMessage) => {
        this.#receive(message);
      }),
    );
    this.register(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.#ready = false;
      }),
    );
    this.register(
      panel.onDidDispose(() => {
        this.dispose();
      }),
    );
    webview.options = pageOptions(place.extensionUri);
    webview.html = pageHtml(webview, place.extensionUri, script);
  }

  reveal(): void {
    this.panel.reveal(undefined, false);
  }

  /** The script has begun and knows nothing. */
  protected abstract greet(): void;

  /** What only panels of one kind say. */
  protected abstract act(message: Extract<PanelMessage, { type: 'action' | 'report-action' }>): void;

  /** Whether there is a script to send something to. */
  protected get listens(): boolean {
    return this.#ready && !this.isDisposed;
  }

  protected send(update: PanelUpdate): void {
    if (this.listens) void this.panel.webview.postMessage(update);
  }

  #receive(message: PanelMessage): void {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.greet();
        break;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
        break;
      case 'open-sql':
        void this.#documents.open(message.title, message.text);
        break;
      case 'action':
      case 'report-action':
        this.act(message);
        break;
    }
  }
}
