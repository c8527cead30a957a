/** Longitude and latitude of one vertex after the other; the last is the first again. */
export type Ring = readonly number[];
export type Rings = readonly [shell: Ring, ...holes: Ring[]];

const polygonType = 3;
const multiPolygonType = 6;
const sridFlag = 0x2000_0000;
const wgs84 = 4326;

/** A polygon in WGS 84 as the hex of its EWKB, little-endian, which PostGIS reads. */
export function polygonHex(rings: Rings): string {
  const bytes = Buffer.allocUnsafe(4 + polygonBytes(rings));
  const end = writePolygon(bytes, 0, rings, true);
  return bytes.toString('hex', 0, end);
}

/** The same of several polygons in one. */
export function multiPolygonHex(polygons: readonly Rings[]): string {
  const bytes = Buffer.allocUnsafe(13 + polygons.reduce((sum, rings) => sum + polygonBytes(rings), 0));
  let offset = writeHeader(bytes, 0, multiPolygonType, true);
  offset = bytes.writeUInt32LE(polygons.length, offset);
  for (const rings of polygons) offset = writePolygon(bytes, offset, rings, false);
  return bytes.toString('hex', 0, offset);
}

function polygonBytes(rings: Rings): number {
  return rings.reduce((sum, ring) => sum + 4 + ring.length * 8, 9);
}

function writeHeader(bytes: Buffer, start: number, type: number, withSrid: boolean): number {
  const offset = bytes.writeUInt8(1, start);
  if (!withSrid) return bytes.writeUInt32LE(type, offset);
  return bytes.writeUInt32LE(wgs84, bytes.writeUInt32LE(type + sridFlag, offset));
}

function writePolygon(bytes: Buffer, start: number, rings: Rings, withSrid: boolean): number {
  let offset = writeHeader(bytes, start, polygonType, withSrid);
  offset = bytes.writeUInt32LE(rings.length, offset);
  for (const ring of rings) {
    offset = bytes.writeUInt32LE(ring.length / 2, offset);
    for (const ordinate of ring) offset = bytes.writeDoubleLE(ordinate, offset);
  }
  return offset;
}
