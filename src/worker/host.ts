import { readFileSync, readlinkSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import type { HostAccess } from '../sync-core/config/host-access.ts';
import { nodeFileAccess } from '../sync-core/config/node-file-access.ts';
import type { RunIdentity } from '../sync-core/ledger/ledger.ts';
import { version } from './version.ts';

/** This machine and its user, as the library may know them. */
export function processHost(): HostAccess {
  return {
    env: process.env,
    platform: process.platform,
    homeDir: homedir(),
    userName: userName(),
    files: nodeFileAccess(process.getuid?.()),
  };
}

/**
 * Who runs.
 *
 * @param face how Snowmelt was called: `cli`, `json-rpc`.
 */
export function processIdentity(face: string): RunIdentity {
  return {
    user: userName(),
    machine: machineName(),
    processId: process.pid,
    client: `snowmelt ${version} (${face})`,
    isRunning,
  };
}

/**
 * The host name and, where the system tells, what keeps process ids of equal names apart: the boot, after which ids begin
 * anew, and the namespace of process ids, which every container has for itself. Containers of one image often share a name.
 */
function machineName(): string {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, namespace].filter((part) => part !== undefined).join(' ');
}

/** Another user's process is alive too, although it may not be signalled (EPERM). */
function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The system's name of the user; in a container the user may have none, only a number. */
function userName(): string {
  const known = attempt(() => userInfo().username) ?? process.env.USER ?? process.env.USERNAME ?? '';
  return known === '' ? `user ${process.getuid?.() ?? '?'}` : known;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
