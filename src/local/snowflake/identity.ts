import { isJsonObject, type Route } from './wire/exchange.ts';
import { succeeded } from './wire/wire-error.ts';

const PATIENCE_MS = 2000;

/** A route on which a stand-in says which one it is. */
export function identityRoute(instance: string): Route {
  return {
    method: 'GET',
    path: /^\/stand-in\/identity$/,
    handle: () => succeeded({ server: 'snowmelt-snowflake', instance, pid: process.pid }),
  };
}

/** The instance of the stand-in that listens on the port of 127.0.0.1; undefined when nobody does, or somebody else. */
export async function identifyStandIn(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/stand-in/identity`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const reply: unknown = await response.json();
    if (!isJsonObject(reply) || !isJsonObject(reply.data) || reply.data.server !== 'snowmelt-snowflake')
      return undefined;
    return typeof reply.data.instance === 'string' ? reply.data.instance : undefined;
  } catch {
    return undefined;
  }
}
