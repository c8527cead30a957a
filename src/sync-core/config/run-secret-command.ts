import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { SecretAccess, SecretCommandResult } from './resolve-secret.ts';

/** More than any password, token or key is long; a command that prints more is the wrong one. */
const longestOutputBytes = 1024 * 1024;

/**
 * Runs the commands of {@link SecretAccess} as processes of this machine: no shell, nothing on stdin, stderr thrown away,
 * `env` as their environment. A command is killed when the signal fires or when it prints more than 1 MiB.
 *
 * @param self how this very program is started: what the command `snowmelt` means, whether or not it is on the path, so that a
 * configuration that asks Snowmelt itself for a secret works wherever it is opened.
 */
export function secretCommandRunner(
  env: Readonly<Record<string, string | undefined>>,
  self?: readonly [program: string, ...args: string[]],
): SecretAccess['runCommand'] {
  return async ([named, ...rest], { signal }): Promise<SecretCommandResult> => {
    const [program, ...args] = named === 'snowmelt' && self !== undefined ? [...self, ...rest] : [named, ...rest];
    const child = spawn(program, args, {
      env: { ...env },
      shell: false,
      signal,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= longestOutputBytes) chunks.push(chunk);
      else child.kill('SIGKILL');
    });
    try {
      const [exitCode] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      return { exitCode, stdout: Buffer.concat(chunks).toString('utf8') };
    } finally {
      // A process that the command left behind may hold the pipe open, which would keep this one from ending.
      child.stdout.destroy();
    }
  };
}
