import type { LocalStatus } from '../../local/local-environment.ts';
import type { LocalStartOutcome } from '../commands/local.ts';
import type {
  LocalPartState,
  LocalStartDocument,
  LocalStatusDocument,
  LocalStopDocument,
} from '../protocol/protocol.ts';

/** Without the stand-in's password, which a configuration asks `snowmelt local status --password` for. */
export function localStartDocument(outcome: LocalStartOutcome): LocalStartDocument {
  const { home, postgres, snowflake, alreadyRunning } = outcome;
  return {
    status: 'success',
    home,
    postgres: { url: postgres.url, version: postgres.version, postgisVersion: postgres.postgisVersion },
    snowflake:
      snowflake === undefined
        ? null
        : { accessUrl: snowflake.accessUrl, account: snowflake.account, user: snowflake.user },
    alreadyRunning,
  };
}

/** @param ran which were running. */
export function localStopDocument(ran: { readonly postgres: boolean; readonly snowflake: boolean }): LocalStopDocument {
  const parts = ['postgres', 'snowflake'] as const;
  return { status: 'success', stopped: parts.filter((part) => ran[part]) };
}

export function localStatusDocument(outcome: LocalStatus & { readonly home: string }): LocalStatusDocument {
  const { home, postgres, snowflake } = outcome;
  return {
    status: 'success',
    home,
    postgres: partState(postgres.state, postgres.state === 'running' ? postgres.url : null),
    snowflake: partState(snowflake.state, snowflake.state === 'running' ? snowflake.accessUrl : null),
  };
}

/** A process that has the folder and takes no connections is one that starts, or that ends in a moment. */
function partState(state: 'running' | 'busy' | 'stopped', url: string | null): LocalPartState {
  return { state: state === 'busy' ? 'starting' : state, url };
}
