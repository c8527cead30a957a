import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson, configHash } from '../../src/sync-core/config/config-hash.ts';
import { loadConfig, tablesOf, targetOf } from '../../src/sync-core/config/load-config.ts';
import type { ResolvedConfig, TableConfig } from '../../src/sync-core/config/resolved.ts';
import { isSyncError } from '../../src/sync-core/errors.ts';

const file = '/project/snowmelt.json';

function load(more: object): ResolvedConfig {
  const minimal = { source: { connection: 'default' }, targets: { local: { embedded: true } }, tables: {} };
  return loadConfig(JSON.stringify({ ...minimal, ...more }), file);
}

function table(written: object, more: object = {}, name = 'roads'): TableConfig {
  const found = load({ tables: { [name]: { source: 'A.B.ROADS', ...written } }, ...more }).tables.get(name);
  assert.ok(found !== undefined);
  return found;
}

describe('loadConfig', () => {
  it('settles everything that a table leaves out', () => {
    assert.deepEqual(table({}), {
      name: 'roads',
      source: { kind: 'object', name: 'A.B.ROADS' },
      target: { schema: 'public', name: 'roads' },
      key: [],
      columns: { exclude: [], rename: {}, types: {} },
      computed: [],
      indexes: [],
      geography: 'geometry',
      incremental: undefined,
      strategy: 'auto',
      drift: 'evolve',
      extract: 'auto',
      onUnrepresentable: 'error',
      keepGenerations: 1,
      maxShrink: 0.5,
      lockTimeoutMs: 500,
      lockWaitMs: 60_000,
      statementTimeoutMs: 0,
      sourceStatementTimeoutMs: undefined,
    });
  });

  it('takes the defaults of the file, and before them what the table says', () => {
    const defaults = {
      schema: 'Cache',
      keepGenerations: 0,
      lockTimeout: '2s',
      sourceStatementTimeout: '1h',
      strategy: 'truncate',
    };
    const resolved = table({ lockTimeout: '1s', strategy: 'rename' }, { defaults });
    assert.deepEqual(
      [
        resolved.target,
        resolved.keepGenerations,
        resolved.lockTimeoutMs,
        resolved.sourceStatementTimeoutMs,
        resolved.strategy,
      ],
      [{ schema: 'cache', name: 'roads' }, 0, 1000, 3_600_000, 'rename'],
    );
  });

  it('finds the relation', () => {
    assert.deepEqual(table({}, {}, 'Maps.Roads').target, { schema: 'maps', name: 'roads' });
    assert.deepEqual(table({ target: 'maps."Big Roads"' }).target, { schema: 'maps', name: 'Big Roads' });
    assert.deepEqual(table({ schema: '"Maps"' }).target, { schema: 'Maps', name: 'roads' });
    assert.deepEqual(table({}, { defaults: { schema: 'cache' } }, 'maps.roads').target, {
      schema: 'maps',
      name: 'roads',
    });
  });

  it('folds names of target columns, and leaves those of source columns', () => {
    const resolved = table({
      key: ['ID', '"Id"'],
      columns: { exclude: ['SECRET'], rename: { LAT: 'Latitude' }, types: { N: 'numeric' } },
      computed: { GEOM: { type: 'geometry(Point,4326)', as: 'f(x)' } },
      indexes: ['CIRCUIT_ID'],
    });
    assert.deepEqual(resolved.key, ['id', 'Id']);
    assert.deepEqual(resolved.columns, { exclude: ['SECRET'], rename: { LAT: 'latitude' }, types: { n: 'numeric' } });
    assert.equal(resolved.computed[0]?.name, 'geom');
    assert.equal(resolved.indexes[0]?.elements[0].value, 'circuit_id');
  });

  it('settles indexes', () => {
    const { indexes } = table({
      indexes: [
        {
          name: 'by_name',
          columns: [
            { expression: 'lower(name)', operatorClass: 'text_pattern_ops' },
            { column: 'A', order: 'desc', nulls: 'last' },
          ],
          unique: true,
          include: ['B'],
          where: 'a > 0',
        },
        { columns: ['geom'], method: 'gist' },
      ],
    });
    assert.deepEqual(indexes[0], {
      name: 'by_name',
      elements: [
        {
          kind: 'expression',
          value: 'lower(name)',
          operatorClass: 'text_pattern_ops',
          order: undefined,
          nulls: undefined,
        },
        { kind: 'column', value: 'a', operatorClass: undefined, order: 'desc', nulls: 'last' },
      ],
      method: 'btree',
      unique: true,
      include: ['b'],
      where: 'a > 0',
    });
    assert.equal(indexes[1]?.method, 'gist');
  });

  it('makes one statement of a query', () => {
    assert.deepEqual(table({ source: undefined, query: ['  SELECT a', 'FROM t ; ', ''] }).source, {
      kind: 'query',
      sql: 'SELECT a\nFROM t',
    });
  });

  it('settles incremental modes', () => {
    const mode = (incremental: unknown): unknown => table({ key: ['id'], incremental }).incremental;
    assert.deepEqual(mode('changes'), { mode: 'changes' });
    assert.deepEqual(mode('stream'), { mode: 'stream', stream: undefined });
    assert.deepEqual(mode({ mode: 'stream', stream: 'A.B.S' }), { mode: 'stream', stream: 'A.B.S' });
    assert.deepEqual(mode({ mode: 'row-diff', buckets: 64 }), { mode: 'row-diff', buckets: 64 });
  });

  it('resolves paths beside the file', () => {
    const { targets, source } = load({
      source: { account: 'o-a', user: 'ann', privateKeyPath: 'keys/sf.p8' },
      targets: {
        local: { embedded: { dataDir: 'data', port: 5499 } },
        cloud: { host: 'h', sslrootcert: '../ca.crt', sslcert: '/abs/c.crt', sslkey: '~/c.key', connectTimeout: '3s' },
        public: { url: 'postgresql://h', sslrootcert: 'system' },
      },
      defaultTarget: 'cloud',
    });
    assert.deepEqual(source, {
      connection: undefined,
      options: { account: 'o-a', username: 'ann', privateKeyPath: '/project/keys/sf.p8' },
      secrets: {},
    });
    assert.deepEqual(targets.get('local'), { kind: 'embedded', name: 'local', dataDir: '/project/data', port: 5499 });
    const cloud = targets.get('cloud');
    assert.ok(cloud?.kind === 'server');
    assert.deepEqual(
      [cloud.sslrootcert, cloud.sslcert, cloud.sslkey, cloud.connectTimeoutMs],
      ['/ca.crt', '/abs/c.crt', '~/c.key', 3000],
    );
    const open = targets.get('public');
    assert.ok(open?.kind === 'server');
    assert.equal(open.sslrootcert, 'system');
    const windows = loadConfig(
      '{"source": {}, "targets": {"l": {"embedded": {"dataDir": "data"}}}, "tables": {}}',
      'C:\\p\\snowmelt.json',
    );
    const embedded = windows.targets.get('l');
    assert.ok(embedded?.kind === 'embedded');
    assert.equal(embedded.dataDir, 'C:\\p\\data');
  });

  it('keeps secrets apart from options', () => {
    const { source } = load({
      source: {
        account: 'o-a',
        user: 'ann',
        password: { env: 'P' },
        proxyPassword: { command: ['pass', 'show', 'x'] },
        passcode: { prompt: true },
      },
    });
    assert.deepEqual(source.secrets, {
      password: { env: 'P' },
      proxyPassword: { command: ['pass', 'show', 'x'] },
      passcode: { prompt: true },
    });
    assert.deepEqual(source.options, { account: 'o-a', username: 'ann' });
  });

  it('has the role’s settings of the application, and the texts that Postgres shows', () => {
    assert.equal(load({}).role, undefined);
    assert.deepEqual(load({ role: { name: 'application', statementTimeout: '5min' } }).role, {
      name: 'application',
      idleInTransactionSessionTimeout: { ms: 60_000, text: '60s' },
      statementTimeout: { ms: 300_000, text: '5min' },
    });
  });

  it('takes the only target by default', () => {
    assert.equal(load({}).defaultTarget, 'local');
  });

  it('throws all problems in one error', () => {
    assert.throws(
      () => loadConfig('{"source": {}, "targets": {"l": {"embeded": true}},\n"tables": {"a": {"sorce": "x"}}}', file),
      (error) => {
        assert.ok(isSyncError(error, 'config.invalid'));
        assert.equal(error.details?.file, file);
        assert.deepEqual(
          error.details.problems.map(({ suggestion, line }) => [suggestion, line]),
          [
            ['embedded', 1],
            ['source', 2],
          ],
        );
        assert.match(error.message, /There are 2 problems.*\n\/project\/snowmelt\.json:1:/);
        return true;
      },
    );
  });

  it('keeps a secret out of that error', () => {
    assert.throws(
      () =>
        loadConfig(
          '{"source": {"password": "hunter2"}, "targets": {"l": {"url": "postgresql://a:hunter2@h"}}, "tables": {}}',
          file,
        ),
      (error) =>
        isSyncError(error, 'config.invalid') && !JSON.stringify([error.message, error.details]).includes('hunter2'),
    );
  });
});

describe('tablesOf and targetOf', () => {
  const config = load({ tables: { roads: { source: 'A' }, rivers: { source: 'B' } } });

  it('find what is named, or everything', () => {
    assert.deepEqual(
      tablesOf(config, []).map(({ name }) => name),
      ['roads', 'rivers'],
    );
    assert.deepEqual(
      tablesOf(config, ['rivers', 'rivers']).map(({ name }) => name),
      ['rivers'],
    );
    assert.equal(targetOf(config, undefined).name, 'local');
    assert.equal(targetOf(config, 'local').kind, 'embedded');
  });

  it('suggest what was probably meant', () => {
    const isUsage = (pattern: RegExp) => (error: unknown) => isSyncError(error, 'usage') && pattern.test(error.message);
    assert.throws(
      () => tablesOf(config, ['raods']),
      isUsage(/no table "raods".*It has "roads", "rivers"\. Did you mean "roads"\?/),
    );
    assert.throws(() => targetOf(config, 'lokal'), isUsage(/Did you mean "local"\?/));
    assert.throws(() => tablesOf(load({}), ['x']), isUsage(/It has no tables/));
  });
});

describe('configHash', () => {
  it('changes with what decides rows and columns', () => {
    const base = configHash(table({ key: ['id'] }));
    assert.match(base, /^[0-9a-f]{64}$/);
    for (const changed of [
      { source: 'A.B.OTHER' },
      { key: ['ident'] },
      { columns: { exclude: ['x'] } },
      { columns: { types: { n: 'numeric' } } },
      { computed: { g: { type: 'text', as: 'x' } } },
      { geography: 'geography' },
      { onUnrepresentable: 'strip' },
    ]) {
      assert.notEqual(configHash(table({ key: ['id'], ...changed })), base, JSON.stringify(changed));
    }
  });

  it('does not change with how they are brought over, or with the order of names', () => {
    const base = configHash(table({ key: ['id'], columns: { exclude: ['a', 'b'], types: { x: 'text', y: 'text' } } }));
    for (const same of [
      { target: 'elsewhere.x' },
      { indexes: ['id'] },
      { strategy: 'merge' },
      { lockTimeout: '9s' },
      { keepGenerations: 3, maxShrink: 1, drift: 'fail', extract: 'stage', incremental: 'row-diff' },
      { columns: { exclude: ['b', 'a'], types: { y: 'text', x: 'text' } } },
    ]) {
      assert.equal(
        configHash(table({ key: ['id'], columns: { exclude: ['a', 'b'], types: { x: 'text', y: 'text' } }, ...same })),
        base,
        JSON.stringify(same),
      );
    }
  });

  it('is of a canonical text: equal values have equal texts', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const shuffled = Object.fromEntries(Object.entries(value).reverse());
        assert.equal(canonicalJson(shuffled), canonicalJson(value));
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
