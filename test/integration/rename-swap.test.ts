import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { describeRelation } from '../../src/sync-core/postgres/relation.ts';
import { PostgresSession } from '../../src/sync-core/postgres/session.ts';
import { createStaging, buildIndexes, finishStaging } from '../../src/sync-core/stage/prepare-staging.ts';
import { stagingIndexes } from '../../src/sync-core/stage/staging-table.ts';
import type { Staging, TargetTable } from '../../src/sync-core/stage/target-table.ts';
import { swap } from '../../src/sync-core/swap/swap.ts';
import { connect, connectionTo, startPostgresCluster, type PostgresCluster } from '../support/postgres-cluster.ts';
import { everythingFixture } from '../support/everything-fixture.ts';

const run = promisify(execFile);

describe('rename swap', () => {
  let cluster: PostgresCluster;
  let admin: pg.Client;

  before(async () => {
    cluster = await startPostgresCluster();
    admin = await connect(cluster, 'postgres', 'postgres');
    await admin.query('CREATE DATABASE everything');
    await admin.end();
    admin = await connect(cluster, 'everything', 'postgres');
    await admin.query(everythingFixture);
    await admin.query('CREATE SCHEMA snowmelt AUTHORIZATION application');
  });

  after(async () => {
    await admin.end();
    await cluster.stop();
  });

  const dump = async (): Promise<string> => {
    const { stdout } = await run(
      join(cluster.bin, 'pg_dump'),
      [
        '-h',
        cluster.host,
        '-p',
        String(cluster.port),
        '-U',
        'postgres',
        '--schema-only',
        '--exclude-schema=snowmelt',
        'everything',
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '');
  };

  /** Replaces the rows of the table by themselves, the way a sync does. */
  const swapOnce = async (round: number): Promise<void> => {
    const session = await PostgresSession.open(connectionTo(cluster, 'everything', 'application'), {
      applicationName: 'test',
    });
    const control = await PostgresSession.open(connectionTo(cluster, 'everything', 'application'), {
      applicationName: 'test',
    });
    try {
      const relation = { schema: 'application', name: 'lines' };
      const live = await session.transaction((transaction) => describeRelation(transaction, relation));
      assert.ok(live);
      assert.deepEqual(live.pins, []);
      const table: TargetTable = {
        relation,
        live,
        columns: live.columns.map((column) => ({
          name: column.name,
          type: column.type,
          live: column,
          source: null,
          generated:
            column.generated === ''
              ? null
              : { expression: column.default ?? '', virtual: column.generated === 'v', plainAfterLoad: false },
        })),
        primaryKey: [],
        newIndexes: [],
        dropped: [],
      };
      const staging: Staging = { relation: { schema: 'snowmelt', name: `lines__${round}` }, tag: String(round) };
      await createStaging(session, table, staging);
      await session.query(
        `INSERT INTO snowmelt.lines__${round} (code, kind, length_m, parent, area, span, note, geom, tags)
         SELECT code, kind, length_m, parent, area, span, note, geom, tags FROM application.lines`,
      );
      await buildIndexes(session, table, staging, { name: 'lines', statementTimeoutMs: 0 } as never, () => undefined);
      await finishStaging(session, table, staging);
      await swap(
        {
          tableName: 'lines',
          strategy: 'rename',
          key: ['code'],
          rows: 500,
          keep: true,
          table,
          staging,
          indexes: stagingIndexes(table, staging),
          retired: { schema: 'snowmelt', name: `lines__g${round}` },
          lockTimeoutMs: 500,
          lockWaitMs: 5_000,
          fence: () => Promise.resolve(),
          record: () => Promise.resolve(),
        },
        { work: session, control, signal: new AbortController().signal, onWaiting: () => undefined },
      );
    } finally {
      await session.close();
      await control.close();
    }
  };

  it('keeps everything that hangs on a table: the schema dumps to the same bytes', async () => {
    const before = await dump();
    const rows = (await admin.query('SELECT * FROM application.lines ORDER BY code')).rows as Record<string, unknown>[];
    await swapOnce(1);
    assert.equal(await dump(), before);
    await swapOnce(2);
    assert.equal(await dump(), before);
    const after = (await admin.query('SELECT * FROM application.lines ORDER BY code')).rows as Record<
      string,
      unknown
    >[];
    const without = (row: Record<string, unknown>): Record<string, unknown> => ({ ...row, id: 0, serial_no: 0 });
    assert.deepEqual(after.map(without), rows.map(without));
  });
});
