import { timingSafeEqual } from 'node:crypto';
import type { ChunkFaultRule, RequestFaultRule } from './wire/faults.ts';
import { isJsonObject, type JsonObject, type Route } from './wire/exchange.ts';
import type { StandInFaults } from './wire/stand-in.ts';
import { succeeded, WireError } from './wire/wire-error.ts';

/** A fault as it travels to a stand-in in another process; `always` stands for endlessly. */
export type FaultCommand =
  | { readonly do: 'chunk'; readonly rule: Omit<ChunkFaultRule, 'times'> & { readonly times?: number | 'always' } }
  | {
      readonly do: 'request';
      /** `path` is the source of a regular expression. */
      readonly rule: Omit<RequestFaultRule, 'times' | 'path'> & {
        readonly path: string;
        readonly times?: number | 'always';
      };
    }
  | { readonly do: 'expire'; readonly what: 'session-tokens' | 'master-tokens' | 'links' }
  | { readonly do: 'release' };

const TOKEN_HEADER = 'x-stand-in-fault-token';

const times = (value: number | 'always' | undefined): number => (value === 'always' ? Infinity : (value ?? 1));

function isFaultCommand(value: JsonObject): value is JsonObject & FaultCommand {
  switch (value.do) {
    case 'chunk':
      return isJsonObject(value.rule) && isJsonObject(value.rule.fault);
    case 'request':
      return isJsonObject(value.rule) && isJsonObject(value.rule.fault) && typeof value.rule.path === 'string';
    case 'expire':
      return ['session-tokens', 'master-tokens', 'links'].includes(String(value.what));
    default:
      return value.do === 'release';
  }
}

function apply(command: FaultCommand, faults: StandInFaults): void {
  switch (command.do) {
    case 'chunk':
      faults.rules.onChunk({ ...command.rule, times: times(command.rule.times) });
      return;
    case 'request':
      faults.rules.onRequest({
        ...command.rule,
        path: new RegExp(command.rule.path),
        times: times(command.rule.times),
      });
      return;
    case 'expire':
      if (command.what === 'links') faults.expireLinks();
      else if (command.what === 'master-tokens') faults.expireMasterTokens();
      else faults.expireSessionTokens();
      return;
    case 'release':
      faults.rules.release();
  }
}

/** A route by which another process injects faults, for who has the token from the state file. */
export function faultDoor(token: string, faults: () => StandInFaults | undefined): Route {
  const expected = Buffer.from(token);
  return {
    method: 'POST',
    path: /^\/stand-in\/faults$/,
    handle: async (exchange) => {
      const given = Buffer.from(String(exchange.request.headers[TOKEN_HEADER] ?? ''));
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new WireError('390104', 'The fault token is not right.');
      }
      const command = await exchange.json();
      const target = faults();
      if (target === undefined || !isFaultCommand(command)) throw new WireError('390000', 'Not a fault.');
      apply(command, target);
      return succeeded(null);
    },
  };
}

/** Injects a fault into a stand-in that runs in another process. Throws if it does not take it. */
export async function injectFault(accessUrl: string, token: string, command: FaultCommand): Promise<void> {
  const response = await fetch(`${accessUrl}/stand-in/faults`, {
    method: 'POST',
    headers: { [TOKEN_HEADER]: token },
    body: JSON.stringify(command),
  });
  const reply: unknown = await response.json();
  if (!isJsonObject(reply) || reply.success !== true) {
    throw new Error(`The stand-in refuses the fault: ${JSON.stringify(reply)}`);
  }
}
