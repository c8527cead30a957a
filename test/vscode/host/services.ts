import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, createApplicationDatabase, startPostgresCluster } from '../../support/postgres-cluster.ts';
import { startSource } from '../../support/source.ts';
import type { CableName, Favour, Surroundings } from '../support/surroundings.ts';
import { Cable } from './cable.ts';

// What the Snowflake driver has to say to whoever imports it is of no interest here.
process.env.SNOWFLAKE_DISABLE_MINICORE = '1';
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const guarded = { user: 'guarded', password: 'melting point' };

/** Servers that the tests of a launch use, and the door at which they ask for more. */
export interface Services {
  readonly surroundings: Pick<Surroundings, 'postgres' | 'snowflake' | 'runner'>;
  stop(): Promise<void>;
}

export async function startServices(): Promise<Services> {
  const cluster = await startPostgresCluster(
    {},
    { 'pg_hba.conf': `host all ${guarded.user} all scram-sha-256\nhost all all all trust\n` },
  );
  const source = await startSource(cluster);
  const cables: Record<CableName, Cable> = {
    postgres: await Cable.to(cluster.port),
    snowflake: await Cable.to(source.standIn.port),
  };
  let databases = 0;

  const grant = async (favour: Favour): Promise<unknown> => {
    switch (favour.do) {
      case 'snowflake':
        return (await source.sql(...favour.statements)).rows;
      case 'create-database': {
        databases += 1;
        const name = `application_${databases}`;
        await createApplicationDatabase(cluster, name);
        const admin = await connect(cluster, name, 'postgres');
        try {
          await admin.query(
            `DO $$ BEGIN CREATE ROLE ${guarded.user} LOGIN PASSWORD '${guarded.password}' IN ROLE application;
             EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
          );
        } finally {
          await admin.end();
        }
        return name;
      }
      case 'cut':
        return cables[favour.cable].cut();
      case 'mend':
        return cables[favour.cable].mend();
    }
  };
  const door = createServer((request, response) => {
    readBody(request)
      .then((body) => grant(JSON.parse(body) as Favour))
      .then(
        (result) => response.end(JSON.stringify({ result: result ?? null })),
        (error: unknown) => {
          response.statusCode = 500;
          response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
        },
      );
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');

  const { account, password, username } = source.connection;
  if (account === undefined || password === undefined || username === undefined) throw new Error('no stand-in');
  return {
    surroundings: {
      postgres: {
        host: '127.0.0.1',
        port: cables.postgres.port,
        admin: 'postgres',
        user: 'application',
        guarded,
      },
      snowflake: {
        accessUrl: `http://127.0.0.1:${cables.snowflake.port}`,
        account,
        user: username,
        password,
      },
      runner: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
    },
    stop: async () => {
      door.closeAllConnections();
      door.close();
      for (const cable of Object.values(cables)) await cable.cut();
      await source.close();
      await cluster.stop();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
