import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyLineSelect, type CopyField } from '../../src/sync-core/extract/copy-line.ts';
import { changesSelect } from '../../src/sync-core/incremental/changes-query.ts';
import { sourceQuery } from '../../src/sync-core/plan/source-query.ts';
import { parseSnowflakeType } from '../../src/sync-core/snowflake/data-types.ts';
import { lastChanges } from '../../src/sync-core/snowflake/change-token.ts';
import { selectCurrentSession } from '../../src/sync-core/snowflake/current-session.ts';
import { describeResult, emptySelect } from '../../src/sync-core/snowflake/describe.ts';
import {
  describeObject,
  showDatabases,
  showObject,
  showObjects,
  showSchemas,
} from '../../src/sync-core/snowflake/list-objects.ts';
import { alterSession } from '../../src/sync-core/snowflake/session.ts';
import { postgresTypeOf } from '../../src/sync-core/extract/type-table.ts';
import { tableCount } from '../../src/sync-core/source-status.ts';
import { resultArrival } from '../../src/sync-core/verify/arrival.ts';
import { canonicalText } from '../../src/sync-core/verify/canonical-text.ts';
import { hashedRow, type HashedColumn } from '../../src/sync-core/verify/hashed-row.ts';
import {
  sourceBuckets,
  sourceCount,
  sourceRowHashes,
  sourceRowsOf,
  sourceUnhashedRows,
} from '../../src/sync-core/verify/source-hashes.ts';
import { currentMoment, sourceQueryAt } from '../../src/sync-core/verify/source-snapshot.ts';
import { tableOf } from '../support/sync-environment.ts';

/** Every statement that the product sends to Snowflake: the function that builds it, the page that it is right by, and an example. */
interface StatementExample {
  readonly builder: string;
  readonly file: string;
  readonly purpose: string;
  readonly page: string;
  readonly sql: string;
}

const document = join(import.meta.dirname, '../../docs/snowflake-statements.md');
const queryId = '01b2c3d4-0000-1111-2222-333344445555';

function fieldsOf(types: Readonly<Record<string, string>>): CopyField[] {
  return Object.entries(types).map(([source, text]) => {
    const type = parseSnowflakeType(text);
    return { source, type, postgresType: postgresTypeOf(type, { vector: false }) };
  });
}

const everyType = {
  ID: 'NUMBER(38,0)',
  LENGTH_M: 'NUMBER(12,3)',
  EXACT: 'DECFLOAT(38)',
  RATIO: 'FLOAT',
  'Mixed "Case"': 'VARCHAR(100)',
  ACTIVE: 'BOOLEAN',
  BUILT: 'DATE',
  AT: 'TIME(9)',
  SEEN: 'TIMESTAMP_NTZ(9)',
  SEEN_L: 'TIMESTAMP_LTZ(9)',
  SEEN_Z: 'TIMESTAMP_TZ(9)',
  PHOTO: 'BINARY(8388608)',
  EXTRA: 'VARIANT',
  TAGS: 'ARRAY',
  DETAILS: 'MAP(VARCHAR(16777216), NUMBER(38,0))',
  AREA: 'GEOGRAPHY',
  SHAPE: 'GEOMETRY',
  EMBEDDING: 'VECTOR(FLOAT, 3)',
  KEY: 'UUID',
  NEW_TYPE: 'SOMETHING_NEW',
};

/** Columns as they are hashed, in a table that Snowmelt has created. */
function hashedColumns(types: Readonly<Record<string, string>>): HashedColumn[] {
  const formatted: Readonly<Record<string, string>> = {
    'geometry(Geometry,4326)': 'public.geometry(Geometry,4326)',
    geometry: 'public.geometry',
    time: 'time without time zone',
    timestamp: 'timestamp without time zone',
    timestamptz: 'timestamp with time zone',
  };
  return Object.entries(types).map(([name, sourceTypeText]) => {
    const sourceType = parseSnowflakeType(sourceTypeText);
    const type = postgresTypeOf(sourceType, { vector: false });
    const column = `"${name}"`;
    const text = canonicalText(
      {
        sourceType,
        sourceTypeText,
        sourceColumn: column,
        targetType: (formatted[type] ?? type).replace('varchar', 'character varying'),
        targetColumn: name,
      },
      {
        strip: false,
        postgisSchema: 'public',
        float: { column, scaled: `"SCALED_${name}"`, exponent: `"EXPONENT_${name}"`, mantissa: `"MANTISSA_${name}"` },
      },
    );
    if ('reason' in text) throw new Error(`${name}: ${text.reason}`);
    return { name, text };
  });
}

const hashed = hashedRow(
  hashedColumns({ ID: 'NUMBER(38,0)', CODE: 'VARCHAR(20)' }),
  hashedColumns({
    LENGTH_M: 'NUMBER(12,3)',
    RATIO: 'FLOAT',
    ACTIVE: 'BOOLEAN',
    BUILT: 'DATE',
    AT: 'TIME(9)',
    SEEN: 'TIMESTAMP_NTZ(9)',
    SEEN_Z: 'TIMESTAMP_TZ(9)',
    PHOTO: 'BINARY(8388608)',
    AREA: 'GEOGRAPHY',
    SHAPE: 'GEOMETRY',
    KEY: 'UUID',
  }),
  { utf8: true },
);

const source = 'SELECT * FROM "FLUX_DB"."APPLICATIONS"."FLUX_OPS_CENTER_TOPOLOGY"';

const topology = { parts: ['FLUX_DB', 'APPLICATIONS', 'FLUX_OPS_CENTER_TOPOLOGY'] };

const statements: readonly StatementExample[] = [
  {
    builder: 'alterSession',
    file: 'src/sync-core/snowflake/session.ts',
    purpose:
      'Sets what the run needs of its session: the size of result chunks, and the statement timeout of the configuration.',
    page: 'sql-reference/sql/alter-session',
    sql: alterSession({ CLIENT_RESULT_CHUNK_SIZE: 16, STATEMENT_TIMEOUT_IN_SECONDS: 600 }),
  },
  {
    builder: 'sourceQuery',
    file: 'src/sync-core/plan/source-query.ts',
    purpose: 'The rows of a table or view that the configuration names; a query of the configuration stands as it is.',
    page: 'sql-reference/sql/select',
    sql: sourceQuery(tableOf('topology', { source: 'FLUX_DB.APPLICATIONS.FLUX_OPS_CENTER_TOPOLOGY' })),
  },
  {
    builder: 'emptySelect',
    file: 'src/sync-core/snowflake/describe.ts',
    purpose: 'Compiles the source query without reading rows, so that its result can be described.',
    page: 'sql-reference/constructs/limit',
    sql: emptySelect(source),
  },
  {
    builder: 'describeResult',
    file: 'src/sync-core/snowflake/describe.ts',
    purpose: 'Names and full types of what the query returns.',
    page: 'sql-reference/sql/desc-result',
    sql: describeResult(queryId),
  },
  {
    builder: 'copyLineSelect',
    file: 'src/sync-core/extract/copy-line.ts',
    purpose: 'The extract: each row as one line of Postgres COPY text. One field of every type.',
    page: 'sql-reference/sql/select',
    sql: copyLineSelect(source, fieldsOf(everyType), { strip: false }),
  },
  {
    builder: 'copyLineSelect (onUnrepresentable: strip)',
    file: 'src/sync-core/extract/copy-line.ts',
    purpose: 'The same where characters that Postgres cannot hold are left out.',
    page: 'sql-reference/functions/replace',
    sql: copyLineSelect(source, fieldsOf({ NAME: 'VARCHAR(100)', EXTRA: 'VARIANT' }), { strip: true }),
  },
  {
    builder: 'resultArrival',
    file: 'src/sync-core/verify/arrival.ts',
    purpose: 'Rows and bytes of the very result that was extracted.',
    page: 'sql-reference/functions/result_scan',
    sql: resultArrival(queryId),
  },
  {
    builder: 'currentMoment',
    file: 'src/sync-core/verify/source-snapshot.ts',
    purpose:
      'The moment that a verification compares, or that a sync follows the changes up to, by the clock of Snowflake.',
    page: 'sql-reference/functions/current_timestamp',
    sql: currentMoment(),
  },
  {
    builder: 'sourceQueryAt',
    file: 'src/sync-core/verify/source-snapshot.ts',
    purpose: 'The rows of a table or view at that moment. Where Snowflake refuses it, `sourceQuery` takes its place.',
    page: 'sql-reference/constructs/at-before',
    sql: sourceQueryAt('"FLUX_DB"."APPLICATIONS"."FLUX_OPS_CENTER_TOPOLOGY"', new Date(1_772_323_200_000)),
  },
  {
    builder: 'changesSelect',
    file: 'src/sync-core/incremental/changes-query.ts',
    purpose:
      'What has changed between two moments (`"incremental": "changes"`). Where Snowflake refuses it, all rows are brought over.',
    page: 'sql-reference/constructs/changes',
    sql: changesSelect({
      qualifiedName: '"FLUX_DB"."PRODUCTION"."TRANSFORMERS"',
      after: new Date(1_772_323_200_000),
      until: new Date(1_772_323_260_000),
      fields: fieldsOf({ ID: 'NUMBER(38,0)', NAME: 'VARCHAR(100)' }),
      key: ['ID'],
      strip: false,
    }),
  },
  {
    builder: 'sourceCount',
    file: 'src/sync-core/verify/source-hashes.ts',
    purpose: 'Rows of the source.',
    page: 'sql-reference/functions/count',
    sql: sourceCount(source),
  },
  {
    builder: 'sourceBuckets',
    file: 'src/sync-core/verify/source-hashes.ts',
    purpose:
      'Rows and sums of hashes for each bucket of the key; here with a key of two columns and two groups of others, some of every type that is hashed.',
    page: 'sql-reference/functions/md5_number_lower64',
    sql: sourceBuckets(source, hashed, { block: 8, key: 0 }, null),
  },
  {
    builder: 'sourceBuckets (of buckets that differ)',
    file: 'src/sync-core/verify/source-hashes.ts',
    purpose: 'The same for the parts of a few buckets; here without a FLOAT.',
    page: 'sql-reference/functions/mod',
    sql: sourceBuckets(
      source,
      hashedRow(hashedColumns({ ID: 'NUMBER(38,0)' }), [], { utf8: true }),
      { block: 8, key: 6 },
      {
        division: { block: 8, key: 0 },
        numbers: [3, 77],
      },
    ),
  },
  {
    builder: 'sourceRowHashes',
    file: 'src/sync-core/verify/source-hashes.ts',
    purpose: 'The hashes of key and row, and how many rows have them, of a few buckets.',
    page: 'sql-reference/functions/md5_number_lower64',
    sql: sourceRowHashes(
      source,
      hashedRow(hashedColumns({ ID: 'NUMBER(38,0)' }), hashedColumns({ NAME: 'VARCHAR(100)' }), { utf8: true }),
      {
        division: { block: 8, key: 6 },
        numbers: [3, 8_205],
      },
    ),
  },
  {
    builder: 'sourceRowsOf',
    file: 'src/sync-core/verify/source-hashes.ts',
    purpose: 'The rows that differ, by the hashes of their keys, as COPY lines.',
    page: 'sql-reference/functions/in',
    sql: sourceRowsOf(
      source,
      hashedRow(hashedColumns({ ID: 'NUMBER(38,0)' }), hashedColumns({ NAME: 'VARCHAR(100)' }), { utf8: true }),
      fieldsOf({ ID: 'NUMBER(38,0)', NAME: 'VARCHAR(100)', EXTRA: 'VARIANT' }),
      { strip: false },
      ['9203306159527282910', '17145559544104499780'],
    ),
  },
  {
    builder: 'sourceUnhashedRows',
    file: 'src/sync-core/verify/source-hashes.ts',
    purpose:
      'The columns that cannot be hashed, of every row, with the key before and the hash of all others behind them.',
    page: 'sql-reference/functions/md5_number_lower64',
    sql: sourceUnhashedRows(
      source,
      hashedRow(hashedColumns({ ID: 'NUMBER(38,0)' }), hashedColumns({ NAME: 'VARCHAR(100)' }), { utf8: true }),
      fieldsOf({ ID: 'NUMBER(38,0)', EXTRA: 'VARIANT' }),
      { strip: false },
    ),
  },
  {
    builder: 'lastChanges',
    file: 'src/sync-core/snowflake/change-token.ts',
    purpose: 'Tokens by whose equality it is seen whether sources have changed. Needs no warehouse.',
    page: 'sql-reference/functions/system_last_change_commit_time',
    sql: lastChanges([topology, { parts: ['DB', "it's", 'a \\ "b"'] }]),
  },
  {
    builder: 'tableCount',
    file: 'src/sync-core/source-status.ts',
    purpose:
      'Rows of a plain table, from metadata: a "Metadata-based result" of the query profile, without a warehouse.',
    page: 'user-guide/ui-query-profile',
    sql: tableCount(topology),
  },
  {
    builder: 'showObject',
    file: 'src/sync-core/snowflake/list-objects.ts',
    purpose: 'Whether a source is a table or a view. The answer is looked through for the very name.',
    page: 'sql-reference/sql/show-objects',
    sql: showObject(topology),
  },
  {
    builder: 'showDatabases',
    file: 'src/sync-core/snowflake/list-objects.ts',
    purpose: 'Databases to choose a source from.',
    page: 'sql-reference/sql/show-databases',
    sql: showDatabases(),
  },
  {
    builder: 'showSchemas',
    file: 'src/sync-core/snowflake/list-objects.ts',
    purpose: 'The schemas of a database.',
    page: 'sql-reference/sql/show-schemas',
    sql: showSchemas('FLUX_DB'),
  },
  {
    builder: 'showObjects',
    file: 'src/sync-core/snowflake/list-objects.ts',
    purpose: 'The tables and views of a schema.',
    page: 'sql-reference/sql/show-objects',
    sql: showObjects('FLUX_DB', 'APPLICATIONS'),
  },
  {
    builder: 'describeObject',
    file: 'src/sync-core/snowflake/list-objects.ts',
    purpose: 'The columns of a table or view, with their full types.',
    page: 'sql-reference/sql/desc-table',
    sql: describeObject(topology),
  },
  {
    builder: 'selectCurrentSession',
    file: 'src/sync-core/snowflake/current-session.ts',
    purpose: 'What a log-in has come to, for the test of a connection.',
    page: 'sql-reference/functions/current_version',
    sql: selectCurrentSession(),
  },
];

function render(): string {
  const sections = statements.map(
    ({ builder, file, purpose, page, sql }) =>
      `## ${builder}\n\n${purpose}\n\nBuilt in \`${file}\`; right by [${page}](https://docs.snowflake.com/en/${page}).\n\n\`\`\`sql\n${sql}\n\`\`\`\n`,
  );
  return `# Every statement that Snowmelt sends to Snowflake\n\nGenerated from the snapshots of \`test/unit/snowflake-statements.test.ts\`: \`UPDATE_SNAPSHOTS=1 npm test -- test/unit/snowflake-statements.test.ts\`.\n\n${sections.join('\n')}`;
}

describe('Snowflake statements', () => {
  it('are the ones that docs/snowflake-statements.md lists', () => {
    if (process.env.UPDATE_SNAPSHOTS === '1') writeFileSync(document, render());
    assert.equal(render(), readFileSync(document, 'utf8'));
  });

  it('are all listed: each function that builds one cites its page, and each that cites a page is here', () => {
    const root = join(import.meta.dirname, '../../src/sync-core');
    const cited: string[] = [];
    for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )) {
      const text = readFileSync(join(root, entry), 'utf8');
      const functions = text.matchAll(
        /@see https:\/\/docs\.snowflake\.com\/en\/sql-reference\/(?:sql|constructs|functions)\/\S+\s*\*\/\s*export function (\w+)/g,
      );
      for (const match of functions) cited.push(match[1] ?? '');
    }
    const listed = new Set(statements.map(({ builder }) => builder.split(' ')[0]));
    // copyTextOf renders one field; it is listed as part of copyLineSelect.
    assert.deepEqual(
      cited.filter((name) => name !== 'copyTextOf' && !listed.has(name)),
      [],
    );
    assert.ok(cited.length >= 4, 'the functions are found');
  });
});
