import { textLiteral } from '../compile/literal.ts';
import type { Relation } from '../compile/context.ts';
import type { OutputColumn } from '../compile/typed.ts';
import { boolean, number, timestampLtz, varchar, type DataType } from '../types/data-type.ts';
import { storageType } from '../types/storage.ts';
import type { Catalog } from './catalog.ts';
import type { ColumnEntry, DatabaseEntry, RelationEntry, SchemaEntry } from './model.ts';
import { privilegesOn } from './privileges.ts';
import type { Viewpoint } from './resolution.ts';

type Value = string | number | boolean | null | { readonly sql: string } | { readonly at: number };

interface SystemView {
  readonly columns: readonly (readonly [string, DataType])[];
  rows(reader: Reader): (readonly Value[])[];
}

interface Reader {
  readonly catalog: Catalog;
  readonly database: DatabaseEntry;
  readonly viewpoint: Viewpoint;
}

const text = varchar();
const whole = number(38, 0);

function visible(reader: Reader, kind: 'SCHEMA' | 'TABLE' | 'VIEW', object: readonly string[], owner: string): boolean {
  return privilegesOn(reader.catalog.current, reader.viewpoint.state.role, kind, object, owner).size > 0;
}

function relations(reader: Reader): { schema: SchemaEntry; relation: RelationEntry }[] {
  const { database } = reader;
  return Object.values(database.schemas).flatMap((schema) =>
    Object.values(schema.relations)
      .filter((relation) =>
        relation.session === null
          ? visible(reader, relation.kind, [database.name, schema.name, relation.name], relation.owner)
          : relation.session === reader.viewpoint.session,
      )
      .map((relation) => ({ schema, relation })),
  );
}

const tableType = (relation: RelationEntry): string => {
  if (relation.kind === 'VIEW') return 'VIEW';
  return relation.lifetime === 'TEMPORARY' ? 'LOCAL TEMPORARY' : 'BASE TABLE';
};

/** What INFORMATION_SCHEMA has here, with the columns of its pages that the stand-in can fill (sql-reference/info-schema). */
const views: Readonly<Record<string, SystemView>> = {
  SCHEMATA: {
    columns: [
      ['CATALOG_NAME', text],
      ['SCHEMA_NAME', text],
      ['SCHEMA_OWNER', text],
      ['IS_TRANSIENT', text],
      ['RETENTION_TIME', whole],
      ['CREATED', timestampLtz],
      ['LAST_ALTERED', timestampLtz],
      ['COMMENT', text],
    ],
    rows: (reader) => [
      ...Object.values(reader.database.schemas)
        .filter((schema) => visible(reader, 'SCHEMA', [reader.database.name, schema.name], schema.owner))
        .map((schema) => [
          reader.database.name,
          schema.name,
          schema.owner,
          schema.transient ? 'YES' : 'NO',
          schema.retention,
          { at: schema.createdAt },
          { at: schema.createdAt },
          schema.comment === '' ? null : schema.comment,
        ]),
      [
        reader.database.name,
        'INFORMATION_SCHEMA',
        null,
        'NO',
        1,
        { at: reader.database.createdAt },
        { at: reader.database.createdAt },
        'Views describing the contents of schemas in this database',
      ],
    ],
  },
  TABLES: {
    columns: [
      ['TABLE_CATALOG', text],
      ['TABLE_SCHEMA', text],
      ['TABLE_NAME', text],
      ['TABLE_OWNER', text],
      ['TABLE_TYPE', text],
      ['IS_TRANSIENT', text],
      ['CLUSTERING_KEY', text],
      ['ROW_COUNT', whole],
      ['BYTES', whole],
      ['RETENTION_TIME', whole],
      ['CREATED', timestampLtz],
      ['LAST_ALTERED', timestampLtz],
      ['LAST_DDL', timestampLtz],
      ['AUTO_CLUSTERING_ON', text],
      ['COMMENT', text],
      ['IS_TEMPORARY', text],
    ],
    rows: (reader) =>
      relations(reader).map(({ schema, relation }) => {
        const table = relation.kind === 'TABLE';
        const changed = Math.max(relation.alteredAt, reader.catalog.versions.changedAt(relation.id));
        return [
          reader.database.name,
          schema.name,
          relation.name,
          relation.owner,
          tableType(relation),
          relation.lifetime === 'TRANSIENT' ? 'YES' : 'NO',
          null,
          table ? { sql: `(SELECT count(*) FROM sf_data.t${relation.id})::numeric` } : null,
          table ? { sql: `pg_table_size('sf_data.t${relation.id}')::numeric` } : null,
          table ? relation.retention : null,
          { at: relation.createdAt },
          { at: changed },
          { at: relation.alteredAt },
          table ? 'NO' : null,
          relation.comment === '' ? null : relation.comment,
          relation.lifetime === 'TEMPORARY' ? 'YES' : 'NO',
        ];
      }),
  },
  VIEWS: {
    columns: [
      ['TABLE_CATALOG', text],
      ['TABLE_SCHEMA', text],
      ['TABLE_NAME', text],
      ['TABLE_OWNER', text],
      ['VIEW_DEFINITION', text],
      ['CHECK_OPTION', text],
      ['IS_UPDATABLE', text],
      ['INSERTABLE_INTO', text],
      ['IS_SECURE', text],
      ['CREATED', timestampLtz],
      ['LAST_ALTERED', timestampLtz],
      ['COMMENT', text],
    ],
    rows: (reader) =>
      relations(reader)
        .filter(({ relation }) => relation.kind === 'VIEW')
        .map(({ schema, relation }) => [
          reader.database.name,
          schema.name,
          relation.name,
          relation.owner,
          relation.text,
          'NONE',
          'NO',
          'NO',
          relation.secure ? 'YES' : 'NO',
          { at: relation.createdAt },
          { at: relation.alteredAt },
          relation.comment === '' ? null : relation.comment,
        ]),
  },
  COLUMNS: {
    columns: [
      ['TABLE_CATALOG', text],
      ['TABLE_SCHEMA', text],
      ['TABLE_NAME', text],
      ['COLUMN_NAME', text],
      ['ORDINAL_POSITION', whole],
      ['COLUMN_DEFAULT', text],
      ['IS_NULLABLE', text],
      ['DATA_TYPE', text],
      ['CHARACTER_MAXIMUM_LENGTH', whole],
      ['CHARACTER_OCTET_LENGTH', whole],
      ['NUMERIC_PRECISION', whole],
      ['NUMERIC_PRECISION_RADIX', whole],
      ['NUMERIC_SCALE', whole],
      ['DATETIME_PRECISION', whole],
      ['IS_IDENTITY', text],
      ['COMMENT', text],
    ],
    rows: (reader) =>
      relations(reader).flatMap(({ schema, relation }) =>
        relation.columns.map((column, i) => [
          reader.database.name,
          schema.name,
          relation.name,
          ...columnValues(column, i + 1),
        ]),
      ),
  },
};

function columnValues(column: ColumnEntry, position: number): Value[] {
  const { type } = column;
  const sized = type.kind === 'VARCHAR' || type.kind === 'BINARY';
  const octets =
    type.kind === 'VARCHAR' ? Math.min(type.length * 4, 16_777_216) : type.kind === 'BINARY' ? type.length : null;
  const scaled = 'scale' in type && type.kind !== 'NUMBER' ? type.scale : null;
  return [
    column.name,
    position,
    column.default,
    column.nullable ? 'YES' : 'NO',
    type.kind === 'VARCHAR' ? 'TEXT' : type.kind,
    sized ? type.length : null,
    octets,
    type.kind === 'NUMBER' ? type.precision : null,
    type.kind === 'NUMBER' ? 10 : null,
    type.kind === 'NUMBER' ? type.scale : null,
    scaled,
    column.identity === null ? 'NO' : 'YES',
    column.comment,
  ];
}

function valueSql(value: Value, type: DataType): string {
  const storage = storageType(type);
  if (value === null) return `NULL::${storage}`;
  if (typeof value === 'string') return textLiteral(value).sql;
  if (typeof value === 'object') {
    if ('sql' in value) return value.sql;
    return `ROW('${new Date(value.at).toISOString().replace('T', ' ').replace('Z', '')}'::timestamp, 0)::sf.ts`;
  }
  return `${value}::${storage}`;
}

/** A view of INFORMATION_SCHEMA as a query over constants, or undefined for a name that the stand-in does not have. */
export function informationSchemaView(
  name: string,
  database: DatabaseEntry,
  catalog: Catalog,
  viewpoint: Viewpoint,
): Relation | undefined {
  const view = Object.hasOwn(views, name) ? views[name] : undefined;
  if (view === undefined) return undefined;
  const columns = view.columns.map(([column, type]): OutputColumn => ({ name: column, type, nullable: true }));
  const rows = view.rows({ catalog, database, viewpoint });
  const names = columns.map((_, i) => `c${i + 1}`);
  const sql =
    rows.length === 0
      ? `SELECT ${columns.map(({ type }, i) => `NULL::${storageType(type)} AS c${i + 1}`).join(', ')} WHERE false`
      : `SELECT * FROM (VALUES ${rows.map((row) => `(${row.map((value, i) => valueSql(value, columns[i]?.type ?? boolean)).join(', ')})`).join(', ')}) v(${names.join(', ')})`;
  return { kind: 'system', name: [database.name, 'INFORMATION_SCHEMA', name], columns, sql };
}
