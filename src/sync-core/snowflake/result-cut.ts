import { SyncError } from '../errors.ts';

/** A result of which not all rows arrived. `arrived` counts those that did, before the failure. */
export function resultCut(expected: number, arrived: number, cause: unknown): SyncError {
  const reason = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
  return new SyncError(
    'snowflake.resultCut',
    `The result ended after about ${arrived} of ${expected} rows${reason.replace(/\.$/, '')}.`,
    {
      cause,
      remedy:
        'The live table is as it was. Check the network between here and Snowflake (a proxy that cuts long downloads?) and run it again.',
    },
  );
}
