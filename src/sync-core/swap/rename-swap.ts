import type { RelationName } from '../config/resolved.ts';
import type { StoredGeneration } from '../ledger/ledger.ts';
import { quoteIdentifier, quoteLiteral, quoteRelation, suffixedIdentifier } from '../postgres/identifiers.ts';
import { withoutColumns, type Grant, type OwnedSequence, type Relation } from '../postgres/relation.ts';
import type { Transaction } from '../postgres/session.ts';
import { formatOption, resetStagingOptions, stagingStatisticsName, type StagingIndex } from '../stage/staging-table.ts';
import type { Staging, TargetTable } from '../stage/target-table.ts';
import type { SwapRequest } from './swap.ts';

/**
 * The SQL of a rename swap, as pure functions of what the catalog says of the live and of the staging table. All of it runs in
 * one transaction: readers see the old generation until it commits, and the new one with everything in place after.
 */

/** What the statements are made from. */
export interface RenameSwap {
  readonly table: TargetTable;
  readonly staging: Staging;
  /** The staging table as the catalog has it, with its indexes built. */
  readonly staged: Relation;
  readonly indexes: readonly StagingIndex[];
  /** Where the live table goes; its name must be free. */
  readonly retired: RelationName;
}

/** Puts the staging table in the live one's place. The live one is kept as it is, under another name. */
export async function renameInto(
  transaction: Transaction,
  request: SwapRequest,
  live: Relation | null,
  staged: Relation,
): Promise<StoredGeneration | null> {
  const { table, staging, indexes, retired } = request;
  await transaction.run(renameStatements({ table: { ...table, live }, staging, staged, indexes, retired }));
  return live === null ? null : { relation: retired, kind: 'table', structure: live };
}

/**
 * Locks, outermost first: the views that will be rebound, then the table. A reader of a view locks it before the table, so the
 * other order could deadlock. There is no LOCK for a view alone (it recurses into every table below it); setting the owner
 * that the view already has takes the same lock and changes nothing.
 */
export function lockForRename(live: Relation): string[] {
  const views = live.views.filter(({ direct }) => direct).toSorted((a, b) => b.depth - a.depth);
  return [
    ...views.map((view) => `ALTER VIEW ${quoteRelation(view)} OWNER TO ${quoteIdentifier(view.owner)}`),
    `LOCK TABLE ${quoteRelation(live)} IN ACCESS EXCLUSIVE MODE`,
  ];
}

/** Makes the staging table the live one. */
export function renameStatements(swap: RenameSwap): string[] {
  const { live } = swap.table;
  return live === null
    ? promoteStatements(swap)
    : [
        ...retireStatements(live, swap.retired),
        ...promoteStatements(swap),
        ...keepStatements(swap, withoutColumns(live, swap.table.dropped)),
      ];
}

/** The names that a retired table's indexes, statistics and identity sequences have: they are unique in a schema. */
export function retiredNames(retired: RelationName): {
  index(position: number): string;
  statistics(position: number): string;
  sequence(position: number): string;
} {
  return {
    index: (position) => suffixedIdentifier(retired.name, `_i${position}`),
    statistics: (position) => suffixedIdentifier(retired.name, `_s${position}`),
    sequence: (position) => suffixedIdentifier(retired.name, `_q${position}`),
  };
}

/** Moves the live table out of the way, and everything whose name is one of the schema's with it. */
export function retireStatements(live: Relation, retired: RelationName): string[] {
  const name = quoteRelation(live);
  const names = retiredNames(retired);
  const statements: string[] = [];
  for (const publication of live.publications) {
    statements.push(`ALTER PUBLICATION ${quoteIdentifier(publication.name)} DROP TABLE ${name}`);
  }
  for (const constraint of live.constraints) {
    // An earlier generation must not keep rows of other tables from being deleted.
    if (constraint.type === 'f') {
      statements.push(`ALTER TABLE ${name} DROP CONSTRAINT ${quoteIdentifier(constraint.name)}`);
    }
  }
  for (const [position, sequence] of live.sequences.entries()) {
    const alter = `ALTER SEQUENCE ${quoteRelation(sequence)}`;
    statements.push(
      sequence.identity ? `${alter} RENAME TO ${quoteIdentifier(names.sequence(position))}` : `${alter} OWNED BY NONE`,
    );
  }
  for (const [position, index] of live.indexes.entries()) {
    statements.push(renameIndex(live.schema, index.name, names.index(position)));
  }
  for (const [position, statistics] of live.statistics.entries()) {
    const own = { schema: statistics.schema, name: names.statistics(position) };
    statements.push(`ALTER STATISTICS ${quoteRelation(statistics)} RENAME TO ${quoteIdentifier(own.name)}`);
    if (own.schema !== retired.schema) {
      statements.push(`ALTER STATISTICS ${quoteRelation(own)} SET SCHEMA ${quoteIdentifier(retired.schema)}`);
    }
  }
  statements.push(`ALTER TABLE ${name} RENAME TO ${quoteIdentifier(retired.name)}`);
  if (retired.schema !== live.schema) {
    const renamed = { schema: live.schema, name: retired.name };
    statements.push(`ALTER TABLE ${quoteRelation(renamed)} SET SCHEMA ${quoteIdentifier(retired.schema)}`);
  }
  return statements;
}

/** Gives the staging table, its indexes and its statistics their place and their names. */
function promoteStatements({ table, staging, indexes }: RenameSwap): string[] {
  const { relation } = table;
  const statements: string[] = [];
  for (const index of indexes)
    statements.push(renameIndex(staging.relation.schema, index.stagingName, index.finalName));
  statements.push(`ALTER TABLE ${quoteRelation(staging.relation)} RENAME TO ${quoteIdentifier(relation.name)}`);
  if (staging.relation.schema !== relation.schema) {
    const renamed = { schema: staging.relation.schema, name: relation.name };
    statements.push(`ALTER TABLE ${quoteRelation(renamed)} SET SCHEMA ${quoteIdentifier(relation.schema)}`);
  }
  statements.push(resetStagingOptions(quoteRelation(relation)));
  return statements;
}

/** Gives the new table what the old one had that a table cannot have before it is in its place. */
function keepStatements(swap: RenameSwap, live: Relation): string[] {
  const { table, staging, staged } = swap;
  const name = quoteRelation(table.relation);
  const statements: string[] = [];
  if (staged.owner !== live.owner) statements.push(`ALTER TABLE ${name} OWNER TO ${quoteIdentifier(live.owner)}`);
  const options = live.options
    .map(formatOption)
    .concat(live.toastOptions.map((option) => `toast.${formatOption(option)}`));
  if (options.length > 0) statements.push(`ALTER TABLE ${name} SET (${options.join(', ')})`);
  statements.push(...sequenceStatements(swap, live));
  statements.push(...statisticsStatements(staging, live));
  statements.push(...commentStatements(swap, live));
  for (const trigger of live.triggers) {
    statements.push(trigger.definition);
    const state = triggerStates[trigger.enabled];
    if (state !== undefined) statements.push(`ALTER TABLE ${name} ${state} TRIGGER ${quoteIdentifier(trigger.name)}`);
    if (trigger.comment !== null) {
      statements.push(
        `COMMENT ON TRIGGER ${quoteIdentifier(trigger.name)} ON ${name} IS ${quoteLiteral(trigger.comment)}`,
      );
    }
  }
  for (const rule of live.rules) {
    statements.push(rule.definition.replace(/;\s*$/, ''));
    const state = triggerStates[rule.enabled];
    if (state !== undefined) statements.push(`ALTER TABLE ${name} ${state} RULE ${quoteIdentifier(rule.name)}`);
    if (rule.comment !== null) {
      statements.push(`COMMENT ON RULE ${quoteIdentifier(rule.name)} ON ${name} IS ${quoteLiteral(rule.comment)}`);
    }
  }
  statements.push(...policyStatements(live, name));
  statements.push(...viewStatements(live), ...publicationStatements(live, name));
  statements.push(...grantStatements(`TABLE ${name}`, live.owner, staged.grants, live.grants));
  for (const column of live.columns) {
    statements.push(...columnGrantStatements(name, live.owner, column.name, column.grants));
  }
  return statements;
}

/** What ALTER TABLE says of a trigger or rule that is not simply enabled. */
const triggerStates: Readonly<Record<string, string>> = { D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' };

export function renameIndex(schema: string, from: string, to: string): string {
  return `ALTER INDEX ${quoteRelation({ schema, name: from })} RENAME TO ${quoteIdentifier(to)}`;
}

/** Binds the views that name the table to the one that has its name now. Replacing keeps a view's identity, and so its grants and dependants. */
export function viewStatements(live: Relation): string[] {
  return live.views
    .filter(({ direct }) => direct)
    .map((view) => {
      const options = view.options.length === 0 ? '' : ` WITH (${view.options.map(formatOption).join(', ')})`;
      return `CREATE OR REPLACE VIEW ${quoteRelation(view)}${options} AS ${view.definition.replace(/;\s*$/, '')}`;
    });
}

/** Puts the table into the publications that the description lists. */
export function publicationStatements(described: Relation, name: string): string[] {
  return described.publications.map((publication) => {
    const columns = publication.columns === null ? '' : ` (${publication.columns.map(quoteIdentifier).join(', ')})`;
    const filter = publication.filter === null ? '' : ` WHERE (${publication.filter})`;
    return `ALTER PUBLICATION ${quoteIdentifier(publication.name)} ADD TABLE ${name}${columns}${filter}`;
  });
}

function sequenceStatements({ table, staged }: RenameSwap, live: Relation): string[] {
  const { relation } = table;
  const statements: string[] = [];
  for (const sequence of live.sequences) {
    const qualified = quoteRelation(sequence);
    if (!sequence.identity) {
      statements.push(
        `ALTER SEQUENCE ${qualified} OWNED BY ${quoteRelation(relation)}.${quoteIdentifier(sequence.column)}`,
      );
      continue;
    }
    const twin = staged.sequences.find(({ identity, column }) => identity && column === sequence.column);
    if (twin === undefined) continue;
    statements.push(
      `ALTER SEQUENCE ${quoteRelation({ schema: relation.schema, name: twin.name })} RENAME TO ${quoteIdentifier(sequence.name)}`,
    );
    statements.push(...sequenceStateStatements(sequence, live.owner, table, twin));
  }
  return statements;
}

function sequenceStateStatements(
  sequence: OwnedSequence,
  owner: string,
  table: TargetTable,
  twin: OwnedSequence,
): string[] {
  const qualified = quoteRelation(sequence);
  const statements: string[] = [];
  const filledBySource = table.columns.some(({ name, source }) => name === sequence.column && source !== null);
  if (filledBySource && sequence.lastValue !== null) {
    statements.push(`SELECT setval(${quoteLiteral(qualified)}, ${sequence.lastValue})`);
  }
  if (sequence.comment !== null)
    statements.push(`COMMENT ON SEQUENCE ${qualified} IS ${quoteLiteral(sequence.comment)}`);
  statements.push(...grantStatements(`SEQUENCE ${qualified}`, owner, twin.grants, sequence.grants));
  return statements;
}

function statisticsStatements(staging: Staging, live: Relation): string[] {
  return live.statistics.flatMap((statistics, position) => {
    const own = { schema: staging.relation.schema, name: stagingStatisticsName(staging, position) };
    const renamed = { schema: own.schema, name: statistics.name };
    const statements = [`ALTER STATISTICS ${quoteRelation(own)} RENAME TO ${quoteIdentifier(statistics.name)}`];
    if (own.schema !== statistics.schema) {
      statements.push(`ALTER STATISTICS ${quoteRelation(renamed)} SET SCHEMA ${quoteIdentifier(statistics.schema)}`);
    }
    statements.push(`ALTER STATISTICS ${quoteRelation(statistics)} OWNER TO ${quoteIdentifier(statistics.owner)}`);
    if (statistics.comment !== null) {
      statements.push(`COMMENT ON STATISTICS ${quoteRelation(statistics)} IS ${quoteLiteral(statistics.comment)}`);
    }
    return statements;
  });
}

function commentStatements({ table }: RenameSwap, live: Relation): string[] {
  const name = quoteRelation(table.relation);
  const kept = new Set(table.columns.map((column) => column.name));
  return [
    ...(live.comment === null ? [] : [`COMMENT ON TABLE ${name} IS ${quoteLiteral(live.comment)}`]),
    ...live.columns
      .filter((column) => column.comment !== null && kept.has(column.name))
      .map(
        (column) =>
          `COMMENT ON COLUMN ${name}.${quoteIdentifier(column.name)} IS ${quoteLiteral(column.comment ?? '')}`,
      ),
    ...live.constraints
      .filter(({ comment }) => comment !== null)
      .map(
        (constraint) =>
          `COMMENT ON CONSTRAINT ${quoteIdentifier(constraint.name)} ON ${name} IS ${quoteLiteral(constraint.comment ?? '')}`,
      ),
    ...live.indexes
      .filter(({ comment }) => comment !== null)
      .map(
        (index) =>
          `COMMENT ON INDEX ${quoteRelation({ schema: live.schema, name: index.name })} IS ${quoteLiteral(index.comment ?? '')}`,
      ),
  ];
}

function policyStatements(live: Relation, name: string): string[] {
  const statements = live.policies.flatMap((policy) => {
    const roles = policy.roles.map((role) => (role === 'PUBLIC' ? role : quoteIdentifier(role))).join(', ');
    const using = policy.using === null ? '' : ` USING (${policy.using})`;
    const check = policy.check === null ? '' : ` WITH CHECK (${policy.check})`;
    const create = `CREATE POLICY ${quoteIdentifier(policy.name)} ON ${name} AS ${policy.permissive ? 'PERMISSIVE' : 'RESTRICTIVE'} FOR ${policy.command} TO ${roles}${using}${check}`;
    return policy.comment === null
      ? [create]
      : [create, `COMMENT ON POLICY ${quoteIdentifier(policy.name)} ON ${name} IS ${quoteLiteral(policy.comment)}`];
  });
  if (live.rowSecurity) statements.push(`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`);
  if (live.forceRowSecurity) statements.push(`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`);
  return statements;
}

/**
 * Turns privileges `from` into `to`, item by item in the catalog's order, so that a dump prints them as before.
 * Default privileges that reached the staging table do not stay.
 */
function grantStatements(
  object: string,
  owner: string,
  from: readonly Grant[] | null,
  to: readonly Grant[] | null,
): string[] {
  if (from === null && to === null) return [];
  const grantees = new Set([...(from ?? []), ...(to ?? []), { grantee: owner }].map(({ grantee }) => grantee));
  const revokes = [...grantees].map((grantee) => `REVOKE ALL ON ${object} FROM ${quoteGrantee(grantee)}`);
  // No list of its own: the default, which is everything for the owner.
  if (to === null) return [...revokes, `GRANT ALL ON ${object} TO ${quoteIdentifier(owner)}`];
  return [
    ...revokes,
    ...grantRuns(to).flatMap((run) => asGrantor(run, owner, `GRANT ${run.privileges.join(', ')} ON ${object}`)),
  ];
}

function columnGrantStatements(table: string, owner: string, column: string, grants: readonly Grant[]): string[] {
  return grantRuns(grants).flatMap((run) => {
    const privileges = run.privileges.map((privilege) => `${privilege} (${quoteIdentifier(column)})`);
    return asGrantor(run, owner, `GRANT ${privileges.join(', ')} ON TABLE ${table}`);
  });
}

interface GrantRun extends Omit<Grant, 'privilege'> {
  readonly privileges: string[];
}

/** Neighbours that differ in the privilege alone are one statement. */
function grantRuns(grants: readonly Grant[]): GrantRun[] {
  const runs: GrantRun[] = [];
  for (const { privilege, ...grant } of grants) {
    const last = runs.at(-1);
    if (last?.grantee === grant.grantee && last.grantor === grant.grantor && last.grantable === grant.grantable) {
      last.privileges.push(privilege);
    } else {
      runs.push({ ...grant, privileges: [privilege] });
    }
  }
  return runs;
}

/** The owner's grants need no change of role; those of others are granted again in their name, where the role may. */
function asGrantor(run: GrantRun, owner: string, grant: string): string[] {
  const statement = `${grant} TO ${quoteGrantee(run.grantee)}${run.grantable ? ' WITH GRANT OPTION' : ''}`;
  if (run.grantor === owner || !run.actable) return [statement];
  return [`SET LOCAL ROLE ${quoteIdentifier(run.grantor)}`, statement, 'RESET ROLE'];
}

function quoteGrantee(name: string): string {
  return name === 'PUBLIC' ? name : quoteIdentifier(name);
}
