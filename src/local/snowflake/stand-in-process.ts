import { randomBytes, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { LocalPostgisError } from '../postgis/local-postgis-error.ts';
import { identifyProcess } from '../postgis/process-identity.ts';
import type { Engine } from './engine.ts';
import { faultDoor } from './fault-door.ts';
import { identityRoute } from './identity.ts';
import { LocalSnowflakeError, type LocalSnowflakeErrorCode } from './local-snowflake-error.ts';
import { ENGINE_URL_VARIABLE, type StandInReport } from './process-protocol.ts';
import { StandInFolder } from './stand-in-folder.ts';
import { startSnowflakeStandIn, type StandIn, type StandInOptions } from './wire/stand-in.ts';

/** Opens what the stand-in executes statements on. */
export type OpenEngine = (options: { readonly url: string }) => Promise<Engine>;

/**
 * The stand-in as a process: `--data-dir DIR [--port N] [--statement-log FILE] [--faults]`, the engine's Postgres URL in
 * the environment. It reports to the process that started it over IPC until it is ready, and ends on SIGTERM or SIGINT
 * with its sessions closed.
 */
export function runStandInProcess(openEngine: OpenEngine): void {
  run(openEngine).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    log(error instanceof Error ? (error.stack ?? message) : message);
    report({ kind: 'failed', code: codeOf(error), message });
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  });
}

async function run(openEngine: OpenEngine): Promise<void> {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string' },
      port: { type: 'string' },
      'statement-log': { type: 'string' },
      faults: { type: 'boolean', default: false },
    },
  });
  const dataDir = values['data-dir'];
  const url = process.env[ENGINE_URL_VARIABLE];
  if (dataDir === undefined) throw new LocalSnowflakeError('start-failed', '--data-dir is missing');
  if (url === undefined || url === '')
    throw new LocalSnowflakeError('start-failed', `${ENGINE_URL_VARIABLE} is not set`);
  process.title = `snowmelt-snowflake ${dataDir}`;

  const folder = new StandInFolder(dataDir);
  await folder.create();
  const opened: (() => Promise<void>)[] = [await folder.lock()];
  const closeAll = async (): Promise<void> => {
    for (let close; (close = opened.pop());) await close();
  };
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await folder.removeState();
    await closeAll();
    process.exit(0);
  };
  const onSignal = (): void => {
    stop().catch((error: unknown) => {
      log(String(error));
      process.exit(1);
    });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  try {
    const engine = await openEngine({ url });
    opened.push(() => engine.close());
    const instance = randomUUID();
    const faultToken = values.faults ? randomBytes(18).toString('base64url') : undefined;
    const user = 'SNOWMELT';
    const password = await folder.password();
    const running: { standIn?: StandIn } = {};
    const standIn = await startOnPort(folder, values.port, {
      engine,
      users: [{ name: user, password }],
      routes: [
        identityRoute(instance),
        ...(faultToken === undefined ? [] : [faultDoor(faultToken, () => running.standIn?.faults)]),
      ],
      report: log,
      ...(values['statement-log'] === undefined ? {} : { statementLog: values['statement-log'] }),
    });
    running.standIn = standIn;
    opened.push(() => standIn.close());
    await folder.writeState({
      process: await identifyProcess(process.pid),
      instance,
      port: standIn.port,
      accessUrl: standIn.accessUrl,
      account: standIn.account,
      user,
      password,
      ...(faultToken === undefined ? {} : { faultToken }),
      startedAt: new Date().toISOString(),
    });
    log(`ready on ${standIn.accessUrl}`);
    report({ kind: 'ready' });
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** On the port that was asked for, else on the one of the last time, else on any. */
async function startOnPort(
  folder: StandInFolder,
  asked: string | undefined,
  options: StandInOptions,
): Promise<StandIn> {
  if (asked !== undefined) return startSnowflakeStandIn({ ...options, port: Number(asked) });
  try {
    return await startSnowflakeStandIn({ ...options, port: await folder.lastPort() });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return startSnowflakeStandIn(options);
  }
}

function codeOf(error: unknown): LocalSnowflakeErrorCode {
  if (error instanceof LocalSnowflakeError) return error.code;
  if (error instanceof LocalPostgisError && error.code === 'data-folder-in-use') return error.code;
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'port-in-use' : 'start-failed';
}

function report(message: StandInReport): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function log(text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
}
