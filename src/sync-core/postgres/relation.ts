import type { RelationName } from '../config/resolved.ts';
import type { Transaction } from './session.ts';
import { relationQuery } from './relation-query.ts';

/**
 * A relation and all that hangs on it, as the catalog has it. Every SQL fragment is schema-qualified (it is read with
 * `search_path = pg_catalog`), so that it can be run again under any path.
 */
export interface Relation extends RelationName {
  readonly oid: number;
  /** Qualified, each part quoted only where the server's own definitions would quote it. */
  readonly displayName: string;
  /** `r` table, `p` partitioned table, `v` view, `m` materialized view, `f` foreign table. */
  readonly kind: string;
  readonly owner: string;
  /** The session's role may act as the owner. */
  readonly owned: boolean;
  /** `p` permanent, `u` unlogged, `t` temporary. */
  readonly persistence: string;
  readonly accessMethod: string | null;
  readonly tablespace: string | null;
  readonly options: readonly string[];
  readonly toastOptions: readonly string[];
  readonly comment: string | null;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  /** `d` default, `n` nothing, `f` full, `i` index. */
  readonly replicaIdentity: string;
  /** Estimate of the last ANALYZE or VACUUM; -1 when there was none. */
  readonly estimatedRows: number;
  /** Table, indexes and TOAST, in bytes. */
  readonly totalBytes: number;
  /** Null where the default privileges stand. */
  readonly grants: readonly Grant[] | null;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
  readonly triggers: readonly Trigger[];
  readonly rules: readonly Rule[];
  readonly policies: readonly Policy[];
  readonly sequences: readonly OwnedSequence[];
  readonly statistics: readonly Statistics[];
  readonly publications: readonly Publication[];
  /** Views whose definition names the relation, and those above them, nearest first. */
  readonly views: readonly DependentView[];
  /** What else depends on this very relation, described by the server (`materialized view public.m`): a rename would strand it. */
  readonly pins: readonly string[];
}

export interface Grant {
  readonly grantee: string;
  readonly grantor: string;
  /** The session's role may act as the grantor, and so grant again in its name. */
  readonly actable: boolean;
  readonly privilege: string;
  readonly grantable: boolean;
}

export interface Column {
  readonly name: string;
  /** With its modifier: `varchar(32)`, `public.geometry(Point,4326)`. */
  readonly type: string;
  readonly notNull: boolean;
  /** Default or generation expression. */
  readonly default: string | null;
  /** `a` always, `d` by default, empty for none. */
  readonly identity: string;
  /** `s` stored, `v` virtual, empty for a plain column. */
  readonly generated: string;
  /** Qualified, null for the type's own. */
  readonly collation: string | null;
  readonly storage: string;
  /** True where the storage is not the type's own. */
  readonly storageSet: boolean;
  readonly compression: string;
  readonly statisticsTarget: number | null;
  readonly options: readonly string[];
  readonly comment: string | null;
  readonly grants: readonly Grant[];
}

export interface Constraint {
  readonly name: string;
  /** `c` check, `f` foreign key, `n` not null (18 and later), `p` primary key, `u` unique, `x` exclusion, `t` trigger. */
  readonly type: string;
  readonly definition: string;
  readonly validated: boolean;
  readonly comment: string | null;
  /** The columns that it is about. */
  readonly columns: readonly string[];
}

export interface Index {
  readonly name: string;
  readonly definition: string;
  /** What the definition says after the table's name: `USING btree (a)`. */
  readonly body: string;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly valid: boolean;
  readonly clustered: boolean;
  readonly replicaIdentity: boolean;
  readonly tablespace: string | null;
  readonly comment: string | null;
  readonly bytes: number;
  /** Type (`p`, `u`, `x`) and definition of the constraint that the index carries. */
  readonly constraint: {
    readonly name: string;
    readonly type: string;
    readonly definition: string;
    readonly suffix: string;
  } | null;
  /** Every column that it refers to, in keys, expressions, INCLUDE or predicate. */
  readonly uses: readonly string[];
  /** Plain key columns in order; null where one is an expression. */
  readonly columns: readonly string[] | null;
  readonly method: string;
  readonly predicate: string | null;
  /** Statistics targets of expression columns, by attribute number. */
  readonly statisticsTargets: readonly { readonly attribute: number; readonly target: number }[];
}

export interface Trigger {
  readonly name: string;
  readonly definition: string;
  /** `O` enabled, `D` disabled, `R` replica, `A` always. */
  readonly enabled: string;
  readonly comment: string | null;
}

export interface Rule {
  readonly name: string;
  readonly definition: string;
  readonly enabled: string;
  readonly comment: string | null;
}

export interface Policy {
  readonly name: string;
  readonly permissive: boolean;
  readonly command: string;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
  readonly comment: string | null;
}

export interface OwnedSequence extends RelationName {
  readonly column: string;
  /** It belongs to an identity column (and goes with it) rather than to a `serial`. */
  readonly identity: boolean;
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle: boolean;
  /** Null where no value has been taken yet. */
  readonly lastValue: string | null;
  readonly comment: string | null;
  readonly grants: readonly Grant[] | null;
}

export interface Statistics extends RelationName {
  readonly definition: string;
  readonly target: number | null;
  readonly uses: readonly string[];
  readonly comment: string | null;
  readonly owner: string;
}

export interface Publication {
  readonly name: string;
  readonly owned: boolean;
  readonly columns: readonly string[] | null;
  readonly filter: string | null;
}

export interface DependentView extends RelationName {
  readonly oid: number;
  readonly owner: string;
  /** The session's role may replace it. */
  readonly owned: boolean;
  readonly definition: string;
  readonly options: readonly string[];
  /** The relation's columns that the view itself names; empty where it only names other views. */
  readonly uses: readonly string[];
  /** Names the relation itself, and so must be rebound. */
  readonly direct: boolean;
  /** The longest way from the relation up to the view. */
  readonly depth: number;
}

/**
 * The relation and all that hangs on it, in one statement and so of one moment; undefined where there is none of that name.
 * @param transaction with `search_path = pg_catalog`.
 */
export async function describeRelation(transaction: Transaction, name: RelationName): Promise<Relation | undefined> {
  const rows = await transaction.query<RelationRow>(relationQuery, [name.schema, name.name]);
  return rows[0]?.relation ?? undefined;
}

/**
 * {@link describeRelation} of several relations, or of one at several moments: planning its query, which is most of its time, is done
 * once, with the first.
 */
export async function relationDescriber(
  transaction: Transaction,
): Promise<(name: RelationName) => Promise<Relation | undefined>> {
  const run = await transaction.prepare<RelationRow>(relationQuery);
  return async ({ schema, name }) => (await run([schema, name]))[0]?.relation ?? undefined;
}

interface RelationRow {
  readonly relation: Relation | null;
}

/**
 * The relation's structure as text, equal for two descriptions between which nothing was altered. Leaves out what changes
 * by itself: sizes, estimates, sequence positions. Also the text of views: the server writes it with the names that their tables have
 * at that moment, and one of those may be in the middle of a swap of its own.
 */
export function structureOf(relation: Relation): string {
  const views = relation.views.map(({ definition: _, ...view }) => view);
  return JSON.stringify({ ...relation, views }, (key, value: unknown) => (volatileKeys.has(key) ? undefined : value));
}

const volatileKeys = new Set(['estimatedRows', 'totalBytes', 'bytes', 'lastValue']);

/**
 * The relation less some columns, and less the indexes, constraints and statistics that are over one of them, as
 * `ALTER TABLE … DROP COLUMN` would leave it.
 */
export function withoutColumns(relation: Relation, dropped: readonly string[]): Relation {
  if (dropped.length === 0) return relation;
  const gone = new Set(dropped);
  const stays = (uses: readonly string[]): boolean => !uses.some((name) => gone.has(name));
  return {
    ...relation,
    columns: relation.columns.filter(({ name }) => !gone.has(name)),
    constraints: relation.constraints.filter(({ columns }) => stays(columns)),
    indexes: relation.indexes.filter(({ uses }) => stays(uses)),
    statistics: relation.statistics.filter(({ uses }) => stays(uses)),
    sequences: relation.sequences.filter(({ column }) => !gone.has(column)),
  };
}

/**
 * What depends on columns of the relation and does not go with them: views, policies, triggers, publications, generated columns.
 * @returns descriptions by the server, with the column's name.
 */
export async function columnDependents(
  transaction: Transaction,
  relation: Relation,
  columns: readonly string[],
): Promise<readonly { readonly column: string; readonly dependent: string }[]> {
  return transaction.query<{ column: string; dependent: string }>(
    `SELECT DISTINCT a.attname AS column,
            CASE WHEN r.ev_class <> a.attrelid THEN pg_describe_object('pg_class'::regclass, r.ev_class, 0)
                 ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END AS dependent
       FROM pg_attribute a
       JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
       LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
      WHERE a.attrelid = $1::oid AND a.attname = ANY ($2::text[])
        AND d.classid NOT IN ('pg_class'::regclass, 'pg_constraint'::regclass, 'pg_statistic_ext'::regclass)
        AND NOT (d.classid = 'pg_attrdef'::regclass AND EXISTS (SELECT FROM pg_attrdef f WHERE f.oid = d.objid AND f.adnum = a.attnum))
      ORDER BY 1, 2`,
    [relation.oid, columns],
  );
}
