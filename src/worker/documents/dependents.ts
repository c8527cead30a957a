import { displayRelation } from '../../sync-core/postgres/identifiers.ts';
import type { Relation } from '../../sync-core/postgres/relation.ts';
import type { Dependent } from '../protocol/protocol.ts';

/** What hangs on a live table and is kept by every sync. */
export function dependentsOf(live: Relation): Dependent[] {
  const named = (kind: Dependent['kind'], objects: readonly { readonly name: string }[]): Dependent[] =>
    objects.map(({ name }) => ({ kind, name }));
  return [
    ...live.views.map((view): Dependent => ({ kind: 'view', name: displayRelation(view) })),
    ...named('trigger', live.triggers),
    ...named('policy', live.policies),
    ...named('rule', live.rules),
    ...named('publication', live.publications),
    ...live.statistics.map((statistics): Dependent => ({ kind: 'statistics', name: displayRelation(statistics) })),
    ...live.sequences.map((sequence): Dependent => ({ kind: 'sequence', name: displayRelation(sequence) })),
    ...live.pins.map((name): Dependent => ({ kind: 'pin', name })),
  ];
}
