import type { LockHolder } from '../../sync-core/errors.ts';
import type { SyncWarning } from '../../sync-core/events.ts';
import { formatDuration } from '../protocol/figures.ts';

/** What a swap waits for, in one line. */
export function describeHolders(holders: readonly LockHolder[], waitedMs: number): string {
  const waited = `waited ${formatDuration(waitedMs)} for the lock`;
  if (holders.length === 0) return waited;
  return `${waited}; held by ${holders.map(describeHolder).join(', ')}`;
}

function describeHolder({ pid, user, applicationName, query, ageMs }: LockHolder): string {
  const application = applicationName === '' ? '' : ` (${applicationName})`;
  const line = query.replace(/\s+/g, ' ').trim();
  const open = ageMs === null ? '' : `, transaction open for ${formatDuration(ageMs)}`;
  return `pid ${pid} of ${user}${application}${open}: ${line}`;
}

export function describeWarning({ message, remedy }: SyncWarning): string {
  return remedy === undefined ? message : `${message} ${remedy}`;
}
