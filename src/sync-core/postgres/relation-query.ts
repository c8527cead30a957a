/** Privileges of an ACL, owner first, as `Grant[]`; the order is the catalog's, so that a copy prints the same. */
const grants = (acl: string): string => `
  (SELECT coalesce(json_agg(json_build_object(
            'grantee', CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END,
            'grantor', pg_get_userbyid(a.grantor), 'actable', pg_has_role(a.grantor, 'MEMBER'), 'privilege', a.privilege_type, 'grantable', a.is_grantable)
            ORDER BY a.ordinality), '[]'::json)
     FROM aclexplode(${acl}) WITH ORDINALITY AS a)`;

const comment = (object: string, catalog: string): string => `obj_description(${object}, '${catalog}')`;

/** The schema and name of a relation as the server's own definitions print them under an empty path. */
const qualified = (schema: string, name: string): string => `(quote_ident(${schema}) || '.' || quote_ident(${name}))`;

/** Names of the table's columns that an object depends on. A constraint's index depends on its columns through the constraint. */
const usedColumns = (catalog: string, object: string): string => `
  (SELECT coalesce(json_agg(DISTINCT a.attname), '[]'::json)
     FROM pg_depend d JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid > 0
      AND ((d.classid = '${catalog}'::regclass AND d.objid = ${object})
           OR (d.classid = 'pg_constraint'::regclass AND '${catalog}' = 'pg_class'
               AND d.objid IN (SELECT c.oid FROM pg_constraint c WHERE c.conindid = ${object} AND c.conrelid = t.oid))))`;

const columns = `
  SELECT json_agg(json_build_object(
           'name', a.attname,
           'type', format_type(a.atttypid, a.atttypmod),
           'notNull', a.attnotnull,
           'default', pg_get_expr(d.adbin, d.adrelid),
           'identity', a.attidentity,
           'generated', a.attgenerated,
           'collation', CASE WHEN a.attcollation <> ty.typcollation THEN
              (SELECT ${qualified('cn.nspname', 'co.collname')} FROM pg_collation co
                 JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END,
           'storage', a.attstorage,
           'storageSet', a.attstorage <> ty.typstorage,
           'compression', a.attcompression,
           'statisticsTarget', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
           'options', coalesce(to_json(a.attoptions), '[]'::json),
           'comment', col_description(a.attrelid, a.attnum),
           'grants', ${grants('a.attacl')}) ORDER BY a.attnum)
    FROM pg_attribute a
    JOIN pg_type ty ON ty.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped`;

const constraints = `
  SELECT json_agg(json_build_object(
           'name', c.conname, 'type', c.contype, 'definition', pg_get_constraintdef(c.oid), 'validated', c.convalidated,
           'comment', ${comment('c.oid', 'pg_constraint')},
           'columns', (SELECT coalesce(json_agg(a.attname ORDER BY k.ordinality), '[]'::json)
                         FROM unnest(c.conkey) WITH ORDINALITY AS k(attnum, ordinality)
                         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum)) ORDER BY c.conname)
    FROM pg_constraint c
   WHERE c.conrelid = t.oid AND c.contype <> 't'`;

const indexes = `
  SELECT json_agg(json_build_object(
           'name', ic.relname, 'definition', i.def,
           'body', substr(i.def, length('CREATE ' || CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX '
                     || quote_ident(ic.relname) || ' ON ' || ${qualified('n.nspname', 't.relname')}) + 2),
           'unique', i.indisunique, 'primary', i.indisprimary, 'valid', i.indisvalid,
           'clustered', i.indisclustered, 'replicaIdentity', i.indisreplident,
           'tablespace', (SELECT spcname FROM pg_tablespace WHERE oid = ic.reltablespace),
           'comment', ${comment('ic.oid', 'pg_class')},
           'bytes', pg_relation_size(ic.oid),
           'method', am.amname,
           'predicate', pg_get_expr(i.indpred, i.indrelid),
           'uses', ${usedColumns('pg_class', 'i.indexrelid')},
           'columns', CASE WHEN i.indexprs IS NULL THEN
              (SELECT json_agg(a.attname ORDER BY k.ordinality)
                 FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, ordinality)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                WHERE k.ordinality <= i.indnkeyatts) END,
           'constraint', (SELECT json_build_object('name', c.conname, 'type', c.contype,
                'definition', pg_get_constraintdef(c.oid),
                'suffix', CASE WHEN c.condeferrable THEN ' DEFERRABLE' ELSE '' END
                          || CASE WHEN c.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END)
                FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.conrelid = t.oid AND c.contype IN ('p', 'u', 'x')),
           'statisticsTargets', (SELECT coalesce(json_agg(json_build_object('attribute', a.attnum, 'target', a.attstattarget)
                ORDER BY a.attnum), '[]'::json)
                FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0)) ORDER BY i.indexrelid)
    FROM (SELECT *, pg_get_indexdef(indexrelid) AS def FROM pg_index WHERE indrelid = t.oid) i
    JOIN pg_class ic ON ic.oid = i.indexrelid
    JOIN pg_am am ON am.oid = ic.relam`;

const triggers = `
  SELECT json_agg(json_build_object('name', g.tgname, 'definition', pg_get_triggerdef(g.oid), 'enabled', g.tgenabled,
           'comment', ${comment('g.oid', 'pg_trigger')}) ORDER BY g.tgname)
    FROM pg_trigger g WHERE g.tgrelid = t.oid AND NOT g.tgisinternal`;

const rules = `
  SELECT json_agg(json_build_object('name', r.rulename, 'definition', pg_get_ruledef(r.oid), 'enabled', r.ev_enabled,
           'comment', ${comment('r.oid', 'pg_rewrite')}) ORDER BY r.rulename)
    FROM pg_rewrite r WHERE r.ev_class = t.oid AND r.rulename <> '_RETURN'`;

const policies = `
  SELECT json_agg(json_build_object('name', p.polname, 'permissive', p.polpermissive,
           'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
                      ELSE 'ALL' END,
           'roles', (SELECT json_agg(CASE WHEN role = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(role) END)
                       FROM unnest(p.polroles) AS role),
           'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid),
           'comment', ${comment('p.oid', 'pg_policy')}) ORDER BY p.polname)
    FROM pg_policy p WHERE p.polrelid = t.oid`;

const sequences = `
  SELECT json_agg(json_build_object('schema', sn.nspname, 'name', sc.relname, 'column', a.attname,
           'identity', d.deptype = 'i', 'type', format_type(s.seqtypid, NULL),
           'start', s.seqstart::text, 'increment', s.seqincrement::text, 'minimum', s.seqmin::text, 'maximum', s.seqmax::text,
           'cache', s.seqcache::text, 'cycle', s.seqcycle,
           'lastValue', CASE WHEN has_sequence_privilege(sc.oid, 'SELECT, USAGE') THEN pg_sequence_last_value(sc.oid)::text END,
           'comment', ${comment('sc.oid', 'pg_class')},
           'grants', CASE WHEN sc.relacl IS NULL THEN NULL ELSE ${grants('sc.relacl')} END) ORDER BY sc.relname)
    FROM pg_depend d
    JOIN pg_class sc ON sc.oid = d.objid AND sc.relkind = 'S'
    JOIN pg_namespace sn ON sn.oid = sc.relnamespace
    JOIN pg_sequence s ON s.seqrelid = sc.oid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
   WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
     AND d.deptype IN ('a', 'i')`;

const statistics = `
  SELECT json_agg(json_build_object('schema', sn.nspname, 'name', s.stxname, 'definition', pg_get_statisticsobjdef(s.oid),
           'target', CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END,
           'uses', ${usedColumns('pg_statistic_ext', 's.oid')},
           'comment', ${comment('s.oid', 'pg_statistic_ext')}, 'owner', pg_get_userbyid(s.stxowner)) ORDER BY s.stxname)
    FROM pg_statistic_ext s JOIN pg_namespace sn ON sn.oid = s.stxnamespace WHERE s.stxrelid = t.oid`;

const publications = `
  SELECT json_agg(json_build_object('name', p.pubname, 'owned', pg_has_role(p.pubowner, 'USAGE'),
           'columns', (SELECT json_agg(a.attname ORDER BY a.attnum) FROM unnest(r.prattrs::int2[]) AS k(attnum)
                         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum),
           'filter', pg_get_expr(r.prqual, r.prrelid)) ORDER BY p.pubname)
    FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = t.oid`;

const views = `
  WITH RECURSIVE above(oid, depth) AS (
      SELECT r.ev_class, 1
        FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
       WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
         AND r.ev_class <> t.oid AND r.rulename = '_RETURN'
    UNION
      SELECT r.ev_class, above.depth + 1
        FROM above
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = above.oid
        JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> above.oid AND r.rulename = '_RETURN'
        JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v')
  SELECT json_agg(json_build_object('oid', v.oid::int8, 'schema', vn.nspname, 'name', v.relname,
           'owner', pg_get_userbyid(v.relowner), 'owned', pg_has_role(v.relowner, 'USAGE'),
           'definition', pg_get_viewdef(v.oid), 'options', coalesce(to_json(v.reloptions), '[]'::json),
           'uses', (SELECT coalesce(json_agg(DISTINCT a.attname), '[]'::json) FROM pg_rewrite r
                JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                 AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid > 0
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
               WHERE r.ev_class = v.oid),
           'direct', b.direct, 'depth', b.depth) ORDER BY b.depth, v.oid)
    FROM (SELECT oid, max(depth) AS depth, bool_or(depth = 1) AS direct FROM above GROUP BY oid) b
    JOIN pg_class v ON v.oid = b.oid JOIN pg_namespace vn ON vn.oid = v.relnamespace`;

/**
 * Everything that refers to the relation by its identity, less what a rename swap carries over. It starts from pg_depend rather than
 * from a list of kinds of object, so that a kind that is not thought of here pins the table instead of being stranded.
 */
const pins = `
  SELECT json_agg(DISTINCT description) FROM (
      SELECT CASE WHEN d.classid = 'pg_rewrite'::regclass
                  THEN pg_describe_object('pg_class'::regclass, r.ev_class, 0)
                  ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END AS description
        FROM pg_depend d
        LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
        LEFT JOIN pg_class rc ON rc.oid = r.ev_class
       WHERE ((d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid)
              OR (d.refclassid = 'pg_type'::regclass
                  AND d.refobjid IN (t.reltype, (SELECT typarray FROM pg_type WHERE oid = t.reltype))))
         AND NOT (d.classid = 'pg_type'::regclass AND d.objid IN (t.reltype, (SELECT typarray FROM pg_type WHERE oid = t.reltype)))
         AND NOT (d.classid = 'pg_class'::regclass AND d.objid = t.oid)
         AND NOT (d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
                  AND EXISTS (SELECT FROM pg_class o WHERE o.oid = d.objid AND o.relkind IN ('i', 'S', 't')))
         AND NOT (d.classid = 'pg_attrdef'::regclass AND EXISTS (SELECT FROM pg_attrdef o WHERE o.oid = d.objid AND o.adrelid = t.oid))
         AND NOT (d.classid = 'pg_constraint'::regclass AND EXISTS (SELECT FROM pg_constraint o WHERE o.oid = d.objid AND o.conrelid = t.oid))
         AND NOT (d.classid = 'pg_trigger'::regclass AND EXISTS (SELECT FROM pg_trigger o WHERE o.oid = d.objid AND (o.tgrelid = t.oid OR o.tgisinternal)))
         AND NOT (d.classid = 'pg_policy'::regclass AND EXISTS (SELECT FROM pg_policy o WHERE o.oid = d.objid AND o.polrelid = t.oid))
         AND NOT (d.classid = 'pg_statistic_ext'::regclass)
         AND NOT (d.classid = 'pg_publication_rel'::regclass)
         AND NOT (r.oid IS NOT NULL AND r.ev_class = t.oid)
         AND NOT (r.oid IS NOT NULL AND rc.relkind = 'v' AND rc.relpersistence <> 't' AND d.refclassid = 'pg_class'::regclass)
    UNION ALL
      SELECT 'child table ' || ${qualified('cn.nspname', 'cc.relname')}
        FROM pg_inherits h JOIN pg_class cc ON cc.oid = h.inhrelid JOIN pg_namespace cn ON cn.oid = cc.relnamespace
       WHERE h.inhparent = t.oid
    UNION ALL
      SELECT 'parent table ' || ${qualified('cn.nspname', 'cc.relname')}
        FROM pg_inherits h JOIN pg_class cc ON cc.oid = h.inhparent JOIN pg_namespace cn ON cn.oid = cc.relnamespace
       WHERE h.inhrelid = t.oid
    UNION ALL
      SELECT 'type ' || format_type(t.reloftype, NULL) || ' that it is a table of' WHERE t.reloftype <> 0
    UNION ALL
      SELECT 'extension ' || e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
       WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    UNION ALL
      SELECT 'security label of ' || l.provider FROM pg_seclabel l WHERE l.classoid = 'pg_class'::regclass AND l.objoid = t.oid
    UNION ALL
      SELECT pg_describe_object(d2.classid, d2.objid, d2.objsubid) || ' (uses identity sequence ' || s.relname || ')'
        FROM pg_depend d1 JOIN pg_class s ON s.oid = d1.objid AND s.relkind = 'S'
        JOIN pg_depend d2 ON d2.refclassid = 'pg_class'::regclass AND d2.refobjid = s.oid
       WHERE d1.classid = 'pg_class'::regclass AND d1.refclassid = 'pg_class'::regclass AND d1.refobjid = t.oid AND d1.deptype = 'i'
    UNION ALL
      SELECT 'publication ' || p.pubname || ' of another owner' FROM pg_publication_rel pr JOIN pg_publication p ON p.oid = pr.prpubid
       WHERE pr.prrelid = t.oid AND NOT pg_has_role(p.pubowner, 'USAGE')
  ) pinned(description)`;

const list = (query: string): string => `coalesce((${query}), '[]'::json)`;

/** One row with one JSON column, `relation`; $1 is the schema, $2 the name. Runs with `search_path = pg_catalog`, on 15 and later. */
export const relationQuery = `
SELECT json_build_object(
    'schema', n.nspname, 'name', t.relname, 'displayName', ${qualified('n.nspname', 't.relname')}, 'oid', t.oid::int8, 'kind', t.relkind,
    'owner', pg_get_userbyid(t.relowner), 'owned', pg_has_role(t.relowner, 'USAGE'),
    'persistence', t.relpersistence,
    'accessMethod', (SELECT amname FROM pg_am WHERE oid = t.relam),
    'tablespace', (SELECT spcname FROM pg_tablespace WHERE oid = t.reltablespace),
    'options', coalesce(to_json(t.reloptions), '[]'::json),
    'toastOptions', coalesce((SELECT to_json(o.reloptions) FROM pg_class o WHERE o.oid = t.reltoastrelid), '[]'::json),
    'comment', ${comment('t.oid', 'pg_class')},
    'rowSecurity', t.relrowsecurity, 'forceRowSecurity', t.relforcerowsecurity,
    'replicaIdentity', t.relreplident,
    'estimatedRows', t.reltuples,
    'totalBytes', CASE WHEN t.relkind IN ('r', 'm') THEN pg_total_relation_size(t.oid) ELSE 0 END,
    'grants', CASE WHEN t.relacl IS NULL THEN NULL ELSE ${grants('t.relacl')} END,
    'columns', ${list(columns)},
    'constraints', ${list(constraints)},
    'indexes', ${list(indexes)},
    'triggers', ${list(triggers)},
    'rules', ${list(rules)},
    'policies', ${list(policies)},
    'sequences', ${list(sequences)},
    'statistics', ${list(statistics)},
    'publications', ${list(publications)},
    'views', ${list(views)},
    'pins', ${list(pins)}) AS relation
  FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE n.nspname = $1 AND t.relname = $2`;
