import type { Verification } from '../../sync-core/verify/verification.ts';
import { formatCount, formatDuration, formatRows } from '../protocol/figures.ts';
import type { Style } from './style.ts';

/** What a person reads of a table that was compared. */
export function formatVerification(verification: Verification, style: Style): string {
  const { status, table, level, sourceRows, targetRows, snapshot, ms } = verification;
  const moment = snapshot === null ? 'no snapshot' : `as of ${snapshot}`;
  const how = `${level}, ${moment}, ${formatDuration(ms)}`;
  if (status === 'equal') return `${style.green('equal')} ${style.bold(table)}: ${formatRows(sourceRows)} (${how})`;
  return (
    `${style.red('different')} ${style.bold(table)}: ${formatCount(sourceRows)} at the source, ` +
    `${formatCount(targetRows)} in the target (${how})`
  );
}
