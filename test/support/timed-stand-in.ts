import { MovableClock } from './movable-clock.ts';
import { startPostgresCluster, type PostgresCluster } from './postgres-cluster.ts';
import { SnowflakeClient } from './snowflake-client.ts';
import { startSource, type TestSource } from './source.ts';

/** A Snowflake stand-in that goes by a clock that the test moves, on a cluster of its own. */
export class TimedStandIn {
  readonly clock: MovableClock;
  private readonly cluster: PostgresCluster;
  private readonly source: TestSource;
  private readonly clients: SnowflakeClient[] = [];

  private constructor(clock: MovableClock, cluster: PostgresCluster, source: TestSource) {
    this.clock = clock;
    this.cluster = cluster;
    this.source = source;
  }

  static async start(): Promise<TimedStandIn> {
    const clock = new MovableClock();
    const cluster = await startPostgresCluster();
    try {
      return new TimedStandIn(clock, cluster, await startSource(cluster, { clock: clock.now }));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** A session of its own, which ends with the stand-in at the latest. */
  async connect(): Promise<SnowflakeClient> {
    const client = await SnowflakeClient.open(this.source.connection);
    this.clients.push(client);
    return client;
  }

  /** A moment after all that has been committed, and before all that will be; as AT, BEFORE and END take it. */
  async moment(client: SnowflakeClient): Promise<string> {
    this.clock.advance({ seconds: 1 });
    const epoch = await client.value('SELECT DATE_PART(EPOCH_MILLISECOND, CURRENT_TIMESTAMP())');
    this.clock.advance({ seconds: 1 });
    return `TIMESTAMP => TO_TIMESTAMP_LTZ(${epoch}, 3)`;
  }

  async close(): Promise<void> {
    for (const client of this.clients) await client.close();
    await this.source.close();
    await this.cluster.stop();
  }
}
