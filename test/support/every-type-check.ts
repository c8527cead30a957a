import assert from 'node:assert/strict';
import type pg from 'pg';
import type { TableConfig } from '../../src/sync-core/config/resolved.ts';
import { everyType, type TypedValue } from './every-type.ts';
import { tableOf } from './sync-environment.ts';

type Rows = readonly (readonly TypedValue[])[];

/** The table whose columns are {@link everyType}, with the Postgres types that the values need. */
export function everyTypeTable(source: string, schema: string): TableConfig {
  const types = everyType.flatMap(({ name, postgresType }) =>
    postgresType === undefined ? [] : [[name.toLowerCase(), postgresType] as const],
  );
  return tableOf('every_type', {
    source,
    target: `${schema}.every_type`,
    key: ['row_number'],
    maxShrink: 1,
    columns: { types: Object.fromEntries(types) },
  });
}

/** Snowflake's SQL that makes the source anew with these rows. */
export function fillStatements(source: string, rows: Rows): string[] {
  const columns = everyType.map(({ name, type }) => `${name} ${type}`).join(', ');
  const selects = rows.map(
    (row, index) => `SELECT ${[String(index), ...row.map(({ snowflake }) => snowflake)].join(', ')}`,
  );
  return [
    `CREATE OR REPLACE TABLE ${source} (ROW_NUMBER NUMBER(9,0), ${columns})`,
    `INSERT INTO ${source} ${selects.join('\nUNION ALL ')}`,
  ];
}

/** Compares what is in Postgres with what was sent, column by column. */
export async function compareEveryType(client: pg.Client, schema: string, rows: Rows): Promise<void> {
  for (const [position, { name, read }] of everyType.entries()) {
    const expected = rows.map((row) => row[position]?.expected ?? null);
    const actual = `SELECT ${name.toLowerCase()} AS c, row_number AS n FROM ${schema}.every_type`;
    const wanted = `SELECT text, ordinality - 1 AS n FROM unnest($1::text[]) WITH ORDINALITY AS u(text, ordinality)`;
    // JSON and geometry have many texts for one value: Postgres reads the expected text with the type's own input.
    const values =
      read === 'json'
        ? { found: 'c::text', asked: 'text::jsonb::text' }
        : read.startsWith('ST_AsEWKB')
          ? { found: read, asked: 'ST_AsEWKB(ST_GeomFromEWKT(text))::text' }
          : { found: read, asked: 'text' };
    const { rows: found } = await client.query<{ found: string | null; asked: string | null }>(
      `SELECT ${values.found} AS found, ${values.asked} AS asked
         FROM (${actual}) a FULL JOIN (${wanted}) w ON w.n = a.n ORDER BY a.n`,
      [expected],
    );
    assert.deepEqual(
      found.map((row) => row.found),
      found.map((row) => row.asked),
      `column ${name}`,
    );
    assert.equal(found.length, rows.length);
  }
}
