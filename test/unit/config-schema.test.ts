import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { type Node, parseTree } from 'jsonc-parser';
import { sourceSecrets } from '../../src/sync-core/config/check-source.ts';
import { loadConfig } from '../../src/sync-core/config/load-config.ts';
import { parseConfig } from '../../src/sync-core/config/parse-config.ts';
import { tableDefaults } from '../../src/sync-core/config/resolve-config.ts';
import { isUrlProblem, parseConnectionUrl } from '../../src/sync-core/postgres/connection-url.ts';
import { driverOptions } from '../../src/sync-core/snowflake/driver-options.ts';

interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const schema = JSON.parse(read('media/snowmelt.schema.json')) as Schema & {
  readonly definitions: Record<string, Schema>;
};

describe('media/snowmelt.schema.json', () => {
  it('is what the types say, and so are the validator and the reference', () => {
    execFileSync(process.execPath, [fileURLToPath(new URL('scripts/generate-schema.mjs', root)), '--check'], {
      stdio: 'pipe',
    });
  });

  it('describes every setting', () => {
    for (const [name, definition] of Object.entries({ '': schema, ...schema.definitions })) {
      assert.ok(definition.description, name);
      for (const [setting, property] of Object.entries(definition.properties ?? {})) {
        assert.ok(property.description ?? property.$ref, `${name}.${setting}`);
      }
    }
  });

  it('has examples that it accepts', () => {
    const ajv = new Ajv({ strict: false });
    ajv.addSchema(schema, 'snowmelt');
    let examples = 0;
    for (const [name, definition] of Object.entries(schema.definitions)) {
      for (const [setting, property] of Object.entries(definition.properties ?? {})) {
        for (const example of property.examples ?? []) {
          examples++;
          const validate = ajv.compile({ $ref: `snowmelt#/definitions/${name}/properties/${setting}` });
          assert.ok(
            validate(example),
            `${name}.${setting}: ${JSON.stringify(example)} ${JSON.stringify(validate.errors)}`,
          );
        }
      }
    }
    assert.ok(examples > 15);
  });

  it('says the defaults that are applied', () => {
    const { properties = {} } = schema.definitions.TableDefaultsJson!;
    const said = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, property.default]));
    assert.deepEqual(said, { schema: 'public', sourceStatementTimeout: undefined, ...tableDefaults });
  });

  it('has exactly the driver’s options in a source', () => {
    const settings = Object.keys(schema.definitions.SourceJson?.properties ?? {}).filter(
      (name) => name !== 'connection' && name !== 'user',
    );
    assert.deepEqual(settings.sort(), Object.keys(driverOptions).sort());
    const secrets = Object.entries(schema.definitions.SourceJson?.properties ?? {}).filter(
      ([, { $ref }]) => $ref?.endsWith('/SecretJson') === true,
    );
    assert.deepEqual(secrets.map(([name]) => name).sort(), [...sourceSecrets].sort());
  });
});

describe('examples/flux-ops-center/snowmelt.json', () => {
  const text = read('examples/flux-ops-center/snowmelt.json');
  const { problems } = parseConfig(text);

  it('has no problem', () => {
    assert.deepEqual(problems, []);
  });

  it('has the three tables, each with its key, its geometry and an index on that', () => {
    const config = loadConfig(text, fileURLToPath(new URL('examples/flux-ops-center/snowmelt.json', root)));
    const tables = [...config.tables.values()];
    assert.deepEqual(
      tables.map(({ name, source, key }) => [name, source.kind === 'object' ? source.name : '', key]),
      [
        [
          'topology_connections_cache',
          'FLUX_DB.APPLICATIONS.FLUX_OPS_CENTER_TOPOLOGY',
          ['from_asset_id', 'to_asset_id'],
        ],
        ['transformers', 'FLUX_DB.PRODUCTION.TRANSFORMERS', ['transformer_id']],
        ['vegetation_risk', 'FLUX_DB.PRODUCTION.VEGETATION_RISK', ['tree_id']],
      ],
    );
    for (const { name, computed, indexes } of tables) {
      assert.ok(
        computed.some((column) => column.name === 'geom'),
        name,
      );
      assert.ok(
        indexes.some(({ method, elements }) => method === 'gist' && elements[0].value === 'geom'),
        name,
      );
    }
    assert.equal(tables[0]!.indexes.length + 1, 4);
    assert.equal(config.defaultTarget, 'local');
    assert.equal(config.role?.name, 'application');
  });

  it('has a cloud target that only trusts the server that is meant', () => {
    const target = loadConfig(text, '/x/snowmelt.json').targets.get('cloud');
    assert.ok(target?.kind === 'server' && target.url !== undefined);
    const url = parseConnectionUrl(target.url);
    assert.ok(!isUrlProblem(url));
    assert.equal(url.sslmode, 'verify-full');
    assert.deepEqual(target.password, { env: 'CLOUD_PGPASSWORD' });
  });
});

describe('docs/configuration.md', () => {
  const blocks = [...read('docs/configuration.md').matchAll(/```jsonc\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

  /** The names at the top of a piece that may be a whole file, a section of one, or one source or target. */
  function names(node: Node | undefined): string[] {
    return (node?.children ?? []).map((property) => String(property.children?.[0]?.value));
  }

  it('shows only what is accepted', () => {
    assert.ok(blocks.length >= 5);
    const others = { source: '{"connection": "default"}', targets: '{"local": {"embedded": true}}', tables: '{}' };
    for (const block of blocks) {
      const text = block.trim().startsWith('{') ? block : `{${block}}`;
      const present = names(parseTree(text, [], { allowTrailingComma: true }));
      const missing = Object.entries(others).filter(([name]) => !present.includes(name));
      const whole = text.replace(
        /^\s*\{/,
        (brace) => `${brace}${missing.map(([name, value]) => `"${name}": ${value}, `).join('')}`,
      );
      const { problems } = parseConfig(whole);
      assert.deepEqual(
        problems.map(({ message }) => message),
        [],
        block,
      );
    }
  });
});
