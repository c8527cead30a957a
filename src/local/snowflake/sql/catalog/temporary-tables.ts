import { dropTableSql } from '../history/row-storage.ts';
import type { Catalog } from './catalog.ts';
import type { RelationEntry, SchemaEntry } from './model.ts';

/** Drops the temporary tables of the sessions that have ended. */
export async function dropTemporaryTables(catalog: Catalog, hasEnded: (session: string) => boolean): Promise<void> {
  const isLeft = (relation: RelationEntry): boolean => relation.session !== null && hasEnded(relation.session);
  const schemas = (document: typeof catalog.current): SchemaEntry[] =>
    Object.values(document.databases).flatMap((database) => Object.values(database.schemas));
  if (!schemas(catalog.current).some((schema) => Object.values(schema.relations).some(isLeft))) return;
  await catalog.change(async (draft, execute) => {
    for (const schema of schemas(draft)) {
      for (const relation of Object.values(schema.relations).filter(isLeft)) {
        await execute(dropTableSql(relation));
      }
      schema.relations = Object.fromEntries(
        Object.entries(schema.relations).filter(([, relation]) => !isLeft(relation)),
      );
    }
  });
}
