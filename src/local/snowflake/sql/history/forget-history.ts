import { relationsOf, type CatalogDocument } from '../catalog/model.ts';
import type { BackendConnection } from '../execution/backend.ts';
import { historyName } from './row-storage.ts';
import { lastTokenOf } from './table-versions.ts';

const day = 24 * 60 * 60 * 1000;

/**
 * Deletes what no statement can ask for any more: rows that ended before their table's retention, or before the most that it may be
 * extended for a stream. The versions stay, and say that what was before them is gone, should the retention be raised.
 */
export async function forgetHistory(
  connection: Pick<BackendConnection, 'query'>,
  catalog: CatalogDocument,
  now: Date,
): Promise<void> {
  for (const table of relationsOf(catalog).filter(({ kind }) => kind === 'TABLE')) {
    const days = table.changeTracking ? Math.max(table.retention, table.extension) : table.retention;
    const old = `v.id = ${table.id} AND v.kept AND v.token <= ${lastTokenOf(now.getTime() - days * day)}`;
    await connection.query(
      `DELETE FROM ${historyName(table)} h USING sf.versions v WHERE ${old} AND v.transaction = h.ended`,
    );
    await connection.query(`UPDATE sf.versions v SET kept = false WHERE ${old}`);
  }
}
