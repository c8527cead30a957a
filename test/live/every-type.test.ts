import assert from 'node:assert/strict';
import { homedir, userInfo } from 'node:os';
import fc from 'fast-check';
import type pg from 'pg';
import { nodeFileAccess } from '../../src/sync-core/config/node-file-access.ts';
import { secretCommandRunner } from '../../src/sync-core/config/run-secret-command.ts';
import { snowflakeConnectionOptions } from '../../src/sync-core/snowflake/connection-options.ts';
import { SnowflakeSession, type SnowflakeConnectionOptions } from '../../src/sync-core/snowflake/session.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import { compareEveryType, everyTypeTable, fillStatements } from '../support/every-type-check.ts';
import { everyTypeRows } from '../support/every-type.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { printSeed } from '../support/random.ts';
import { syncEnvironment } from '../support/sync-environment.ts';

/**
 * The same cases as against the stand-in, against a real account: `SNOWMELT_LIVE_CONNECTION=<name> npm run test:live`. The
 * connection names a database and a schema in which its role may create tables; SNOWMELT_EVERY_TYPE is made there and dropped.
 */
describe('values of every type, from a real account', () => {
  const name = process.env.SNOWMELT_LIVE_CONNECTION;
  const source = 'SNOWMELT_EVERY_TYPE';
  let cluster: PostgresCluster;
  let client: pg.Client;
  let connection: SnowflakeConnectionOptions;
  let session: SnowflakeSession;

  before(async function () {
    this.timeout(300_000);
    assert.ok(name, 'SNOWMELT_LIVE_CONNECTION names no connection');
    const host = {
      env: process.env,
      platform: process.platform,
      homeDir: homedir(),
      userName: userInfo().username,
      files: nodeFileAccess(process.getuid?.()),
    };
    const secrets = { env: process.env, runCommand: secretCommandRunner(process.env), prompt: undefined };
    ({ options: connection } = await snowflakeConnectionOptions(
      { connection: name, options: {}, secrets: {} },
      host,
      secrets,
    ));
    session = await SnowflakeSession.open(connection, { queryTag: 'snowmelt:live-test' });
    cluster = await startPostgresCluster();
    await createApplicationDatabase(cluster, 'live');
    client = await connect(cluster, 'live', 'application');
  });

  after(async () => {
    await session.execute(`DROP TABLE IF EXISTS ${source}`);
    await session.close();
    await client.end();
    await cluster.stop();
  });

  it('arrive exactly', async function () {
    this.timeout(30 * 60_000);
    const seed = printSeed('values of every type, live');
    await fc.assert(
      fc.asyncProperty(everyTypeRows, async (rows) => {
        for (const statement of fillStatements(source, rows)) await session.execute(statement);
        const environment = syncEnvironment(connectionTo(cluster, 'live', 'application'), connection);
        const result = await syncTable(environment, everyTypeTable(source, 'application'), { force: true });
        assert.equal(result.rowsSynced, rows.length);
        await compareEveryType(client, 'application', rows);
      }),
      { seed, numRuns: 20 },
    );
  });
});
