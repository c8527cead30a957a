import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { PanelMessage, PanelUpdate } from '../../src/extension/panels/messages.ts';
import { webviewThemes, type WebviewTheme } from './webview-themes.ts';

const root = join(import.meta.dirname, '..', '..');

/** Where Debian, CI images and people have it. */
export const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
}

/** A page as VS Code would show it: the script and the styles of the extension below the same policy, in a theme's colours. */
export class WebviewPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(
    browser: Browser,
    script: 'run' | 'report',
    options: { readonly theme?: WebviewTheme; readonly width?: number; readonly state?: unknown } = {},
  ): Promise<WebviewPage> {
    const { theme = 'dark', width = 1280, state } = options;
    const page = await browser.newPage({ viewport: { width, height: 800 }, reducedMotion: 'reduce' });
    const style = await readFile(join(root, 'media/webview/panel.css'), 'utf8');
    const code = await bundled(script);
    await page.route('http://panel.test/**', (route) => {
      const path = new URL(route.request().url()).pathname;
      if (path === '/panel.css') return route.fulfill({ contentType: 'text/css', body: style });
      if (path === '/theme.css') return route.fulfill({ contentType: 'text/css', body: webviewThemes[theme] });
      if (path === '/panel.js') return route.fulfill({ contentType: 'text/javascript', body: code });
      if (path === '/') return route.fulfill({ contentType: 'text/html', body: html });
      return route.fulfill({ status: 404 });
    });
    await page.addInitScript(`{
      let state = ${state === undefined ? 'undefined' : JSON.stringify(state)};
      window.sent = [];
      window.acquireVsCodeApi = () => ({
        postMessage: (message) => window.sent.push(message),
        getState: () => state,
        setState: (next) => { state = next; window.kept = next; },
      });
      document.addEventListener('securitypolicyviolation', (event) => window.sent.push({ type: 'violation', what: event.violatedDirective }));
    }`);
    await page.goto('http://panel.test/');
    await page.waitForFunction('window.sent.some(({ type }) => type === "ready")');
    return new WebviewPage(page);
  }

  /** Resolves when the script has worked it in. */
  async send(update: PanelUpdate): Promise<void> {
    await this.page.evaluate(`window.dispatchEvent(new MessageEvent('message', { data: ${JSON.stringify(update)} }))`);
  }

  /** What the script has said since it began. */
  async sent(): Promise<readonly (PanelMessage | { readonly type: 'violation' })[]> {
    return this.page.evaluate('window.sent');
  }

  /** What it keeps by `setState`. */
  async kept(): Promise<unknown> {
    return this.page.evaluate('window.kept');
  }

  /** What axe finds wrong, by rule and element. */
  async problems(): Promise<readonly string[]> {
    await this.page.evaluate(await readFile(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8'));
    return this.page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')))
    )`);
  }

  /** Whether something sticks out sideways. */
  async overflows(): Promise<boolean> {
    return this.page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
  }
}

const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Panel</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src http://panel.test; script-src 'nonce-test'">
<link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/panel.css"></head>
<body><main id="panel"></main><script nonce="test" src="/panel.js"></script></body></html>`;

const bundles = new Map<string, Promise<string>>();

function bundled(script: 'run' | 'report'): Promise<string> {
  const known = bundles.get(script) ?? bundle(script);
  bundles.set(script, known);
  return known;
}

async function bundle(script: 'run' | 'report'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, `src/extension/webview/${script}.ts`)],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild made nothing of ${script}.ts`);
  return file.text;
}
