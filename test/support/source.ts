import { openPostgresEngine } from '../../src/local/snowflake/sql/postgres-engine.ts';
import { startSnowflakeStandIn, type StandIn, type StandInOptions } from '../../src/local/snowflake/wire/stand-in.ts';
import {
  SnowflakeSession,
  type QueryResult,
  type SnowflakeConnectionOptions,
} from '../../src/sync-core/snowflake/session.ts';
import { connect, type PostgresCluster } from './postgres-cluster.ts';

/** A Snowflake stand-in on an engine of its own, reached through the unpatched driver. */
export interface TestSource {
  readonly connection: SnowflakeConnectionOptions;
  readonly standIn: StandIn;
  /** Runs statements one after the other, as an administrator of the source would. @returns the last one's result. */
  sql(...statements: string[]): Promise<QueryResult>;
  close(): Promise<void>;
}

let count = 0;

export interface TestSourceOptions extends Partial<StandInOptions> {
  /** The time by which the source goes, its retention too. */
  readonly clock?: () => Date;
}

/** Starts one whose engine is a new database of the cluster, with the empty schema DB.PUBLIC. */
export async function startSource(
  cluster: PostgresCluster,
  { clock, ...options }: TestSourceOptions = {},
): Promise<TestSource> {
  count += 1;
  const database = `snowflake_engine_${count}`;
  const admin = await connect(cluster, 'postgres', 'postgres');
  await admin.query(`CREATE DATABASE ${database}`);
  await admin.end();
  const engine = await openPostgresEngine({
    url: `postgresql://postgres@${cluster.host}:${cluster.port}/${database}`,
    ...(clock === undefined ? {} : { clock }),
  });
  const users = [{ name: 'TESTER', password: 'flake' }];
  const standIn = await startSnowflakeStandIn({ engine, users, ...options });
  const connection: SnowflakeConnectionOptions = {
    accessUrl: standIn.accessUrl,
    account: standIn.account,
    username: 'TESTER',
    password: 'flake',
  };
  const session = await SnowflakeSession.open(connection, { queryTag: 'test' });
  const sql = async (...statements: string[]): Promise<QueryResult> => {
    let result: QueryResult | undefined;
    for (const statement of statements) result = await session.execute(statement);
    if (result === undefined) throw new Error('no statement');
    return result;
  };
  await sql('CREATE DATABASE IF NOT EXISTS DB', 'CREATE SCHEMA IF NOT EXISTS DB.PUBLIC');
  return {
    connection,
    standIn,
    sql,
    close: async () => {
      await session.close();
      await standIn.close();
      await engine.close();
    },
  };
}
