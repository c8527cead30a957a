import type { RelationName } from '../config/resolved.ts';
import { quoteIdentifier, quoteLiteral, quoteRelation } from '../postgres/identifiers.ts';
import type { Relation } from '../postgres/relation.ts';
import { withoutForcedRowSecurity } from './change-in-place.ts';
import { publicationStatements, renameIndex, retiredNames, retireStatements, viewStatements } from './rename-swap.ts';

/** A generation that a rename has put aside, and what it is to become again. */
export interface RestoreSwap {
  readonly live: Relation;
  /** Where the live table goes. */
  readonly retired: RelationName;
  readonly stored: RelationName;
  /** What the catalog said of the stored table when it was live. */
  readonly structure: Relation;
}

/**
 * Puts an earlier generation back in its place. It still has its columns, grants, policies, triggers and comments; what
 * {@link retireStatements} took from it is given back: names, foreign keys, sequences, publications, views.
 */
export function restoreStatements({ live, retired, stored, structure }: RestoreSwap): string[] {
  const name = quoteRelation(live);
  const names = retiredNames(stored);
  const inPlace = (relation: string): RelationName => ({ schema: live.schema, name: relation });
  const statements = retireStatements(live, retired);
  if (stored.schema !== live.schema) {
    statements.push(`ALTER TABLE ${quoteRelation(stored)} SET SCHEMA ${quoteIdentifier(live.schema)}`);
  }
  statements.push(`ALTER TABLE ${quoteRelation(inPlace(stored.name))} RENAME TO ${quoteIdentifier(live.name)}`);
  for (const [position, index] of structure.indexes.entries()) {
    statements.push(renameIndex(live.schema, names.index(position), index.name));
  }
  for (const [position, statistics] of structure.statistics.entries()) {
    const own = { schema: stored.schema, name: names.statistics(position) };
    statements.push(`ALTER STATISTICS ${quoteRelation(own)} RENAME TO ${quoteIdentifier(statistics.name)}`);
    if (own.schema !== statistics.schema) {
      const renamed = { schema: own.schema, name: statistics.name };
      statements.push(`ALTER STATISTICS ${quoteRelation(renamed)} SET SCHEMA ${quoteIdentifier(statistics.schema)}`);
    }
  }
  for (const [position, sequence] of structure.sequences.entries()) {
    statements.push(
      sequence.identity
        ? `ALTER SEQUENCE ${quoteRelation(inPlace(names.sequence(position)))} RENAME TO ${quoteIdentifier(sequence.name)}`
        : `ALTER SEQUENCE ${quoteRelation(sequence)} OWNED BY ${name}.${quoteIdentifier(sequence.column)}`,
    );
  }
  // Validating a foreign key reads the table, and forced row security would keep the owner from seeing all of it.
  const rowSecurity = withoutForcedRowSecurity(structure);
  statements.push(...rowSecurity.before);
  for (const constraint of structure.constraints) {
    if (constraint.type !== 'f') continue;
    const quoted = quoteIdentifier(constraint.name);
    statements.push(`ALTER TABLE ${name} ADD CONSTRAINT ${quoted} ${constraint.definition}`);
    if (constraint.comment !== null) {
      statements.push(`COMMENT ON CONSTRAINT ${quoted} ON ${name} IS ${quoteLiteral(constraint.comment)}`);
    }
  }
  return [...statements, ...rowSecurity.after, ...viewStatements(live), ...publicationStatements(structure, name)];
}
