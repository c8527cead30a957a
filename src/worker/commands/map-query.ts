import type { RelationName, TableConfig } from '../../sync-core/config/resolved.ts';
import { SyncError } from '../../sync-core/errors.ts';
import { displayRelation } from '../../sync-core/postgres/identifiers.ts';
import type { PostgresServer, Transaction, TransactionOptions } from '../../sync-core/postgres/session.ts';
import { connectTarget } from './connections.ts';
import type { CommandContext } from './context.ts';
import { openProject } from './open-project.ts';
import { explainByIndex } from './plan-index.ts';

export interface MapQueryArguments {
  readonly config?: string | undefined;
  readonly target?: string | undefined;
  /** The first table with a geospatial column where it is undefined. */
  readonly table?: string | undefined;
  /** A geospatial column; the first one, preferably with a GiST index, where it is undefined. */
  readonly column?: string | undefined;
}

export interface MapQueryOutcome {
  readonly target: string;
  readonly table: string;
  readonly relation: RelationName;
  readonly column: string;
  readonly srid: number;
  /** Whether coordinates are longitude and latitude in degrees. */
  readonly geographic: boolean;
  /** What the features are near. */
  readonly center: readonly [x: number, y: number];
  /** In metres for a geography column, otherwise in the units of the coordinates. */
  readonly radius: number;
  /** Whether the radius is in metres. */
  readonly measuredInMetres: boolean;
  /** Columns of the key, whose values the features carry. */
  readonly key: readonly string[];
  readonly features: readonly MapFeature[];
  /** There is more than that. */
  readonly truncated: boolean;
  readonly sql: string;
  readonly ms: number;
  readonly plan: readonly string[];
  /** The GiST index that the plan goes by. */
  readonly index: string | null;
}

export interface MapFeature {
  readonly key: readonly (string | null)[];
  /** A GeoJSON geometry, in the coordinates of the column. */
  readonly geometry: unknown;
}

/** The most features of an answer. */
export const mostFeatures = 2_000;

/** How many features the radius is chosen for: enough to show a shape, few enough to see each. */
const wantedFeatures = 500;

/** Columns of a key that are shown. */
const mostKeyColumns = 3;

interface GeospatialColumn {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly type: 'geometry' | 'geography';
  /** The relation and the column as SQL. */
  readonly relation: string;
  readonly place: string;
  /** The relation has statistics of its own, so that its extent can be estimated. */
  readonly estimable: boolean;
}

/**
 * What lies around the middle of a table's data, as an application that draws a map would ask for it: by ST_DWithin, in a
 * transaction that may not write.
 *
 * @throws SyncError `usage` where no table of those has a geospatial column or none has a place; `postgres.…`.
 */
export async function mapQuery(context: CommandContext, args: MapQueryArguments): Promise<MapQueryOutcome> {
  const { table, column, ...selection } = args;
  const project = await openProject(context, { ...selection, tables: table === undefined ? [] : [table] });
  const connect = await connectTarget(context, project.target);
  const session = await connect({ applicationName: 'snowmelt:map', signal: context.signal });
  try {
    const { server } = session;
    return await session.transaction(async (transaction) => {
      const found = await findColumn(transaction, project.tables, column);
      if (found === undefined) throw noColumn(args, project.tables);
      const outcome = await queryAround(transaction, found.table, found.column);
      return { target: project.target.name, ...outcome };
    }, readOnly(server));
  } finally {
    await session.close();
  }
}

function readOnly({ postgisSchema }: PostgresServer): TransactionOptions {
  return {
    searchPath: [...(postgisSchema === null ? [] : [postgisSchema]), 'pg_catalog'],
    statementTimeoutMs: 60_000,
    settings: { transaction_read_only: 'on' },
  };
}

async function findColumn(
  transaction: Transaction,
  tables: readonly TableConfig[],
  column: string | undefined,
): Promise<{ readonly table: TableConfig; readonly column: GeospatialColumn } | undefined> {
  const columns = await transaction.query<GeospatialColumn & Record<string, unknown>>(
    `SELECT n.nspname AS schema, c.relname AS table, a.attname AS column, t.typname AS type,
            format('%I.%I', n.nspname, c.relname) AS relation, quote_ident(a.attname) AS place,
            c.relkind IN ('r', 'm') AND t.typname = 'geometry' AS estimable
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked(schema, name, position)
       JOIN pg_namespace n ON n.nspname = asked.schema
       JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.name AND c.relkind IN ('r', 'p', 'm', 'v', 'f')
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       JOIN pg_type t ON t.oid = a.atttypid AND t.typname IN ('geometry', 'geography')
      WHERE $3::text IS NULL OR a.attname = $3
      ORDER BY asked.position,
               EXISTS (SELECT FROM pg_index x
                         JOIN pg_class i ON i.oid = x.indexrelid
                         JOIN pg_am m ON m.oid = i.relam
                        WHERE x.indrelid = c.oid AND x.indisvalid AND m.amname = 'gist' AND a.attnum = ANY (x.indkey)) DESC,
               a.attnum`,
    [tables.map(({ target }) => target.schema), tables.map(({ target }) => target.name), column ?? null],
  );
  for (const table of tables) {
    const own = columns.find((of) => of.schema === table.target.schema && of.table === table.target.name);
    if (own !== undefined) return { table, column: own };
  }
  return undefined;
}

async function queryAround(
  transaction: Transaction,
  table: TableConfig,
  found: GeospatialColumn,
): Promise<Omit<MapQueryOutcome, 'target'>> {
  const { column, type, relation, place } = found;
  const center = await findCenter(transaction, found);
  if (center === undefined) {
    throw new SyncError('usage', `${relation} has no row with a place in ${place}.`, {
      table: table.name,
      remedy: 'Sync the table, or ask for another column.',
    });
  }
  const { x, y, srid } = center;
  const point = `ST_SetSRID(ST_MakePoint(${x}, ${y}), ${srid})${type === 'geography' ? '::geography' : ''}`;
  const radius = await findRadius(transaction, relation, place, point);
  const key = table.key.slice(0, mostKeyColumns);
  const keyAsSql = await quoted(transaction, key);
  const sql = [
    `SELECT ${[...keyAsSql, `ST_AsGeoJSON(${place}, 6)`].join(', ')}`,
    `  FROM ${relation}`,
    ` WHERE ST_DWithin(${place}, ${point}, ${radius})`,
    ` LIMIT ${mostFeatures}`,
  ].join('\n');
  const { plan, index } = await explainByIndex(transaction, table.target, sql);
  const startedAt = performance.now();
  const rows = await transaction.query<{ key: (string | null)[]; geometry: string | null }>(
    `SELECT ARRAY[${keyAsSql.map((name) => `near.${name}::text`).join(', ')}]::text[] AS key, near.st_asgeojson AS geometry FROM (\n${sql}\n) near`,
  );
  const ms = performance.now() - startedAt;
  return {
    table: table.name,
    relation: table.target,
    column,
    srid,
    geographic: center.geographic,
    center: [x, y],
    radius,
    measuredInMetres: type === 'geography',
    key,
    features: rows.flatMap((row) =>
      row.geometry === null ? [] : [{ key: row.key, geometry: JSON.parse(row.geometry) as unknown }],
    ),
    truncated: rows.length === mostFeatures,
    sql,
    ms: Math.round(ms * 10) / 10,
    plan,
    index: index ?? null,
  };
}

interface Center {
  readonly x: number;
  readonly y: number;
  readonly srid: number;
  readonly geographic: boolean;
}

/** A point on the feature that is nearest to the middle of all of them: the middle itself may be in the sea. */
async function findCenter(
  transaction: Transaction,
  { schema, table, column, type, relation, place, estimable }: GeospatialColumn,
): Promise<Center | undefined> {
  const [reference] = await transaction.query<{ srid: number; geographic: boolean }>(
    `SELECT of.srid, coalesce((SELECT s.srtext LIKE 'GEOG%' FROM spatial_ref_sys s WHERE s.srid = of.srid), false) AS geographic
       FROM (SELECT ST_SRID(${place}::geometry) AS srid FROM ${relation} WHERE ${place} IS NOT NULL LIMIT 1) of`,
  );
  if (reference === undefined) return undefined;
  const [estimate] = estimable
    ? await transaction.query<{ extent: string | null }>(
        `SELECT ST_EstimatedExtent($1, $2, $3)::geometry::text AS extent`,
        [schema, table, column],
      )
    : [];
  const [center] = await transaction.query<{ x: number; y: number }>(
    `WITH middle AS (
       SELECT ST_SetSRID(ST_Centroid(coalesce($1::geometry, (SELECT ST_Extent(${place}::geometry)::geometry FROM ${relation}))), ${reference.srid})::${type} AS place)
     SELECT ST_X(nearest.place) AS x, ST_Y(nearest.place) AS y
       FROM (SELECT ST_PointOnSurface(${place}::geometry) AS place
               FROM ${relation}
              WHERE ${place} IS NOT NULL AND NOT ST_IsEmpty(${place}::geometry)
              ORDER BY ${place} <-> (SELECT middle.place FROM middle) LIMIT 1) nearest`,
    [estimate?.extent ?? null],
  );
  if (center === undefined) return undefined;
  return { x: rounded(center.x, 6), y: rounded(center.y, 6), ...reference };
}

/** Names as SQL, quoted where they must be. */
async function quoted(transaction: Transaction, names: readonly string[]): Promise<string[]> {
  const rows = await transaction.query<{ name: string }>(
    `SELECT quote_ident(asked.name) AS name FROM unnest($1::text[]) WITH ORDINALITY AS asked(name, position) ORDER BY asked.position`,
    [names],
  );
  return rows.map(({ name }) => name);
}

/** How far it is to the last of the wanted features, rounded up. */
async function findRadius(transaction: Transaction, relation: string, column: string, point: string): Promise<number> {
  const [farthest] = await transaction.query<{ distance: number | null }>(
    `SELECT max(near.distance) AS distance
       FROM (SELECT ST_Distance(${column}, ${point}) AS distance
               FROM ${relation} WHERE ${column} IS NOT NULL ORDER BY ${column} <-> ${point} LIMIT ${wantedFeatures}) near`,
  );
  return roundedUp(farthest?.distance ?? 0);
}

/** To two digits, so that the query can be read; never 0. */
export function roundedUp(distance: number): number {
  if (!(distance > 0) || !Number.isFinite(distance)) return 0.001;
  const unit = 10 ** (Math.floor(Math.log10(distance)) - 1);
  const steps = Math.ceil(distance / unit);
  return Number((steps * unit).toPrecision(2));
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function noColumn({ table, column }: MapQueryArguments, tables: readonly TableConfig[]): SyncError {
  const what = column === undefined ? 'geometry or geography column' : `geospatial column ${column}`;
  const [only] = tables;
  const message =
    table !== undefined && only !== undefined
      ? `${displayRelation(only.target)} has no ${what}, or is not there.`
      : `None of the tables has a ${what}, or they are not there.`;
  return new SyncError('usage', message, {
    ...(table !== undefined && { table }),
    remedy: 'Sync a table with such a column; "computed" makes one from longitude and latitude.',
  });
}
