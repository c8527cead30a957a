import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';

/** A process for as long as it lives: a pid alone is given out again after its process has ended. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in whatever form the platform tells; undefined where it does not. */
  readonly started: string | undefined;
}

export async function identifyProcess(pid: number): Promise<ProcessIdentity> {
  return { pid, started: await startOf(pid) };
}

/** Whether that very process is alive. Where the platform does not tell start times, whether its pid is in use. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (identity.started === undefined) return true;
  const started = await startOf(identity.pid);
  return started === undefined || started === identity.started;
}

async function startOf(pid: number): Promise<string | undefined> {
  if (platform() === 'win32') return undefined;
  if (platform() === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    /** The command name, in parentheses, may hold spaces; state is field 3 and starttime field 22 (proc_pid_stat(5)). */
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields?.[0] === 'Z' ? 'zombie' : fields?.[19];
  }
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'lstart=', '-p', String(pid)], (error, stdout) => {
      resolve(error || stdout.trim() === '' ? undefined : stdout.trim());
    });
  });
}
