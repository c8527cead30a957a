import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { startCodeServer } from './code-server.ts';
import type { HostRun } from './host-run.ts';

/**
 * Runs a suite in the extension host of a VS Code Server, whose window is a page of the browser.
 * @returns the host's exit code: 0 where everything passed.
 * @throws Error where the window does not come to its end in time.
 */
export async function runInBrowser(browser: Browser, run: HostRun): Promise<number> {
  const server = await startCodeServer({
    home: run.home,
    settings: run.settings,
    asksForTrust: !run.launch.trusted,
    env: run.env,
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    const console: string[] = [];
    page.on('console', (message) => console.push(`${message.type()}: ${message.text()}`));
    let onExit: (code: number) => void = () => undefined;
    const exit = new Promise<number>((resolve) => (onExit = resolve));
    await page.exposeFunction('codeAutomationLog', () => undefined);
    await page.exposeFunction('codeAutomationExit', (code: number) => {
      onExit(code);
    });
    const remote = (path: string): string => `vscode-remote://${server.authority}${path}`;
    const query = new URLSearchParams({
      ...(run.workspace.opens ?? { ew: 'true' }),
      payload: JSON.stringify([
        ['extensionDevelopmentPath', remote(run.extension)],
        ['extensionTestsPath', remote(run.suite)],
        ['skipWelcome', 'true'],
      ]),
    });
    await page.goto(`${server.url}/?${query.toString()}`);
    const code = await within(run.limitMs, exit);
    if (code === 0) return code;
    await mkdir(run.artifacts, { recursive: true });
    await page.screenshot({ path: join(run.artifacts, 'window.png') });
    if (code !== undefined) return code;
    throw new Error(
      `The window did not come to its end within ${run.limitMs / 1000} s; its last words:\n${console.slice(-20).join('\n')}`,
    );
  } finally {
    await context.close();
    await server.stop();
  }
}

/** @returns undefined where it takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    limit = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([promise, late]).finally(() => {
    clearTimeout(limit);
  });
}
