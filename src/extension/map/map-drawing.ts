import type { MapQueryDocument } from '../../worker/protocol/protocol.ts';

/** The picture of a map query, in the units of its own coordinate system: y goes down. */
export interface MapDrawing {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly MapShape[];
  /** What was searched: around the middle, as far as the radius. */
  readonly searched: { readonly x: number; readonly y: number; readonly radius: number };
  readonly scale: { readonly length: number; readonly label: string } | undefined;
}

export interface MapShape {
  readonly kind: 'point' | 'line' | 'area';
  /** As `d` of an SVG path has it. */
  readonly path: string;
  /** Values of the key. */
  readonly label: string;
}

const [width, height, padding] = [800, 480, 24];

/** Of a degree of latitude. */
const metresPerDegree = 111_320;

type Position = readonly number[];

/** Draws what was found, so that the searched circle fills the picture. */
export function drawMap(document: MapQueryDocument): MapDrawing {
  const { center, radius, geographic, features, key } = document;
  // Degrees of longitude are shorter than those of latitude; on a plane both are the same.
  const [centerX, centerY] = center;
  const stretch = geographic ? Math.max(Math.cos((centerY * Math.PI) / 180), 0.01) : 1;
  const reach = radiusInUnits(document);
  const perUnit = (height / 2 - padding) / reach;
  const at = ([x = 0, y = 0]: Position): string =>
    `${((x - centerX) * stretch * perUnit + width / 2).toFixed(1)} ${(height / 2 - (y - centerY) * perUnit).toFixed(1)}`;
  return {
    width,
    height,
    shapes: features.flatMap(({ geometry, key: values }) => {
      const label = key.map((name, index) => `${name} ${values[index] ?? 'NULL'}`).join(', ');
      return shapesOf(geometry, at).map((shape) => ({ ...shape, label }));
    }),
    searched: { x: width / 2, y: height / 2, radius: reach * perUnit },
    scale: scaleOf(geographic ? metresPerDegree : 1, perUnit, geographic || radius > 1),
  };
}

/** A geography is searched in metres, and drawn in degrees. */
function radiusInUnits({ radius, geographic, measuredInMetres }: MapQueryDocument): number {
  return geographic && measuredInMetres ? radius / metresPerDegree : radius;
}

/** A round length that is about a fifth of the picture. */
function scaleOf(metresPerUnit: number, perUnit: number, isMetric: boolean): MapDrawing['scale'] {
  if (!isMetric) return undefined;
  const wanted = (width / 5 / perUnit) * metresPerUnit;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const metres = [5, 2, 1].map((digit) => digit * power).find((length) => length <= wanted) ?? power;
  if (!(metres > 0) || !Number.isFinite(metres)) return undefined;
  const label = metres >= 1_000 ? `${metres / 1_000} km` : `${Number(metres.toPrecision(1))} m`;
  return { length: (metres / metresPerUnit) * perUnit, label };
}

function shapesOf(geometry: unknown, at: (position: Position) => string): Omit<MapShape, 'label'>[] {
  if (!isGeometry(geometry)) return [];
  const { type, coordinates, geometries } = geometry;
  const line = (positions: unknown): string => pathOf(positions, at);
  const rings = (polygon: unknown): string =>
    listOf(polygon)
      .map((ring) => `${line(ring)}Z`)
      .join('');
  switch (type) {
    case 'Point':
      return pointOf(coordinates, at);
    case 'MultiPoint':
      return listOf(coordinates).flatMap((position) => pointOf(position, at));
    case 'LineString':
      return [{ kind: 'line', path: line(coordinates) }];
    case 'MultiLineString':
      return [{ kind: 'line', path: listOf(coordinates).map(line).join('') }];
    case 'Polygon':
      return [{ kind: 'area', path: rings(coordinates) }];
    case 'MultiPolygon':
      return [{ kind: 'area', path: listOf(coordinates).map(rings).join('') }];
    case 'GeometryCollection':
      return listOf(geometries).flatMap((part) => shapesOf(part, at));
    default:
      return [];
  }
}

/** A line without length, whose round ends are the point. */
function pointOf(position: unknown, at: (position: Position) => string): Omit<MapShape, 'label'>[] {
  return isPosition(position) ? [{ kind: 'point', path: `M${at(position)}h0` }] : [];
}

function pathOf(positions: unknown, at: (position: Position) => string): string {
  return listOf(positions)
    .filter(isPosition)
    .map((position, index) => `${index === 0 ? 'M' : 'L'}${at(position)}`)
    .join('');
}

interface GeometryText {
  readonly type: string;
  readonly coordinates?: unknown;
  readonly geometries?: unknown;
}

function isGeometry(value: unknown): value is GeometryText {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length >= 2 && value.every((number) => typeof number === 'number');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
