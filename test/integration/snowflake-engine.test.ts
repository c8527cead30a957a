import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import {
  SnowflakeSqlError,
  type Bind,
  type EngineSession,
  type StatementResult,
  type WireRow,
} from '../../src/local/snowflake/engine.ts';
import { openEmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import { openPostgresEngine, type PostgresEngine } from '../../src/local/snowflake/sql/postgres-engine.ts';
import { startPostgresCluster, type PostgresCluster } from '../support/postgres-cluster.ts';
import { documentedExamples } from './snowflake-engine-examples.ts';

/** One session of an engine, with the short forms that the tests are written in. */
class Client {
  readonly session: EngineSession;
  lastQueryId = '';

  constructor(session: EngineSession) {
    this.session = session;
  }

  static async open(engine: PostgresEngine, role = 'SYSADMIN', user = 'TESTER'): Promise<Client> {
    return new Client(
      await engine.openSession({
        database: null,
        schema: null,
        warehouse: null,
        role,
        user,
        account: 'ACCOUNT',
        parameters: new Map(),
      }),
    );
  }

  execute(text: string, binds: Readonly<Record<string, Bind>> = {}, signal?: AbortSignal): Promise<StatementResult> {
    this.lastQueryId = randomUUID();
    return this.session.execute(text, {
      queryId: this.lastQueryId,
      binds,
      signal: signal ?? new AbortController().signal,
    });
  }

  /** Runs statements one after the other. @returns the last one's rows, all of them. */
  async rows(...statements: readonly string[]): Promise<WireRow[]> {
    let rows: WireRow[] = [];
    for (const text of statements) {
      const result = await this.execute(text);
      rows = await result.read(0, result.rowCount);
    }
    return rows;
  }

  async value(text: string): Promise<string | null | undefined> {
    return (await this.rows(text))[0]?.[0];
  }

  async error(text: string): Promise<SnowflakeSqlError> {
    try {
      await this.execute(text);
    } catch (error) {
      assert.ok(error instanceof SnowflakeSqlError, String(error));
      return error;
    }
    throw new assert.AssertionError({ message: `not refused: ${text}` });
  }
}

const text = (value: string): string =>
  `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`;
const pad = (value: number, width: number): string => String(value).padStart(width, '0');

interface TypeProperty {
  readonly type: string;
  readonly runs?: number;
  /** An SQL expression, and what the wire must carry for it. */
  readonly values: fc.Arbitrary<{ readonly sql: string; readonly wire: string }>;
}

const decimal = (precision: number, scale: number): fc.Arbitrary<{ sql: string; wire: string }> => {
  const bound = 10n ** BigInt(precision) - 1n;
  return fc.oneof(fc.bigInt({ min: -bound, max: bound }), fc.constantFrom(bound, -bound, 0n)).map((unscaled) => {
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
    const sign = unscaled < 0n ? '-' : '';
    const wire = scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    return { sql: wire, wire };
  });
};

const nanosOfDay = fc.oneof(fc.bigInt({ min: 0n, max: 86_399_999_999_999n }), fc.constantFrom(0n, 86_399_999_999_999n));
const days = fc.oneof(
  fc.integer({ min: -719_528, max: 2_932_896 }),
  fc.constantFrom(-719_528, -719_162, 2_932_896, 0, -1),
);

function dayText(day: number): string {
  const date = new Date(day * 86_400_000);
  return `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`;
}

function clock(nanos: bigint): string {
  const seconds = Number(nanos / 1_000_000_000n);
  const whole = `${pad(Math.trunc(seconds / 3600), 2)}:${pad(Math.trunc(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  return `${whole}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`;
}

/** A count of nanoseconds as seconds with nine places. */
function seconds(nanos: bigint): string {
  const digits = String(nanos < 0n ? -nanos : nanos).padStart(10, '0');
  return `${nanos < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

const moment = fc.tuple(days, nanosOfDay).map(([day, nanos]) => ({
  text: `${dayText(day)} ${clock(nanos)}`,
  nanos: BigInt(day) * 86_400_000_000_000n + nanos,
}));

const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });

const properties: readonly TypeProperty[] = [
  { type: 'NUMBER(38,0)', values: decimal(38, 0) },
  { type: 'NUMBER(38,37)', values: decimal(38, 37) },
  { type: 'NUMBER(12,2)', values: decimal(12, 2) },
  {
    type: 'FLOAT',
    runs: 200,
    // The default text of a FLOAT has 15 digits, so the bits are compared through TME, which has 17.
    values: fc
      .oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(-0, 5e-324, 1.7976931348623157e308, 0.1),
      )
      .map((value) => ({
        sql: `'${Object.is(value, -0) ? '-0' : value.toExponential()}'::FLOAT`,
        wire: String(value),
      })),
  },
  {
    type: 'VARCHAR',
    runs: 200,
    values: fc.string({ unit: 'binary', maxLength: 30 }).map((value) => ({ sql: text(value), wire: value })),
  },
  { type: 'BOOLEAN', values: fc.boolean().map((value) => ({ sql: String(value), wire: value ? '1' : '0' })) },
  { type: 'DATE', values: days.map((day) => ({ sql: `'${dayText(day)}'::DATE`, wire: String(day) })) },
  { type: 'TIME(9)', values: nanosOfDay.map((nanos) => ({ sql: `'${clock(nanos)}'::TIME`, wire: seconds(nanos) })) },
  {
    type: 'TIMESTAMP_NTZ(9)',
    values: moment.map((at) => ({ sql: `'${at.text}'::TIMESTAMP_NTZ`, wire: seconds(at.nanos) })),
  },
  {
    type: 'TIMESTAMP_LTZ(9)',
    values: moment.map((at) => ({ sql: `'${at.text} +00:00'::TIMESTAMP_LTZ`, wire: seconds(at.nanos) })),
  },
  {
    type: 'TIMESTAMP_TZ(9)',
    values: fc.tuple(moment, offset).map(([at, minutes]) => {
      const size = Math.abs(minutes);
      const zone = `${minutes < 0 ? '-' : '+'}${pad(Math.trunc(size / 60), 2)}:${pad(size % 60, 2)}`;
      const instant = at.nanos - BigInt(minutes) * 60_000_000_000n;
      return { sql: `'${at.text} ${zone}'::TIMESTAMP_TZ`, wire: `${seconds(instant)} ${minutes + 1440}` };
    }),
  },
  {
    type: 'BINARY',
    values: fc.uint8Array({ maxLength: 20 }).map((bytes) => {
      const hex = Buffer.from(bytes).toString('hex').toUpperCase();
      return { sql: `TO_BINARY('${hex}', 'HEX')`, wire: hex };
    }),
  },
  {
    type: 'DECFLOAT',
    values: fc
      .tuple(fc.bigInt({ min: 1n, max: 10n ** 38n - 1n }), fc.integer({ min: 0, max: 38 }))
      .map(([digits, scale]) => {
        const text = String(digits).padStart(scale + 1, '0');
        const fraction = text.slice(text.length - scale).replace(/0+$/u, '');
        const wire = `${text.slice(0, text.length - scale)}${fraction === '' ? '' : `.${fraction}`}`;
        return { sql: `'${wire}'::DECFLOAT`, wire };
      }),
  },
  {
    type: 'GEOMETRY',
    // Compared as EWKB: coordinates to the last bit, with the SRID.
    values: fc
      .tuple(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(4326, 3857, 32633),
      )
      .map(([x, y, srid]) => {
        const ewkb = Buffer.alloc(25);
        ewkb.writeUInt8(1, 0);
        ewkb.writeUInt32LE(0x20000001, 1);
        ewkb.writeUInt32LE(srid, 5);
        ewkb.writeDoubleLE(x, 9);
        ewkb.writeDoubleLE(y, 17);
        const hex = ewkb.toString('hex').toUpperCase();
        return { sql: `TO_GEOMETRY('${hex}')`, wire: hex };
      }),
  },
  {
    type: 'VECTOR(FLOAT, 3)',
    values: fc
      .array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 })
      .map((items) => ({
        sql: `[${items.map((item) => `'${item.toExponential()}'::FLOAT`).join(', ')}]::VECTOR(FLOAT, 3)`,
        wire: JSON.stringify(items.map((item) => item + 0)),
      })),
  },
  {
    type: 'UUID',
    values: fc.uuid().map((uuid) => ({ sql: `'${uuid.toUpperCase()}'::UUID`, wire: uuid })),
  },
  {
    type: 'MAP(VARCHAR, NUMBER(5,0))',
    values: fc
      .dictionary(fc.string({ maxLength: 5 }), fc.integer({ min: 0, max: 99999 }), { noNullPrototype: true })
      .map((map) => ({
        sql: `PARSE_JSON(${text(JSON.stringify(map))})::MAP(VARCHAR, NUMBER(5,0))`,
        wire: sortedJson(map),
      })),
  },
  {
    type: 'VARIANT',
    runs: 150,
    values: fc
      .jsonValue({ maxDepth: 4, stringUnit: 'binary' })
      .filter((value) => value !== null)
      .map(integersOnly)
      .map((value) => ({ sql: `PARSE_JSON(${text(JSON.stringify(value))})`, wire: sortedJson(value) })),
  },
];

/** Types whose wire form is not exact, in Snowflake either, and the form that is. */
const exactForms: Readonly<
  Record<string, { readonly column: string; readonly read: (value: string) => string } | undefined>
> = {
  FLOAT: { column: `TO_VARCHAR(v, 'TME')`, read: (value) => String(Number(value)) },
  GEOMETRY: { column: 'HEX_ENCODE(ST_ASEWKB(v))', read: (value) => value },
  'VECTOR(FLOAT, 3)': {
    column: 'TO_JSON(v::ARRAY)',
    read: (value) => JSON.stringify((JSON.parse(value) as number[]).map((item) => Math.fround(item) + 0)),
  },
};

/** JSON whose numbers have one spelling. */
function integersOnly(value: unknown): unknown {
  if (typeof value === 'number') return Math.trunc(value % 1e15) + 0;
  if (Array.isArray(value)) return value.map(integersOnly);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, integersOnly(entry)]));
  }
  return value;
}

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${sortedJson(entry)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

describe('the SQL engine', function () {
  let cluster: PostgresCluster;
  before(async () => {
    cluster = await startPostgresCluster();
  });
  after(() => cluster.stop());

  let databases = 0;
  async function freshUrl(): Promise<string> {
    databases++;
    const admin = new pg.Client({ host: cluster.host, port: cluster.port, user: 'postgres', database: 'postgres' });
    await admin.connect();
    await admin.query(`CREATE DATABASE engine_${databases}`);
    await admin.end();
    return `postgresql://postgres@${cluster.host}:${cluster.port}/engine_${databases}`;
  }

  const backends: Readonly<Record<string, () => Promise<{ url: string; close: () => Promise<void> }>>> = {
    'a PostgreSQL server': async () => ({ url: await freshUrl(), close: () => Promise.resolve() }),
    'the embedded PostGIS': async () => {
      const postgis = await openEmbeddedPostgis({ port: 0 });
      return { url: postgis.url, close: () => postgis.close() };
    },
  };

  for (const [name, open] of Object.entries(backends)) {
    describe(`on ${name}`, () => {
      let engine: PostgresEngine;
      let client: Client;
      const opened: { close(): Promise<void> }[] = [];
      before(async () => {
        const backend = await open();
        opened.push(backend);
        engine = await openPostgresEngine({ url: backend.url });
        opened.push(engine);
        client = await Client.open(engine);
        await client.rows('CREATE DATABASE DB', "ALTER SESSION SET TIMEZONE = 'America/Los_Angeles'");
      });
      after(async () => {
        for (const each of opened.reverse()) await each.close();
      });

      for (const [family, examples] of Object.entries(documentedExamples)) {
        it(`answers the documented examples: ${family}`, async () => {
          for (const [expression, expected] of Object.entries(examples)) {
            const found = await client.value(`SELECT ${expression}`);
            assert.equal(found, expected, expression);
          }
        });
      }

      for (const { type, runs = 60, values } of properties) {
        it(`keeps every value of ${type} through a table, to the last digit`, async () => {
          await client.rows(`CREATE OR REPLACE TABLE kept (i INT, v ${type})`);
          const sample = fc.sample(values, runs);
          const lines = sample.map(({ sql }, i) => `SELECT ${i}, ${sql}`).join(' UNION ALL ');
          await client.rows(`INSERT INTO kept ${lines}`);
          const { column = 'v', read = (value: string) => value } = exactForms[type] ?? {};
          const rows = await client.rows(`SELECT ${column} FROM kept ORDER BY i`);
          const found = rows.map(([value]) => read(value ?? ''));
          assert.deepEqual(
            found,
            sample.map(({ wire }) => wire),
          );
        });
      }

      it('orders results and reads any range of a large one', async () => {
        const result = await client.execute(
          "SELECT SEQ8() AS n, CONCAT(n, repeat('x', 100)) AS pad FROM TABLE(GENERATOR(ROWCOUNT => 20000)) ORDER BY n DESC",
        );
        assert.equal(result.rowCount, 20000);
        for (const start of [0, 1, 4999, 12345, 19990]) {
          const rows = await result.read(start, 10);
          assert.deepEqual(
            rows.map(([n]) => n),
            Array.from({ length: 10 }, (_, i) => String(19999 - start - i)),
          );
        }
        assert.deepEqual(await result.read(20000, 10), []);
        const again = await client.rows(`SELECT n FROM TABLE(RESULT_SCAN('${result.queryId}')) LIMIT 3`);
        assert.deepEqual(again, [['19999'], ['19998'], ['19997']]);
        await result.dispose();
        assert.equal((await client.error(`DESCRIBE RESULT '${result.queryId}'`)).code, 709);
      });

      it('cancels at once and goes on', async () => {
        const controller = new AbortController();
        const running = client.execute(
          "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 600)) a, TABLE(GENERATOR(ROWCOUNT => 600)) b WHERE MD5(UNIFORM(1, 9, RANDOM())) = 'x'",
          {},
          controller.signal,
        );
        setImmediate(() => {
          controller.abort();
        });
        await assert.rejects(running, { code: 604, sqlState: '57014' });
        assert.equal(await client.value('SELECT 1'), '1');
      });

      it('reads an earlier result while a transaction is open', async () => {
        await client.rows('CREATE OR REPLACE TABLE held (a INT)');
        const result = await client.execute('SELECT SEQ8() n FROM TABLE(GENERATOR(ROWCOUNT => 5000))');
        await client.rows('BEGIN', 'INSERT INTO held VALUES (1)');
        assert.equal((await result.read(4000, 1000)).length, 1000);
        await client.rows('ROLLBACK');
        assert.equal(await client.value('SELECT COUNT(*) FROM held'), '0');
      });

      it('writes COPY lines that hold NUL and every other character', async () => {
        await client.rows(
          'CREATE OR REPLACE TABLE lines (name VARCHAR, f FLOAT, g GEOGRAPHY)',
          String.raw`INSERT INTO lines SELECT 'a\0b\\c\td\ne\rf', '-inf'::FLOAT, TO_GEOGRAPHY('POINT(1.5 -2.5)')`,
          'INSERT INTO lines VALUES (NULL, NULL, NULL)',
        );
        const line = (
          await client.rows(
            String.raw`SELECT COALESCE(REPLACE(REPLACE(REPLACE(REPLACE("NAME", $$\$$, $$\\$$), CHR(9), $$\t$$), CHR(10), $$\n$$), CHR(13), $$\r$$), $$\N$$) || CHR(9) ||
            COALESCE(CASE WHEN "F" = '-inf'::FLOAT THEN '-Infinity' ELSE TO_VARCHAR("F", 'TME') END, $$\N$$) || CHR(9) || COALESCE(HEX_ENCODE(ST_ASEWKB("G")), $$\N$$) AS L FROM lines ORDER BY f`,
          )
        ).map(([value]) => value);
        assert.deepEqual(line, [
          'a\0b\\\\c\\td\\ne\\rf\t-Infinity\t0101000020E6100000000000000000F83F00000000000004C0',
          '\\N\t\\N\t\\N',
        ]);
        assert.equal(
          await client.value("SELECT LENGTH(REPLACE(name, CHR(0), '')) FROM lines WHERE f IS NOT NULL"),
          '10',
        );
        assert.equal(await client.value('SELECT OCTET_LENGTH(name) FROM lines WHERE f IS NOT NULL'), '11');
      });
    });
  }

  describe('statements', () => {
    let engine: PostgresEngine;
    let client: Client;
    let url: string;
    let time = Date.parse('2024-05-06T07:08:09.000Z');
    beforeEach(async () => {
      url = await freshUrl();
      engine = await openPostgresEngine({ url, clock: () => new Date(time) });
      client = await Client.open(engine);
      await client.rows('CREATE DATABASE DB');
    });
    afterEach(() => engine.close());

    it('reports DML in the shapes of Snowflake', async () => {
      await client.rows(
        "CREATE TABLE t (a INT, b VARCHAR(5) DEFAULT 'dflt', c INT AUTOINCREMENT START 10 INCREMENT 5)",
      );
      const shape = async (sql: string): Promise<unknown> => {
        const result = await client.execute(sql);
        return [result.statementTypeId, result.columns.map((column) => column.name), await result.read(0, 9)];
      };
      assert.deepEqual(await shape("INSERT INTO t (a, b) VALUES (1, 'x'), (2, DEFAULT), (3, UPPER('y'))"), [
        0x3100,
        ['number of rows inserted'],
        [['3']],
      ]);
      assert.deepEqual(await client.rows('SELECT * FROM t ORDER BY a'), [
        ['1', 'x', '10'],
        ['2', 'dflt', '15'],
        ['3', 'Y', '20'],
      ]);
      assert.deepEqual(
        await shape("UPDATE t SET b = s.v FROM (SELECT 1 k, 'u' v UNION ALL SELECT 1, 'u') s WHERE t.a = s.k"),
        [0x3200, ['number of rows updated', 'number of multi-joined rows updated'], [['1', '1']]],
      );
      assert.deepEqual(await shape('DELETE FROM t WHERE a = 3'), [0x3300, ['number of rows deleted'], [['1']]]);
      assert.deepEqual(
        await shape(
          "MERGE INTO t USING (SELECT 1 k, 'm' v UNION ALL SELECT 2, 'd' UNION ALL SELECT 9, 'n') s ON t.a = s.k WHEN MATCHED AND s.v = 'd' THEN DELETE WHEN MATCHED THEN UPDATE SET b = s.v WHEN NOT MATCHED THEN INSERT (a, b) VALUES (s.k, s.v)",
        ),
        [0x3400, ['number of rows inserted', 'number of rows updated', 'number of rows deleted'], [['1', '1', '1']]],
      );
      assert.deepEqual(await client.rows('SELECT a, b FROM t ORDER BY a'), [
        ['1', 'm'],
        ['9', 'n'],
      ]);
      assert.deepEqual(await client.rows('INSERT OVERWRITE INTO t (a) SELECT 5'), [['1']]);
      assert.deepEqual(await client.rows('TRUNCATE TABLE t', 'SELECT COUNT(*) FROM t'), [['0']]);
    });

    it('refuses values that their columns cannot hold', async () => {
      await client.rows('CREATE TABLE t (a NUMBER(3,1) NOT NULL, b VARCHAR(3), c BINARY(2))');
      assert.equal((await client.error('INSERT INTO t (a) VALUES (100)')).code, 100046);
      assert.equal((await client.error('INSERT INTO t (a) VALUES (NULL)')).code, 100072);
      assert.equal((await client.error("INSERT INTO t (a, b) VALUES (1, 'four')")).code, 100078);
      assert.equal((await client.error("INSERT INTO t (a, c) SELECT 1, TO_BINARY('010203', 'HEX')")).code, 100145);
      assert.equal((await client.error("INSERT INTO t (a) VALUES ('x')")).code, 100038);
      assert.equal((await client.error('INSERT INTO t VALUES (1)')).code, 2020);
      assert.equal((await client.error('INSERT INTO t (a, zz) VALUES (1, 2)')).code, 904);
      assert.equal((await client.error("INSERT INTO t (a, b) SELECT 1, TO_GEOGRAPHY('POINT(1 2)')")).code, 100078);
      await client.rows("INSERT INTO t VALUES (1.26, 'abc', NULL)");
      assert.deepEqual(await client.rows('SELECT a, b FROM t'), [['1.3', 'abc']]);
    });

    it('refuses a MERGE that would change a row twice', async () => {
      await client.rows('CREATE TABLE t (a INT)', 'INSERT INTO t VALUES (1)');
      const error = await client.error(
        'MERGE INTO t USING (SELECT 1 k, 2 v UNION ALL SELECT 1, 3) s ON t.a = s.k WHEN MATCHED THEN UPDATE SET a = s.v',
      );
      assert.equal(error.code, 100090);
      assert.equal(await client.value('SELECT a FROM t'), '1');
    });

    it('keeps transactions: rollback, a failed statement inside, DDL that commits', async () => {
      const other = await Client.open(engine);
      await client.rows('CREATE TABLE t (a INT)');
      await client.rows('BEGIN', 'INSERT INTO t VALUES (1)');
      assert.equal((await client.error('SELECT 1/0')).code, 100051);
      assert.equal(await client.value('SELECT COUNT(*) FROM t'), '1');
      assert.equal(await other.value('SELECT COUNT(*) FROM DB.PUBLIC.t'), '0');
      await client.rows('ROLLBACK');
      assert.equal(await client.value('SELECT COUNT(*) FROM t'), '0');
      await client.rows('BEGIN', 'INSERT INTO t VALUES (2)', 'CREATE TABLE u (a INT)', 'ROLLBACK');
      assert.equal(await other.value('SELECT COUNT(*) FROM DB.PUBLIC.t'), '1');
      await client.rows('BEGIN', 'INSERT INTO t VALUES (3)', 'COMMIT');
      assert.equal(await other.value('SELECT COUNT(*) FROM DB.PUBLIC.t'), '2');
    });

    it('keeps results for their user, for a day', async () => {
      await client.rows('CREATE TABLE t (id NUMBER(5,0) NOT NULL, g GEOGRAPHY, v VECTOR(INT, 2))');
      const result = await client.execute('SELECT * FROM (SELECT * FROM t) LIMIT 0');
      assert.equal(result.rowCount, 0);
      const described = await client.rows(`DESCRIBE RESULT '${result.queryId}'`);
      assert.deepEqual(described, [
        ['ID', 'NUMBER(5,0)', 'COLUMN', 'N', null, 'N', 'N', null, null, null],
        ['G', 'GEOGRAPHY', 'COLUMN', 'Y', null, 'N', 'N', null, null, null],
        ['V', 'VECTOR(INT, 2)', 'COLUMN', 'Y', null, 'N', 'N', null, null, null],
      ]);
      assert.deepEqual(result.columns[0]?.origin, { database: 'DB', schema: 'PUBLIC', table: 'T' });
      const names = await client.rows('SHOW TABLES', 'SELECT "name" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))');
      assert.deepEqual(names, [['T']]);
      const stranger = await Client.open(engine, 'SYSADMIN', 'STRANGER');
      assert.equal((await stranger.error(`SELECT * FROM TABLE(RESULT_SCAN('${result.queryId}'))`)).code, 709);
      time += 25 * 60 * 60 * 1000;
      assert.equal((await client.error(`DESCRIBE RESULT '${result.queryId}'`)).code, 709);
    });

    it('drops the oldest results when they take too much room, but none that is being read', async () => {
      const small = await openPostgresEngine({ url: await freshUrl(), clock: () => new Date(time), resultBytes: 1 });
      try {
        const one = await Client.open(small);
        const many = 'SELECT SEQ8() n FROM TABLE(GENERATOR(ROWCOUNT => 3000))';
        const [first, second] = [await one.execute(many), await one.execute(many)];
        assert.equal((await first.read(2999, 1)).length, 1);
        time += 2 * 60 * 1000;
        assert.equal((await second.read(2999, 1)).length, 1);
        const third = await one.execute(many);
        assert.equal((await one.error(`DESCRIBE RESULT '${first.queryId}'`)).code, 709);
        assert.equal((await second.read(0, 3000)).length, 3000);
        assert.equal((await third.read(0, 3000)).length, 3000);
      } finally {
        await small.close();
      }
    });

    it('resolves views where they are, with the rights and types that they had', async () => {
      await client.rows(
        'CREATE SCHEMA base',
        'CREATE TABLE base.t (id INT, name VARCHAR(10))',
        "INSERT INTO base.t VALUES (1, 'one'), (2, 'two')",
        'CREATE VIEW base.v (k, label) AS SELECT id, UPPER(name) FROM t WHERE id > 1',
        'USE SCHEMA PUBLIC',
      );
      assert.deepEqual(await client.rows('SELECT * FROM base.v'), [['2', 'TWO']]);
      assert.deepEqual(
        (await client.rows('DESC VIEW base.v')).map((row) => row.slice(0, 2)),
        [
          ['K', 'NUMBER(38,0)'],
          ['LABEL', 'VARCHAR(10)'],
        ],
      );
      await client.rows(
        'CREATE ROLE reader',
        'GRANT USAGE ON DATABASE DB TO ROLE reader',
        'GRANT USAGE ON SCHEMA DB.BASE TO ROLE reader',
        'GRANT SELECT ON VIEW DB.BASE.V TO ROLE reader',
      );
      const reader = await Client.open(engine, 'READER');
      assert.deepEqual(await reader.rows('SELECT label FROM db.base.v'), [['TWO']]);
      const error = await reader.error('SELECT * FROM db.base.t');
      assert.equal(error.code, 2003);
      assert.equal(error.sqlState, '42S02');
      assert.equal(error.message, "SQL compilation error:\nObject 'DB.BASE.T' does not exist or not authorized.");
      await client.rows('DROP TABLE base.t');
      assert.equal((await client.error('SELECT * FROM base.v')).code, 2003);
    });

    it('enforces grants for a restricted role', async () => {
      await client.rows('CREATE TABLE t (a INT)', 'INSERT INTO t VALUES (1)', 'CREATE ROLE app', 'CREATE ROLE child');
      const app = await Client.open(engine, 'APP');
      assert.equal((await app.error('SELECT * FROM db.public.t')).code, 2003);
      await client.rows('GRANT USAGE ON DATABASE db TO ROLE app', 'GRANT USAGE ON SCHEMA db.public TO ROLE app');
      assert.equal((await app.error('SELECT * FROM db.public.t')).code, 2003);
      await client.rows('GRANT SELECT ON TABLE db.public.t TO ROLE child', 'GRANT ROLE child TO ROLE app');
      assert.deepEqual(await app.rows('SELECT * FROM db.public.t'), [['1']]);
      const denied = await app.error('INSERT INTO db.public.t VALUES (2)');
      assert.deepEqual([denied.code, denied.sqlState], [3001, '42501']);
      assert.equal((await app.error('CREATE TABLE db.public.u (a INT)')).code, 3001);
      assert.deepEqual(
        await app.rows("SELECT table_name FROM db.information_schema.tables WHERE table_type = 'BASE TABLE'"),
        [['T']],
      );
      await client.rows('REVOKE SELECT ON TABLE db.public.t FROM ROLE child');
      assert.equal((await app.error('SELECT * FROM db.public.t')).code, 2003);
      await client.rows('GRANT SELECT ON FUTURE TABLES IN SCHEMA db.public TO ROLE app', 'CREATE TABLE later (a INT)');
      assert.deepEqual(await app.rows('SELECT * FROM db.public.later'), []);
      assert.equal((await app.error('USE ROLE nobody')).code, 2043);
    });

    it('resolves names as the session stands', async () => {
      const other = await Client.open(engine);
      assert.equal((await other.error('SELECT * FROM t')).code, 90105);
      await other.rows('USE DATABASE db');
      assert.deepEqual([other.session.state.database, other.session.state.schema], ['DB', 'PUBLIC']);
      await other.rows('CREATE SCHEMA "Mixed"', 'CREATE TABLE "Quoted Table" ("a b" INT, c INT)');
      assert.equal(other.session.state.schema, 'Mixed');
      await other.rows('INSERT INTO db."Mixed"."Quoted Table" VALUES (1, 2)');
      assert.deepEqual(await other.rows('SELECT "a b", C FROM "Quoted Table"'), [['1', '2']]);
      assert.equal((await other.error('SELECT A FROM "Quoted Table"')).code, 904);
      assert.equal(
        (await other.error('SELECT * FROM quoted_table')).message.includes('\'DB."Mixed".QUOTED_TABLE\''),
        true,
      );
      assert.equal((await other.error('USE SCHEMA nope')).code, 2043);
      assert.equal((await other.error('SELECT * FROM nodb.public.t')).code, 2003);
      await other.rows('USE WAREHOUSE compute_wh', "ALTER SESSION SET QUERY_TAG = 'a' TIMEZONE = 'UTC'");
      assert.equal(other.session.state.warehouse, 'COMPUTE_WH');
      assert.equal(other.session.state.parameters.get('TIMEZONE'), 'UTC');
      assert.deepEqual(await other.rows("SHOW PARAMETERS LIKE 'query_tag'"), [
        ['QUERY_TAG', 'a', '', 'SESSION', 'tag of the session’s statements', 'STRING'],
      ]);
    });

    it('changes tables and keeps their data', async () => {
      await client.rows(
        'CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(5))',
        "INSERT INTO t VALUES (1, 'x')",
        'ALTER TABLE t ADD COLUMN c INT DEFAULT 7, d DATE',
        'ALTER TABLE t RENAME COLUMN b TO bb',
        'ALTER TABLE t ALTER COLUMN bb SET DATA TYPE VARCHAR(20)',
        'ALTER TABLE t SET CHANGE_TRACKING = TRUE',
        'ALTER TABLE t DROP COLUMN d',
        'ALTER TABLE t RENAME TO s',
      );
      assert.deepEqual(await client.rows('SELECT * FROM s'), [['1', 'x', '7']]);
      assert.deepEqual(
        (await client.rows('DESC TABLE s')).map((row) => row.slice(0, 6)),
        [
          ['A', 'NUMBER(38,0)', 'COLUMN', 'N', null, 'Y'],
          ['BB', 'VARCHAR(20)', 'COLUMN', 'Y', null, 'N'],
          ['C', 'NUMBER(38,0)', 'COLUMN', 'Y', '7', 'N'],
        ],
      );
      const shown = await client.execute("SHOW TABLES LIKE 's'");
      const row = (await shown.read(0, 1))[0] ?? [];
      const field = (name: string): string | null | undefined =>
        row[shown.columns.findIndex((column) => column.name === name)];
      assert.deepEqual([field('rows'), field('change_tracking'), field('kind')], ['1', 'ON', 'TABLE']);
      assert.equal((await client.error('ALTER TABLE s ALTER COLUMN a SET DATA TYPE VARCHAR')).code, 2108);
      await client.rows(
        'CREATE TABLE copy CLONE s',
        'CREATE TABLE empty LIKE s',
        'CREATE TABLE made AS SELECT a, bb FROM s',
      );
      assert.deepEqual(
        await client.rows(
          'SELECT (SELECT COUNT(*) FROM copy), (SELECT COUNT(*) FROM empty), (SELECT COUNT(*) FROM made)',
        ),
        [['1', '0', '1']],
      );
      assert.equal((await client.error('CREATE TABLE s (a INT)')).code, 2002);
      await client.rows('CREATE OR REPLACE TABLE s (z INT)', 'DROP TABLE made', 'DROP TABLE IF EXISTS made');
      assert.deepEqual(await client.rows('SELECT * FROM s'), []);
      assert.equal((await client.error('DROP TABLE made')).code, 2003);
      assert.deepEqual(
        (await client.rows('SHOW PRIMARY KEYS IN TABLE copy')).map((key) => key[4]),
        ['A'],
      );
    });

    it('keeps temporary tables to their session', async () => {
      const other = await Client.open(engine);
      await client.rows('CREATE TABLE t (a INT)', 'INSERT INTO t VALUES (1)', 'CREATE TEMPORARY TABLE t (a INT)');
      assert.equal(await client.value('SELECT COUNT(*) FROM t'), '0');
      assert.equal(await other.value('SELECT COUNT(*) FROM db.public.t'), '1');
      await client.session.close();
      assert.deepEqual(
        (await other.rows('SHOW TABLES IN SCHEMA db.public')).map((row) => row[4]),
        ['TABLE'],
      );
    });

    it('tells INFORMATION_SCHEMA what there is, and when it changed', async () => {
      await client.rows("CREATE TABLE t (a NUMBER(10,2) NOT NULL COMMENT 'price', b VARCHAR(10))");
      time += 60_000;
      await client.rows('INSERT INTO t VALUES (1, NULL), (2, NULL)', 'CREATE VIEW v AS SELECT a FROM t');
      assert.deepEqual(
        await client.rows(
          "SELECT table_name, table_type, row_count, bytes > 0, DATEDIFF(second, created, last_altered) FROM information_schema.tables WHERE table_schema = 'PUBLIC' ORDER BY 1",
        ),
        [
          ['T', 'BASE TABLE', '2', '1', '60'],
          ['V', 'VIEW', null, null, '0'],
        ],
      );
      assert.deepEqual(
        await client.rows(
          "SELECT column_name, data_type, numeric_precision, numeric_scale, is_nullable, character_maximum_length, comment FROM db.information_schema.columns WHERE table_name = 'T' ORDER BY ordinal_position",
        ),
        [
          ['A', 'NUMBER', '10', '2', 'NO', null, 'price'],
          ['B', 'TEXT', null, null, 'YES', '10', null],
        ],
      );
      assert.equal(
        await client.value("SELECT view_definition FROM information_schema.views WHERE table_name = 'V'"),
        'CREATE VIEW v AS SELECT a FROM t',
      );
      assert.equal((await client.error('SELECT * FROM information_schema.packages')).code, 2003);
    });

    it('takes binds of every type', async () => {
      const binds: Record<string, Bind> = {
        '1': { type: 'TEXT', value: "it's" },
        '2': { type: 'FIXED', value: '-12' },
        '3': { type: 'REAL', value: '1.5' },
        '4': { type: 'BOOLEAN', value: 'true' },
        '5': { type: 'DATE', value: '86400000' },
        '6': { type: 'TIMESTAMP_NTZ', value: '1000000001' },
        '7': { type: 'TIMESTAMP_TZ', value: '1000000001 1500' },
        '8': { type: 'BINARY', value: '00ff' },
        '9': { type: 'TEXT', value: null },
      };
      const result = await client.execute('SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?', binds);
      assert.deepEqual(await result.read(0, 1), [
        ["it's", '-12', '1.5', '1', '1', '1.000000001', '1.000000001 1500', '00FF', null],
      ]);
      const numbered = await client.execute('SELECT :2 + :2, :1', binds);
      assert.deepEqual(await numbered.read(0, 1), [['-24', "it's"]]);
    });

    it('ends a statement at the session’s timeout', async () => {
      await client.rows('ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1');
      const error = await client.error(
        "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 100000)) a, TABLE(GENERATOR(ROWCOUNT => 100000)) b WHERE MD5(UNIFORM(1, 9, RANDOM())) = 'x'",
      );
      assert.equal(error.code, 630);
    });

    it('loads rows in bulk, whatever the chunks, and finds them after a restart', async () => {
      await client.rows(
        'CREATE TABLE t (id INT, name VARCHAR, at TIMESTAMP_NTZ, ok BOOLEAN)',
        'CREATE VIEW v AS SELECT id FROM t',
      );
      const lines = Array.from(
        { length: 1000 },
        (_, i) => `${i}\tname ${i}\t("2024-05-06 07:08:09.000001",${i % 1000})\tt\n`,
      ).join('');
      const chunks = lines.match(/[^]{1,777}/gu) ?? [];
      assert.equal(await engine.loadTable('DB', 'PUBLIC', 'T', chunks), 1000);
      await assert.rejects(engine.loadTable('DB', 'PUBLIC', 'T', ['x\ty\n']));
      await assert.rejects(engine.loadTable('DB', 'PUBLIC', 'NOPE', []), { code: 2003 });
      await engine.close();
      engine = await openPostgresEngine({ url, clock: () => new Date(time) });
      client = await Client.open(engine);
      assert.deepEqual(await client.rows('SELECT COUNT(*), MAX(at) FROM db.public.t'), [
        ['1000', '1714979289.000001999'],
      ]);
      assert.equal(await client.value('SELECT COUNT(*) FROM db.public.v'), '1000');
    });
  });
});
