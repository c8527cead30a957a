import type pg from 'pg';

/** What not every server has. */
export interface EverythingOptions {
  /** PostgreSQL 18 and later has virtual columns, constraints that are not enforced, and NOT NULL constraints with names. */
  readonly version: 15 | 18;
  /** The extension btree_gist can be created. */
  readonly btreeGist: boolean;
  /** SQL that creates the tablespaces `maps` and `fast`. */
  readonly tablespaces: string;
}

/**
 * A schema with a table, `application.lines`, that has one of everything that a rename swap must keep: statements for the administrator
 * `postgres`, to be run one after the other.
 */
const fixture = ({ version, btreeGist, tablespaces }: EverythingOptions): string => `
CREATE EXTENSION IF NOT EXISTS postgis;
${btreeGist ? 'CREATE EXTENSION btree_gist;' : ''}
CREATE ROLE application LOGIN;
CREATE ROLE reader NOLOGIN;
CREATE ROLE granter NOLOGIN;
GRANT granter TO application;
CREATE ROLE "Odd Name" NOLOGIN;
CREATE SCHEMA application AUTHORIZATION application;
GRANT USAGE ON SCHEMA application TO reader, granter;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO application', current_database()); END $$;
${tablespaces}
GRANT CREATE ON TABLESPACE maps, fast TO application;
SET SESSION AUTHORIZATION application;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO "Odd Name";
ALTER DEFAULT PRIVILEGES IN SCHEMA application GRANT INSERT ON TABLES TO reader;
CREATE TABLE application.kinds (kind text PRIMARY KEY);
INSERT INTO application.kinds VALUES ('overhead'), ('underground');
CREATE TYPE application.state AS ENUM ('open', 'closed');
CREATE DOMAIN application.short AS text CHECK (length(VALUE) < 100);
CREATE TABLE application.lines (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 7 INCREMENT BY 3 CACHE 5),
  code varchar(40) COLLATE "C" NOT NULL,
  serial_no serial,
  kind text DEFAULT 'overhead'::text NOT NULL,
  length_m numeric(12,3) CONSTRAINT positive CHECK (length_m >= 0),
  parent varchar(40) COLLATE "C",
  area int4range DEFAULT '[1,2)',
  span tstzrange,
  note application.short,
  state application.state DEFAULT 'open',
  geom public.geometry(LineString,4326),
  length_deg double precision GENERATED ALWAYS AS (public.st_length(geom)) STORED,
  tags jsonb DEFAULT '{}',
  CONSTRAINT lines_pk PRIMARY KEY (id) INCLUDE (code) WITH (fillfactor=90),
  CONSTRAINT "Code unique" UNIQUE NULLS NOT DISTINCT (code) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT no_overlap EXCLUDE USING gist (${btreeGist ? 'kind WITH =, ' : ''}span WITH &&) WHERE (span IS NOT NULL),
  CONSTRAINT kind_exists FOREIGN KEY (kind) REFERENCES application.kinds ON DELETE RESTRICT
) WITH (fillfactor=80, autovacuum_vacuum_scale_factor=0.05, toast.autovacuum_enabled=off) TABLESPACE maps;
${version >= 18 ? onlyIn18 : ''}
ALTER TABLE application.lines ADD CONSTRAINT parent_exists FOREIGN KEY (kind) REFERENCES application.kinds MATCH FULL DEFERRABLE NOT VALID;
ALTER TABLE application.lines ADD CONSTRAINT later CHECK (code <> 'never') NOT VALID;
ALTER TABLE application.lines ALTER COLUMN code SET STATISTICS 400;
ALTER TABLE application.lines ALTER COLUMN kind SET (n_distinct=4);
ALTER TABLE application.lines ALTER COLUMN tags SET COMPRESSION pglz;
ALTER TABLE application.lines ALTER COLUMN note SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX lines_code_kind ON application.lines USING btree (code, kind) INCLUDE (length_m);
CREATE INDEX lines_geom ON application.lines USING gist (geom);
CREATE INDEX "Lines Partial" ON application.lines USING btree (lower(code)) WHERE (kind = 'overhead'::text);
CREATE INDEX lines_expr ON application.lines USING btree (((length_m * (2)::numeric)) DESC NULLS LAST, code text_pattern_ops);
ALTER INDEX application.lines_expr ALTER COLUMN 1 SET STATISTICS 77;
CREATE INDEX lines_tags ON application.lines USING gin (tags jsonb_path_ops) WITH (fastupdate=off);
CREATE INDEX lines_brin ON application.lines USING brin (id) WITH (pages_per_range=32) TABLESPACE fast;
ALTER TABLE application.lines CLUSTER ON lines_geom;
ALTER TABLE application.lines REPLICA IDENTITY USING INDEX lines_code_kind;
CREATE STATISTICS application.lines_stats (ndistinct, dependencies) ON code, kind FROM application.lines;
CREATE STATISTICS application."Expr stats" ON (lower(code)), kind FROM application.lines;
ALTER STATISTICS application.lines_stats SET STATISTICS 300;
COMMENT ON STATISTICS application.lines_stats IS 'how they depend';
COMMENT ON TABLE application.lines IS 'Lines of the grid; it''s a \\ test';
COMMENT ON COLUMN application.lines.code IS 'the code';
COMMENT ON INDEX application.lines_geom IS 'the map';
COMMENT ON CONSTRAINT positive ON application.lines IS 'no negative length';
COMMENT ON CONSTRAINT lines_pk ON application.lines IS 'the key';
COMMENT ON SEQUENCE application.lines_id_seq IS 'identity';
COMMENT ON SEQUENCE application.lines_serial_no_seq IS 'serial';
CREATE FUNCTION application.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := coalesce(NEW.note, 'touched'); RETURN NEW; END $$;
CREATE TRIGGER lines_touch BEFORE UPDATE OF note ON application.lines FOR EACH ROW WHEN (OLD.note IS DISTINCT FROM NEW.note) EXECUTE FUNCTION application.touch();
CREATE TRIGGER lines_off AFTER INSERT ON application.lines FOR EACH STATEMENT EXECUTE FUNCTION application.touch();
ALTER TABLE application.lines DISABLE TRIGGER lines_off;
CREATE TRIGGER lines_always BEFORE DELETE ON application.lines FOR EACH ROW EXECUTE FUNCTION application.touch();
ALTER TABLE application.lines ENABLE ALWAYS TRIGGER lines_always;
COMMENT ON TRIGGER lines_touch ON application.lines IS 'keeps a note';
CREATE RULE lines_no_delete AS ON DELETE TO application.lines WHERE (old.kind = 'overhead'::text) DO INSTEAD NOTHING;
COMMENT ON RULE lines_no_delete ON application.lines IS 'nobody deletes overhead lines';
ALTER TABLE application.lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE application.lines FORCE ROW LEVEL SECURITY;
CREATE POLICY everyone ON application.lines FOR ALL TO PUBLIC USING (true) WITH CHECK (kind <> 'secret');
CREATE POLICY readers ON application.lines AS RESTRICTIVE FOR SELECT TO reader, "Odd Name" USING (length_m > 0);
COMMENT ON POLICY readers ON application.lines IS 'readers see lines that have a length';
GRANT SELECT ON application.lines TO reader;
GRANT SELECT, UPDATE ON application.lines TO granter WITH GRANT OPTION;
GRANT UPDATE (note, tags), REFERENCES (code) ON application.lines TO "Odd Name";
SET ROLE granter;
GRANT SELECT ON application.lines TO "Odd Name" ;
RESET ROLE;
REVOKE REFERENCES ON application.lines FROM application;
GRANT USAGE ON SEQUENCE application.lines_serial_no_seq TO reader;
CREATE VIEW application.overhead WITH (security_barrier=true) AS SELECT * FROM application.lines WHERE kind = 'overhead' WITH LOCAL CHECK OPTION;
GRANT SELECT ON application.overhead TO reader WITH GRANT OPTION;
COMMENT ON VIEW application.overhead IS 'a view';
COMMENT ON COLUMN application.overhead.code IS 'its column';
ALTER VIEW application.overhead ALTER COLUMN note SET DEFAULT 'from the view';
CREATE VIEW application.overhead_long WITH (security_invoker=true) AS SELECT code, length_m FROM application.overhead WHERE length_m > 10;
GRANT SELECT ON application.overhead_long TO "Odd Name";
CREATE VIEW application.mixed AS SELECT l.code AS "The Code", o.length_m FROM application.lines l LEFT JOIN application.overhead_long o ON o.code = l.code;
CREATE FUNCTION application.view_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER mixed_insert INSTEAD OF INSERT ON application.mixed FOR EACH ROW EXECUTE FUNCTION application.view_insert();
CREATE MATERIALIZED VIEW application.long_codes AS SELECT code FROM application.overhead_long;
INSERT INTO application.lines (code, kind, length_m, geom, span)
  SELECT 'L' || n, CASE WHEN n % 2 = 0 THEN 'overhead' ELSE 'underground' END, n,
         public.st_setsrid(public.st_makeline(public.st_makepoint(n, 0), public.st_makepoint(n, 1)), 4326), NULL
    FROM generate_series(1, 500) n;
ANALYZE application.lines;
RESET SESSION AUTHORIZATION;
CREATE PUBLICATION everything_lines FOR TABLE application.lines (id, code, kind) WHERE (kind = 'overhead');
ALTER PUBLICATION everything_lines OWNER TO application;
`;

const onlyIn18 = `
ALTER TABLE application.lines ADD COLUMN length_km numeric GENERATED ALWAYS AS (length_m / 1000) VIRTUAL;
ALTER TABLE application.lines ADD CONSTRAINT believed CHECK (length_m < 1000000) NOT ENFORCED;
ALTER TABLE application.lines ADD CONSTRAINT parent_believed FOREIGN KEY (parent) REFERENCES application.kinds NOT ENFORCED;
ALTER TABLE application.lines ADD CONSTRAINT "has a state" NOT NULL state NOT VALID;
COMMENT ON CONSTRAINT "has a state" ON application.lines IS 'open or closed';
`;

/** Makes it in the database of `admin`. A tablespace cannot be created together with something else. */
export async function createEverything(admin: pg.Client, options: EverythingOptions): Promise<void> {
  for (const statement of fixture(options).split(/;\n/)) if (statement.trim() !== '') await admin.query(statement);
}
