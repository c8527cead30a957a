/** GEOGRAPHY and GEOMETRY: reading WKT, EWKT, WKB, EWKB (as hexadecimal) and GeoJSON. */
export const geospatial = String.raw`
CREATE OR REPLACE FUNCTION sf.with_srid(shape geometry, srid int, geographic boolean) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  own int := ST_SRID(shape);
BEGIN
  IF geographic THEN
    IF own NOT IN (0, 4326) THEN
      PERFORM sf.fail(100383, '22000', 'Geography validation failed: SRID ' || own || ' is not 4326');
    END IF;
    IF NOT ST_IsEmpty(shape) AND (ST_XMin(shape) < -180 OR ST_XMax(shape) > 180 OR ST_YMin(shape) < -90 OR ST_YMax(shape) > 90) THEN
      PERFORM sf.fail(100217, '22023', 'Invalid Lng/Lat pair: ' || ST_XMin(shape) || ',' || ST_YMin(shape));
    END IF;
    RETURN ST_SetSRID(shape, 4326);
  END IF;
  IF srid <> 0 THEN RETURN ST_SetSRID(shape, srid); END IF;
  RETURN shape;
END $f$;

CREATE OR REPLACE FUNCTION sf.text_geo(x text, srid int, geographic boolean, lenient boolean) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  shape geometry;
BEGIN
  BEGIN
    IF x ~ '^\s*\{' THEN
      shape := ST_GeomFromGeoJSON(x);
      IF NOT geographic THEN shape := ST_SetSRID(shape, 0); END IF;
    ELSIF x ~ '^(?:[0-9A-Fa-f]{2})+$' THEN
      shape := x::geometry;
    ELSE
      shape := ST_GeomFromEWKT(x);
    END IF;
  EXCEPTION WHEN OTHERS THEN
    IF lenient THEN RETURN NULL; END IF;
    PERFORM sf.fail(100205, '22023', 'Error parsing Geo input: ' || left(x, 200) || '. Did not recognize input type.');
  END;
  RETURN sf.with_srid(shape, srid, geographic);
EXCEPTION WHEN SQLSTATE 'SF001' THEN
  IF lenient THEN RETURN NULL; END IF;
  RAISE;
END $f$;

CREATE OR REPLACE FUNCTION sf.binary_geo(x bytea, srid int, geographic boolean, lenient boolean) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sf.text_geo(encode(x, 'hex'), srid, geographic, lenient);

CREATE OR REPLACE FUNCTION sf.as_geography(shape geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN sf.with_srid(shape, 4326, true);

CREATE OR REPLACE FUNCTION sf.geo_json(shape geometry) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN ST_AsGeoJSON(shape, 15);
`;
