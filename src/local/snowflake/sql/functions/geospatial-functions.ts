import type { Typed } from '../compile/typed.ts';
import {
  binary,
  boolean,
  float,
  geography,
  geometry,
  isSemiStructured,
  number,
  object,
  varchar,
  type DataType,
} from '../types/data-type.ts';
import {
  convert,
  overload,
  scalar,
  special,
  wrongTypes,
  type BoundCall,
  type FunctionDefinition,
} from './definition.ts';

type Build = (shape: string) => string;

/** A function of one shape of either type. */
const ofShape = (type: DataType | 'same', sql: Build): FunctionDefinition =>
  scalar(
    overload(['geography'], type === 'same' ? geography : type, ([shape = '']) => sql(shape), { nulls: 'maybe' }),
    overload(['geometry'], type === 'same' ? geometry : type, ([shape = '']) => sql(shape), { nulls: 'maybe' }),
  );

const ofTwoShapes = (
  type: DataType,
  onGeometry: (a: string, b: string) => string,
  onGeography = onGeometry,
): FunctionDefinition =>
  scalar(
    overload(['geography', 'geography'], type, ([a = '', b = '']) => onGeography(a, b)),
    overload(['geometry', 'geometry'], type, ([a = '', b = '']) => onGeometry(a, b)),
  );

function lenient(call: BoundCall): string {
  return call.node.name.startsWith('TRY_') ? 'true' : 'false';
}

/** ALLOW_INVALID is accepted and has no effect: PostGIS keeps an invalid shape as it is. */
function checkAllowInvalid(arg: Typed | undefined, call: BoundCall): void {
  if (arg !== undefined && arg.type.kind !== 'BOOLEAN') throw wrongTypes(call);
}

const toGeography = (call: BoundCall): Typed => {
  const [subject, allowInvalid] = call.args;
  if (subject === undefined) throw wrongTypes(call);
  checkAllowInvalid(allowInvalid, call);
  const nullable = subject.nullable || lenient(call) === 'true';
  const { kind } = subject.type;
  if (kind === 'GEOGRAPHY') return subject;
  if (kind === 'GEOMETRY') return { sql: `sf.as_geography(${subject.sql})`, type: geography, nullable };
  if (kind === 'BINARY')
    return { sql: `sf.binary_geo(${subject.sql}, 4326, true, ${lenient(call)})`, type: geography, nullable };
  if (kind === 'VARCHAR' || kind === 'NULL' || isSemiStructured(subject.type)) {
    const sql = isSemiStructured(subject.type) ? subject.sql : convert(subject, 'text', call).sql;
    return { sql: `sf.text_geo(${sql}, 4326, true, ${lenient(call)})`, type: geography, nullable };
  }
  throw wrongTypes(call);
};

/** TO_GEOMETRY(x [, srid] [, allow_invalid]): an SRID in EWKT or EWKB stands unless one is given, which must then agree. */
const toGeometry = (call: BoundCall): Typed => {
  const [subject, second, third] = call.args;
  if (subject === undefined) throw wrongTypes(call);
  const hasSrid = second?.type.kind === 'NUMBER';
  checkAllowInvalid(hasSrid ? third : second, call);
  if (!hasSrid && third !== undefined) throw wrongTypes(call);
  const srid = hasSrid ? convert(second, 'integer', call).sql : '0';
  const nullable = subject.nullable || lenient(call) === 'true';
  const { kind } = subject.type;
  if (kind === 'GEOMETRY')
    return hasSrid ? { sql: `ST_SetSRID(${subject.sql}, ${srid})`, type: geometry, nullable } : subject;
  if (kind === 'GEOGRAPHY')
    return { sql: hasSrid ? `ST_SetSRID(${subject.sql}, ${srid})` : subject.sql, type: geometry, nullable };
  if (kind === 'BINARY')
    return { sql: `sf.binary_geo(${subject.sql}, ${srid}, false, ${lenient(call)})`, type: geometry, nullable };
  if (kind === 'VARCHAR' || kind === 'NULL' || isSemiStructured(subject.type)) {
    const sql = isSemiStructured(subject.type) ? subject.sql : convert(subject, 'text', call).sql;
    return { sql: `sf.text_geo(${sql}, ${srid}, false, ${lenient(call)})`, type: geometry, nullable };
  }
  throw wrongTypes(call);
};

const ewkb: Build = (shape) => `ST_AsEWKB(${shape}, 'NDR')`;
const wkb: Build = (shape) => `ST_AsBinary(${shape}, 'NDR')`;
const wkt: Build = (shape) => `replace(ST_AsText(${shape}), ', ', ',')`;

const asWkb = ofShape(binary(), wkb);
const asWkt = ofShape(varchar(), wkt);
const geographyFromText = special(1, 2, toGeography);
const geometryFromText = special(1, 3, toGeometry);

/** ST_MAKEPOINT gives GEOGRAPHY; its synonym is ST_POINT. */
const makePoint = scalar(
  overload(['float', 'float'], geography, ([x = '', y = '']) => `ST_SetSRID(ST_MakePoint(${x}, ${y}), 4326)`),
);
const makeGeometryPoint = scalar(
  overload(['float', 'float'], geometry, ([x = '', y = '']) => `ST_MakePoint(${x}, ${y})`),
);
const makeLine = scalar(
  overload(['geography', 'geography'], geography, ([a = '', b = '']) => `ST_MakeLine(${a}, ${b})`),
  overload(['geometry', 'geometry'], geometry, ([a = '', b = '']) => `ST_MakeLine(${a}, ${b})`),
);
const makePolygon = scalar(
  overload(['geography'], geography, ([ring = '']) => `ST_MakePolygon(${ring})`),
  overload(['geometry'], geometry, ([ring = '']) => `ST_MakePolygon(${ring})`),
);

export const geospatialFunctions: Readonly<Record<string, FunctionDefinition>> = {
  TO_GEOGRAPHY: geographyFromText,
  TRY_TO_GEOGRAPHY: geographyFromText,
  ST_GEOGRAPHYFROMWKT: geographyFromText,
  ST_GEOGFROMWKT: geographyFromText,
  ST_GEOGRAPHYFROMTEXT: geographyFromText,
  ST_GEOGFROMTEXT: geographyFromText,
  ST_GEOGRAPHYFROMWKB: geographyFromText,
  ST_GEOGFROMWKB: geographyFromText,
  TO_GEOMETRY: geometryFromText,
  TRY_TO_GEOMETRY: geometryFromText,
  ST_GEOMETRYFROMWKT: geometryFromText,
  ST_GEOMFROMWKT: geometryFromText,
  ST_GEOMETRYFROMTEXT: geometryFromText,
  ST_GEOMFROMTEXT: geometryFromText,
  ST_GEOMETRYFROMWKB: geometryFromText,
  ST_GEOMFROMWKB: geometryFromText,
  ST_ASEWKB: ofShape(binary(), ewkb),
  ST_ASWKB: asWkb,
  ST_ASBINARY: asWkb,
  ST_ASTEXT: asWkt,
  ST_ASWKT: asWkt,
  ST_ASEWKT: ofShape(varchar(), (shape) => `'SRID=' || ST_SRID(${shape}) || ';' || ${wkt(shape)}`),
  ST_ASGEOJSON: ofShape(object, (shape) => `sf.parse_json(ST_AsGeoJSON(${shape}, 15), false)`),
  ST_MAKEPOINT: makePoint,
  ST_POINT: makePoint,
  ST_MAKEGEOMPOINT: makeGeometryPoint,
  ST_GEOMPOINT: makeGeometryPoint,
  ST_MAKELINE: makeLine,
  ST_MAKEPOLYGON: makePolygon,
  ST_POLYGON: makePolygon,
  ST_X: ofShape(float, (shape) => `ST_X(${shape})`),
  ST_Y: ofShape(float, (shape) => `ST_Y(${shape})`),
  ST_XMIN: ofShape(float, (shape) => `ST_XMin(${shape})`),
  ST_XMAX: ofShape(float, (shape) => `ST_XMax(${shape})`),
  ST_YMIN: ofShape(float, (shape) => `ST_YMin(${shape})`),
  ST_YMAX: ofShape(float, (shape) => `ST_YMax(${shape})`),
  ST_SRID: ofShape(number(9, 0), (shape) => `ST_SRID(${shape})::numeric`),
  ST_SETSRID: scalar(
    overload(['geometry', 'integer'], geometry, ([shape = '', srid = '']) => `ST_SetSRID(${shape}, ${srid})`),
  ),
  ST_NPOINTS: ofShape(number(18, 0), (shape) => `ST_NPoints(${shape})::numeric`),
  ST_NUMPOINTS: ofShape(number(18, 0), (shape) => `ST_NPoints(${shape})::numeric`),
  ST_DIMENSION: ofShape(number(9, 0), (shape) => `ST_Dimension(${shape})::numeric`),
  ST_ISVALID: ofShape(boolean, (shape) => `ST_IsValid(${shape})`),
  ST_STARTPOINT: ofShape('same', (shape) => `ST_StartPoint(${shape})`),
  ST_ENDPOINT: ofShape('same', (shape) => `ST_EndPoint(${shape})`),
  ST_CENTROID: ofShape('same', (shape) => `ST_Centroid(${shape})`),
  ST_LENGTH: scalar(
    overload(['geography'], float, ([shape = '']) => `ST_Length(${shape}::geography, false)`),
    overload(['geometry'], float, ([shape = '']) => `ST_Length(${shape})`),
  ),
  ST_AREA: scalar(
    overload(['geography'], float, ([shape = '']) => `ST_Area(${shape}::geography, false)`),
    overload(['geometry'], float, ([shape = '']) => `ST_Area(${shape})`),
  ),
  ST_DISTANCE: ofTwoShapes(
    float,
    (a, b) => `ST_Distance(${a}, ${b})`,
    (a, b) => `ST_Distance(${a}::geography, ${b}::geography, false)`,
  ),
  ST_DWITHIN: scalar(
    overload(
      ['geography', 'geography', 'float'],
      boolean,
      ([a = '', b = '', d = '']) => `ST_DWithin(${a}::geography, ${b}::geography, ${d}, false)`,
    ),
    overload(['geometry', 'geometry', 'float'], boolean, ([a = '', b = '', d = '']) => `ST_DWithin(${a}, ${b}, ${d})`),
  ),
  ST_INTERSECTS: ofTwoShapes(boolean, (a, b) => `ST_Intersects(${a}, ${b})`),
  ST_CONTAINS: ofTwoShapes(boolean, (a, b) => `ST_Contains(${a}, ${b})`),
  ST_WITHIN: ofTwoShapes(boolean, (a, b) => `ST_Within(${a}, ${b})`),
};
