/**
 * What a sync by `row-diff` costs against a full refresh of the same table, side by side: bytes between the worker and Snowflake, both
 * ways, as they are on the wire, and time. `npm run bench row-diff`, or `node --import tsx bench/row-diff.ts [rows]`.
 *
 * The last lines are of repairs, which are the same work without its limits: they show where a full refresh begins to be the faster one.
 */
import { createServer, connect as connectTo, type AddressInfo, type Socket } from 'node:net';
import { syncTable } from '../src/sync-core/sync.ts';
import { repairTable } from '../src/sync-core/verify/repair-table.ts';
import { connectionTo, createApplicationDatabase, startPostgresCluster } from '../test/support/postgres-cluster.ts';
import { startSource } from '../test/support/source.ts';
import { syncEnvironment, tableOf } from '../test/support/sync-environment.ts';

const rows = Number(process.argv[2] ?? 1_000_000);
/** Issue of the design: the most of a full refresh's bytes for one percent of clustered changes. */
const wanted = 0.05;

const cluster = await startPostgresCluster();
try {
  const source = await startSource(cluster);
  const wire = await countingProxy(new URL(source.connection.accessUrl ?? '').port);
  await createApplicationDatabase(cluster, 'differing');
  const environment = syncEnvironment(connectionTo(cluster, 'differing', 'application'), {
    ...source.connection,
    accessUrl: `http://127.0.0.1:${wire.port}`,
  });
  const table = tableOf('readings', {
    source: 'DB.PUBLIC.READINGS',
    target: 'application.readings',
    key: ['id'],
    incremental: 'row-diff',
    keepGenerations: 1,
  });
  await source.sql(
    `CREATE TABLE DB.PUBLIC.READINGS AS
       SELECT SEQ8() AS ID, MOD(SEQ8(), 9973)::NUMBER(9,0) AS SENSOR, SEQ8() / 7::FLOAT AS VALUE,
              MD5(SEQ8()::VARCHAR) AS HASH, MD5((SEQ8() + 1)::VARCHAR) || ' ' || MD5((SEQ8() + 2)::VARCHAR) AS NOTE,
              '2026-01-01'::TIMESTAMP_NTZ AS SEEN
         FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
  );

  interface Figures {
    readonly mode: string;
    readonly changed: number | null;
    readonly seconds: number;
    readonly bytes: number;
  }
  const measure = async (run: () => Promise<Pick<Figures, 'mode' | 'changed'>>): Promise<Figures> => {
    const [startedAt, before] = [performance.now(), wire.bytes()];
    const outcome = await run();
    return { ...outcome, seconds: (performance.now() - startedAt) / 1_000, bytes: wire.bytes() - before };
  };
  const sync = (full: boolean): Promise<Figures> =>
    measure(async () => {
      const { mode, changes } = await syncTable(environment, table, { force: false, full });
      return {
        mode: mode.choice,
        changed: changes === null ? null : changes.inserted + changes.updated + changes.deleted,
      };
    });
  const repair = (): Promise<Figures> =>
    measure(async () => ({ mode: 'repair', changed: await repairTable(environment, table) }));
  let round = 0;
  const change = async (part: number, how: 'clustered' | 'scattered'): Promise<void> => {
    round += 1;
    const some = Math.round(rows * part);
    const start = Math.round(rows / 3);
    const where =
      how === 'clustered' ? `ID >= ${start} AND ID < ${start + some}` : `MOD(ID, ${Math.round(1 / part)}) = 0`;
    await source.sql(`UPDATE DB.PUBLIC.READINGS SET SENSOR = ${round} WHERE ${where}`);
  };

  await sync(true);
  const full = await sync(true);
  console.log('| change | mode | rows changed | seconds | of a full refresh | bytes | of a full refresh |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  const print = (what: string, { mode, changed, seconds, bytes }: Figures): void => {
    const part = (of: number, all: number): string => `${((of / all) * 100).toFixed(1)}%`;
    const cells = [
      what,
      mode,
      changed === null ? 'all' : changed.toLocaleString('en'),
      seconds.toFixed(1),
      part(seconds, full.seconds),
      `${(bytes / 1e6).toFixed(2)} MB`,
      part(bytes, full.bytes),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  };
  print('full refresh', full);
  print('nothing', await sync(false));
  await change(0.01, 'clustered');
  const clustered = await sync(false);
  print('1% clustered', clustered);
  if (clustered.bytes > full.bytes * wanted) process.exitCode = 1;
  await change(0.01, 'scattered');
  print('1% scattered', await sync(false));
  for (const [part, how] of [
    [0.001, 'scattered'],
    [0.01, 'scattered'],
    [0.1, 'clustered'],
    [0.2, 'clustered'],
    [0.4, 'clustered'],
  ] as const) {
    await change(part, how);
    print(`${part * 100}% ${how}`, await repair());
  }
  await wire.close();
  await source.close();
} finally {
  await cluster.stop();
}

interface CountingProxy {
  readonly port: number;
  /** Both ways, since it began. */
  bytes(): number;
  close(): Promise<void>;
}

/** Passes connections on to a port of this machine, and counts what goes through. */
async function countingProxy(to: string): Promise<CountingProxy> {
  let bytes = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectTo(Number(to), '127.0.0.1');
    for (const [from, into] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        bytes += chunk.length;
      });
      from.pipe(into);
      from.once('error', () => into.destroy());
      from.once('close', () => {
        sockets.delete(from);
        into.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => bytes,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
