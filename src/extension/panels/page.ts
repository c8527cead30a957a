import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The scripts that dist/webview has. */
export type PageScript = 'run' | 'report';

/** What the page of a panel may load, and nothing else. */
export function pageOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: resourceRoots(extensionUri) };
}

/**
 * The page of a panel: one script and one style sheet of the extension's own. Its policy allows neither inline code nor
 * anything from elsewhere, so that whatever text a database returns can only ever be text.
 */
export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, script: PageScript): string {
  const [scripts, styles] = resourceRoots(extensionUri);
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  const scriptUri = webview.asWebviewUri(vscode.Uri.joinPath(scripts, `${script}.js`)).toString();
  const styleUri = webview.asWebviewUri(vscode.Uri.joinPath(styles, 'panel.css')).toString();
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${styleUri}">
<title>Snowmelt</title>
</head>
<body>
<main id="panel"></main>
<script nonce="${nonce}" src="${scriptUri}"></script>
</body>
</html>`;
}

function resourceRoots(extensionUri: vscode.Uri): [scripts: vscode.Uri, styles: vscode.Uri] {
  return [vscode.Uri.joinPath(extensionUri, 'dist', 'webview'), vscode.Uri.joinPath(extensionUri, 'media', 'webview')];
}
