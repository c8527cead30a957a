/**
 * Peak memory of the worker while millions of rows go through: `node --import tsx bench/sync-memory.ts [rows…]`.
 * The whole of it is real: the built command, the driver over HTTP, a private PostgreSQL. Linux only (VmHWM).
 */
import { readFile } from 'node:fs/promises';
import { createApplicationDatabase, startPostgresCluster } from '../test/support/postgres-cluster.ts';
import { startSource } from '../test/support/source.ts';
import { runWorker, writeWorkerConfig } from '../test/support/worker.ts';

const sizes = process.argv.slice(2).map(Number);

const cluster = await startPostgresCluster();
try {
  const source = await startSource(cluster);
  await createApplicationDatabase(cluster, 'memory');
  const target = { host: cluster.host, port: cluster.port, database: 'memory', user: 'application' };
  const config = await writeWorkerConfig(source, target, {
    readings: {
      source: 'DB.PUBLIC.READINGS',
      target: 'application.readings',
      key: ['id'],
      maxShrink: 1,
      keepGenerations: 0,
    },
  });
  console.log('| rows | COPY text | peak RSS | seconds | rows/s |\n| --- | --- | --- | --- | --- |');
  for (const rows of sizes.length > 0 ? sizes : [2_000_000, 4_000_000]) {
    await source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.READINGS AS
         SELECT SEQ8() AS ID, MOD(SEQ8(), 9973)::NUMBER(9,0) AS SENSOR, SEQ8() / 7::FLOAT AS VALUE,
                MD5(SEQ8()::VARCHAR) AS HASH, MD5((SEQ8() + 1)::VARCHAR) || ' ' || MD5((SEQ8() + 2)::VARCHAR) AS NOTE
           FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
    );
    let peak = 0;
    let polling: NodeJS.Timeout | undefined;
    const startedAt = performance.now();
    const result = await runWorker(config, ['sync', 'readings', '--json', '--force'], (_event, child) => {
      polling ??= setInterval(() => {
        readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').then(
          (status) => {
            peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0));
          },
          () => undefined,
        );
      }, 20);
    });
    clearInterval(polling);
    const seconds = (performance.now() - startedAt) / 1_000;
    const done = JSON.parse(result.stdout) as { status: string; final_count: number; bytes: number };
    if (done.final_count !== rows) throw new Error(result.stdout + result.stderr);
    const figures = [
      rows.toLocaleString('en'),
      `${Math.round(done.bytes / 1e6)} MB`,
      `${Math.round(peak / 1024)} MB`,
      seconds.toFixed(1),
      Math.round(rows / seconds).toLocaleString('en'),
    ];
    console.log(`| ${figures.join(' | ')} |`);
  }
  await config.remove();
  await source.close();
} finally {
  await cluster.stop();
}
