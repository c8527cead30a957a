import type { IndexConfig } from '../config/resolved.ts';
import { displayIdentifier, quoteIdentifier, quoteRelation, suffixedIdentifier } from '../postgres/identifiers.ts';
import { withoutColumns, type Index, type OwnedSequence, type Relation } from '../postgres/relation.ts';
import type { Staging, TargetColumn, TargetTable } from './target-table.ts';

/**
 * The SQL that makes the staging table: the live table's twin, column by column, with everything that must be there while rows
 * arrive (types, defaults, NOT NULL, checks, computed columns) at first, and everything that is cheaper or only possible
 * afterwards (indexes, keys, foreign keys, statistics) in a second part. Pure functions of the description.
 */

/** What of the live table the next generation keeps. */
function keptOf(table: TargetTable): Relation | null {
  return table.live === null ? null : withoutColumns(table.live, table.dropped);
}

/** Statements that create the table, ready for COPY. */
export function createStagingStatements(table: TargetTable, staging: Staging): string[] {
  const live = keptOf(table);
  const name = quoteRelation(staging.relation);
  const notNullNames = new Map(
    (live?.constraints ?? [])
      .filter(({ type, validated }) => type === 'n' && validated)
      .flatMap((constraint) => constraint.columns.map((column) => [column, constraint.name] as const)),
  );
  const lateNotNull = new Set(
    (live?.constraints ?? [])
      .filter(({ type, validated }) => type === 'n' && !validated)
      .flatMap(({ columns }) => columns),
  );
  const columns = table.columns.map((column) => {
    const notNull = column.live?.notNull === true && !lateNotNull.has(column.name);
    return columnDefinition(column, notNull ? (notNullNames.get(column.name) ?? true) : false, live);
  });
  const using = live?.accessMethod != null ? ` USING ${quoteIdentifier(live.accessMethod)}` : '';
  const tablespace = live?.tablespace != null ? ` TABLESPACE ${quoteIdentifier(live.tablespace)}` : '';
  const unlogged = live?.persistence === 'u' ? 'UNLOGGED ' : '';
  const statements = [
    `CREATE ${unlogged}TABLE ${name} (\n  ${columns.join(',\n  ')}\n)${using} WITH (${withoutAutovacuum.join(', ')})${tablespace}`,
  ];
  for (const column of table.columns) {
    const { live: from } = column;
    if (from === null) continue;
    const alter = `ALTER TABLE ${name} ALTER COLUMN ${quoteIdentifier(column.name)}`;
    if (from.storageSet) statements.push(`${alter} SET STORAGE ${storageNames[from.storage] ?? 'EXTENDED'}`);
    if (from.statisticsTarget !== null) statements.push(`${alter} SET STATISTICS ${from.statisticsTarget}`);
    if (from.options.length > 0) statements.push(`${alter} SET (${from.options.map(formatOption).join(', ')})`);
  }
  for (const constraint of live?.constraints ?? []) {
    if (constraint.type === 'c' && constraint.validated) {
      statements.push(
        `ALTER TABLE ${name} ADD CONSTRAINT ${quoteIdentifier(constraint.name)} ${constraint.definition}`,
      );
    }
  }
  return statements;
}

/**
 * An autovacuum of the freshly filled table would hold a lock that the swap needs, and give it up only after deadlock_timeout (1 s),
 * longer than the swap waits. The swap takes the options off again.
 */
const withoutAutovacuum = ['autovacuum_enabled = off', 'toast.autovacuum_enabled = off'];

/** Takes off what only a staging table has. */
export function resetStagingOptions(name: string): string {
  return `ALTER TABLE ${name} RESET (autovacuum_enabled, toast.autovacuum_enabled)`;
}

const storageNames: Readonly<Record<string, string>> = { p: 'PLAIN', e: 'EXTERNAL', m: 'MAIN', x: 'EXTENDED' };
const compressionNames: Readonly<Record<string, string>> = { p: 'pglz', l: 'lz4' };

function columnDefinition(column: TargetColumn, notNull: string | boolean, live: Relation | null): string {
  const { live: from, generated } = column;
  const parts = [quoteIdentifier(column.name), column.type];
  const compression = compressionNames[from?.compression ?? ''];
  if (compression !== undefined) parts.push(`COMPRESSION ${compression}`);
  if (from?.collation != null) parts.push(`COLLATE ${from.collation}`);
  if (generated !== null) {
    parts.push(`GENERATED ALWAYS AS (${generated.expression}) ${generated.virtual ? 'VIRTUAL' : 'STORED'}`);
  } else if (from?.identity !== undefined && from.identity !== '') {
    const sequence = live?.sequences.find(({ identity, column: owner }) => identity && owner === column.name);
    const options = sequence === undefined ? '' : ` (${sequenceOptions(sequence)})`;
    parts.push(`GENERATED ${from.identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY${options}`);
  } else if (from?.default != null) {
    parts.push(`DEFAULT ${from.default}`);
  }
  if (notNull === true) parts.push('NOT NULL');
  else if (typeof notNull === 'string') parts.push(`CONSTRAINT ${quoteIdentifier(notNull)} NOT NULL`);
  return parts.join(' ');
}

function sequenceOptions(sequence: OwnedSequence): string {
  return [
    `INCREMENT BY ${sequence.increment}`,
    `MINVALUE ${sequence.minimum}`,
    `MAXVALUE ${sequence.maximum}`,
    `START WITH ${sequence.start}`,
    `CACHE ${sequence.cache}`,
    sequence.cycle ? 'CYCLE' : 'NO CYCLE',
  ].join(' ');
}

/** `fillfactor=70` of the catalog, as SQL. */
export function formatOption(option: string): string {
  const at = option.indexOf('=');
  return at < 0 ? option : `${option.slice(0, at)} = '${option.slice(at + 1).replaceAll("'", "''")}'`;
}

/** An index to build on the staging table, under a name of its own until the swap gives it the one it is known by. */
export interface StagingIndex {
  readonly stagingName: string;
  readonly finalName: string;
  /** Builds it, and the constraint that it carries. */
  readonly statements: readonly string[];
  /** For people: `btree (circuit_id)`. */
  readonly description: string;
}

/** The indexes, in the order in which they should be built: those of the live table, then the new ones. */
export function stagingIndexes(table: TargetTable, staging: Staging): StagingIndex[] {
  const name = quoteRelation(staging.relation);
  const numbered = (index: number): string => suffixedIdentifier(staging.relation.name, `_i${index}`);
  const result: StagingIndex[] = (keptOf(table)?.indexes ?? []).map((index, position) => {
    const stagingName = numbered(position);
    return {
      stagingName,
      finalName: index.name,
      statements: adoptedIndexStatements(index, stagingName, name),
      description: adoptedIndexDescription(index),
    };
  });
  if (table.primaryKey.length > 0) {
    const stagingName = numbered(result.length);
    const columns = table.primaryKey.map(quoteIdentifier).join(', ');
    const displayed = table.primaryKey.map(displayIdentifier).join(', ');
    result.push({
      stagingName,
      finalName: suffixedIdentifier(table.relation.name, '_pkey'),
      statements: [`ALTER TABLE ${name} ADD CONSTRAINT ${quoteIdentifier(stagingName)} PRIMARY KEY (${columns})`],
      description: `primary key (${displayed})`,
    });
  }
  const taken = new Set(result.map(({ finalName }) => finalName));
  for (const index of table.newIndexes) {
    const stagingName = numbered(result.length);
    const finalName = uniqueName(index.name ?? configIndexName(table.relation.name, index), taken);
    taken.add(finalName);
    const body = configIndexBody(index);
    const unique = index.unique ? 'UNIQUE ' : '';
    result.push({
      stagingName,
      finalName,
      statements: [`CREATE ${unique}INDEX ${quoteIdentifier(stagingName)} ON ${name} ${body}`],
      description: `${unique.toLowerCase()}${plainIndexBody(configIndexBody(index, displayIdentifier))}`,
    });
  }
  return result;
}

function adoptedIndexStatements(index: Index, stagingName: string, table: string): string[] {
  const quoted = quoteIdentifier(stagingName);
  const { constraint } = index;
  const tablespace = `SET LOCAL default_tablespace = '${(index.tablespace ?? '').replaceAll("'", "''")}'`;
  const statements: string[] = index.tablespace === null ? [] : [tablespace];
  if (constraint !== null && (constraint.type === 'x' || constraint.definition.includes('WITHOUT OVERLAPS'))) {
    statements.push(`ALTER TABLE ${table} ADD CONSTRAINT ${quoted} ${constraint.definition}`);
  } else {
    statements.push(`CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${quoted} ON ${table} ${index.body}`);
    if (constraint !== null) {
      const kind = constraint.type === 'p' ? 'PRIMARY KEY' : 'UNIQUE';
      statements.push(
        `ALTER TABLE ${table} ADD CONSTRAINT ${quoted} ${kind} USING INDEX ${quoted}${constraint.suffix}`,
      );
    }
  }
  if (index.tablespace !== null) statements.push(`SET LOCAL default_tablespace = ''`);
  for (const { attribute, target } of index.statisticsTargets) {
    statements.push(`ALTER INDEX ${qualifiedBeside(table, quoted)} ALTER COLUMN ${attribute} SET STATISTICS ${target}`);
  }
  if (index.clustered) statements.push(`ALTER TABLE ${table} CLUSTER ON ${quoted}`);
  if (index.replicaIdentity) statements.push(`ALTER TABLE ${table} REPLICA IDENTITY USING INDEX ${quoted}`);
  return statements;
}

/** An index is in the schema of its table. */
function qualifiedBeside(table: string, quotedIndex: string): string {
  const schema = /^"(?:[^"]|"")*"/.exec(table)?.[0];
  return schema === undefined ? quotedIndex : `${schema}.${quotedIndex}`;
}

/** The indexes that the configuration adds to a live table which stays. */
export function newIndexStatements(table: TargetTable): string[] {
  const taken = new Set((table.live?.indexes ?? []).map(({ name }) => name));
  return table.newIndexes.map((index) => {
    const name = uniqueName(index.name ?? configIndexName(table.relation.name, index), taken);
    taken.add(name);
    const unique = index.unique ? 'UNIQUE ' : '';
    return `CREATE ${unique}INDEX ${quoteIdentifier(name)} ON ${quoteRelation(table.relation)} ${configIndexBody(index)}`;
  });
}

/** The name that Postgres would choose: table, columns, `idx`. */
function configIndexName(table: string, index: IndexConfig): string {
  const parts = index.elements.map(({ kind, value }) => (kind === 'column' ? value : 'expr'));
  return suffixedIdentifier([table, ...parts].join('_'), index.unique ? '_key' : '_idx');
}

function uniqueName(name: string, taken: ReadonlySet<string>): string {
  let candidate = name;
  for (let count = 1; taken.has(candidate); count += 1) candidate = suffixedIdentifier(name, String(count));
  return candidate;
}

/** As new indexes are described: `primary key (id)`, `unique btree (name)`. */
function adoptedIndexDescription({ body, unique, constraint }: Index): string {
  if (constraint?.type === 'p') return `primary key ${body.replace(/^USING btree /, '')}`;
  return `${unique ? 'unique ' : ''}${plainIndexBody(body)}`;
}

function plainIndexBody(body: string): string {
  return body.replace(/^USING /, '');
}

function configIndexBody(index: IndexConfig, name: (identifier: string) => string = quoteIdentifier): string {
  const elements = index.elements.map((element) =>
    [
      element.kind === 'column' ? name(element.value) : `(${element.value})`,
      element.operatorClass,
      element.order?.toUpperCase(),
      element.nulls === undefined ? undefined : `NULLS ${element.nulls.toUpperCase()}`,
    ]
      .filter((part) => part !== undefined)
      .join(' '),
  );
  const include = index.include.length === 0 ? '' : ` INCLUDE (${index.include.map(name).join(', ')})`;
  const where = index.where === undefined ? '' : ` WHERE (${index.where})`;
  return `USING ${name(index.method)} (${elements.join(', ')})${include}${where}`;
}

/** Whether the live table already has what the configuration asks for, by name or by what it is over. */
export function hasIndex(live: Relation, index: IndexConfig): boolean {
  const name = index.name ?? configIndexName(live.name, index);
  const columns = index.elements.every(({ kind }) => kind === 'column')
    ? index.elements.map(({ value }) => value)
    : null;
  return live.indexes.some(
    (existing) =>
      existing.name === name ||
      (columns !== null &&
        existing.columns !== null &&
        existing.method === index.method &&
        existing.unique === index.unique &&
        (existing.predicate === null) === (index.where === undefined) &&
        existing.columns.length === columns.length &&
        existing.columns.every((column, position) => column === columns[position])),
  );
}

/** A statement that finishes a staging table. */
export interface FinishingStatement {
  readonly statement: string;
  /** It takes a lock on a table that others write to: the one that a foreign key refers to. */
  readonly locksAnother: boolean;
}

/** What the live table has beyond indexes and what must wait until rows are there. */
export function finishStagingStatements(table: TargetTable, staging: Staging): FinishingStatement[] {
  const name = quoteRelation(staging.relation);
  const live = keptOf(table);
  const statements: FinishingStatement[] = [];
  const add = (statement: string, locksAnother = false): void => {
    statements.push({ statement, locksAnother });
  };
  for (const column of table.columns) {
    if (column.generated?.plainAfterLoad !== true) continue;
    const alter = `ALTER TABLE ${name} ALTER COLUMN ${quoteIdentifier(column.name)}`;
    add(`${alter} DROP EXPRESSION`);
    if (column.live?.default != null) add(`${alter} SET DEFAULT ${column.live.default}`);
  }
  if (live === null) return statements;
  const liveName = live.displayName;
  for (const constraint of live.constraints) {
    const addConstraint = `ALTER TABLE ${name} ADD CONSTRAINT ${quoteIdentifier(constraint.name)}`;
    if ((constraint.type === 'c' || constraint.type === 'n') && !constraint.validated) {
      add(`${addConstraint} ${constraint.definition}`);
    }
    if (constraint.type === 'f') {
      // A table that refers to itself must refer to its own generation.
      const definition = constraint.definition.replace(`REFERENCES ${liveName}(`, `REFERENCES ${name}(`);
      // NOT VALID first and VALIDATE after it, which does not keep writers of the other table waiting.
      add(`${addConstraint} ${definition}${constraint.validated ? ' NOT VALID' : ''}`, true);
      if (constraint.validated) add(`ALTER TABLE ${name} VALIDATE CONSTRAINT ${quoteIdentifier(constraint.name)}`);
    }
  }
  for (const [position, statistics] of live.statistics.entries()) {
    const own = quoteRelation({ schema: staging.relation.schema, name: stagingStatisticsName(staging, position) });
    add(`CREATE STATISTICS ${own} ${statisticsBody(statistics.definition, liveName)} FROM ${name}`);
    if (statistics.target !== null) add(`ALTER STATISTICS ${own} SET STATISTICS ${statistics.target}`);
  }
  if (live.replicaIdentity === 'f') add(`ALTER TABLE ${name} REPLICA IDENTITY FULL`);
  if (live.replicaIdentity === 'n') add(`ALTER TABLE ${name} REPLICA IDENTITY NOTHING`);
  return statements;
}

/** Extended statistics cannot move with their table: they get the name of the generation, and at the swap their own. */
export function stagingStatisticsName(staging: Staging, position: number): string {
  return suffixedIdentifier(staging.relation.name, `_s${position}`);
}

/** `(ndistinct) ON a, b` of `CREATE STATISTICS x.s (ndistinct) ON a, b FROM x.t`. */
function statisticsBody(definition: string, table: string): string {
  const body = definition.slice(0, definition.length - ` FROM ${table}`.length);
  return (
    /^CREATE STATISTICS (?:"(?:[^"]|"")*"|[^".\s]+)\.(?:"(?:[^"]|"")*"|[^".\s]+) ([\s\S]*)$/.exec(body)?.[1] ?? body
  );
}
