import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installHostPackages } from './host-packages.ts';

export interface CodeServerOptions {
  /** A folder that is the server's alone: settings, extensions, logs, and the home of what runs in it. */
  readonly home: string;
  /** Settings of the user. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether workspaces need to be trusted; where not, all of them are. */
  readonly asksForTrust: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** A running VS Code Server. */
export interface CodeServer {
  /** `http://localhost:PORT`; VS Code wants a name, not an address. */
  readonly url: string;
  /** `localhost:PORT`, the authority of `vscode-remote:` URIs. */
  readonly authority: string;
  /** Its output so far. */
  readonly log: string;
  stop(): Promise<void>;
}

const patienceMs = 60_000;

export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const { node, server } = await installHostPackages();
  const { home, asksForTrust } = options;
  const data = join(home, 'data');
  // Settings about a machine, such as folders, are those of the machine that the window is connected to.
  for (const level of ['User', 'Machine']) {
    await mkdir(join(data, level), { recursive: true });
    await writeFile(join(data, level, 'settings.json'), JSON.stringify({ ...quiet, ...options.settings }));
  }
  const child = spawn(
    node,
    [
      server,
      ...['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--user-data-dir', data],
      ...['--extensions-dir', join(home, 'extensions'), '--config', join(home, 'config.yaml')],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      ...['--vscode-option', 'enable-smoke-test-driver'],
      ...(asksForTrust ? [] : ['--disable-workspace-trust']),
    ],
    { env: serverEnvironment(options), stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' },
  );
  const log = createWriteStream(join(home, 'code-server.log'));
  let text = '';
  const exited = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  // The extension host is a child of its child, and would outlive it.
  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
    } catch {
      // They are gone.
    }
  };
  const killNow = (): void => {
    kill('SIGKILL');
  };
  process.once('exit', killNow);
  const port = await new Promise<string>((resolve, reject) => {
    const patience = setTimeout(() => {
      kill('SIGKILL');
      reject(new Error(`VS Code Server did not listen within ${patienceMs / 1000} s:\n${text}`));
    }, patienceMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        log.write(chunk);
        const listening = /HTTP server listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(text);
        if (listening?.[1] === undefined) return;
        clearTimeout(patience);
        resolve(listening[1]);
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`VS Code Server ended with ${String(code)}:\n${text}`));
    });
  });
  return {
    url: `http://localhost:${port}`,
    authority: `localhost:${port}`,
    get log() {
      return text;
    },
    stop: async () => {
      kill('SIGTERM');
      const late = setTimeout(killNow, 5_000);
      await exited;
      clearTimeout(late);
      killNow();
      process.off('exit', killNow);
      log.end();
    },
  };
}

/** Installs a packaged extension for the server of that home. */
export async function installExtension(home: string, vsix: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { node, server } = await installHostPackages();
  const args = ['--user-data-dir', join(home, 'data'), '--extensions-dir', join(home, 'extensions')];
  const child = spawn(node, [server, ...args, '--config', join(home, 'config.yaml'), '--install-extension', vsix], {
    env: { ...env, HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${vsix} could not be installed (exit code ${String(code)}):\n${text}`);
}

/** Nothing that asks, welcomes, updates or looks something up by itself. */
const quiet = {
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.startupPrompt': 'never',
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'json.schemaDownload.enable': false,
};

function serverEnvironment({ home, env }: CodeServerOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(PG|SNOWFLAKE|VSCODE|ELECTRON|npm_|NODE_)/i.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local/share'),
    ...env,
  };
}
