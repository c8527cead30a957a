import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import type { HostRun } from './host-run.ts';

/**
 * Runs a suite in VS Code itself: the installation that VSCODE_EXECUTABLE_PATH names, otherwise the newest release, which is
 * downloaded. Linux without a screen needs `xvfb-run`.
 *
 * Not by `runTests` of the same package, which switches the trust of workspaces off.
 * @returns the host's exit code: 0 where everything passed.
 */
export async function runInDesktop(run: HostRun): Promise<number> {
  const executable = process.env.VSCODE_EXECUTABLE_PATH ?? (await downloadAndUnzipVSCode());
  const { opens } = run.workspace;
  const data = join(run.home, 'data');
  await mkdir(join(data, 'User'), { recursive: true });
  await writeFile(join(data, 'User', 'settings.json'), JSON.stringify(run.settings));
  const child = spawn(
    executable,
    [
      ...(opens === undefined ? [] : ['folder' in opens ? opens.folder : opens.workspace]),
      ...[`--extensionDevelopmentPath=${run.extension}`, `--extensionTestsPath=${run.suite}`],
      ...['--user-data-dir', data, '--extensions-dir', join(run.home, 'extensions')],
      ...['--no-sandbox', '--disable-gpu-sandbox', '--disable-updates', '--disable-telemetry'],
      ...['--skip-welcome', '--skip-release-notes'],
      ...(run.launch.trusted ? ['--disable-workspace-trust'] : []),
    ],
    { env: { ...process.env, ...run.env }, stdio: ['ignore', 'ignore', 'inherit'], timeout: run.limitMs },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === null) reject(new Error(`VS Code was ended by ${String(signal)}`));
      else resolve(code);
    });
  });
}
