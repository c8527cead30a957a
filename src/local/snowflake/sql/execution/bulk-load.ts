import type { RelationEntry } from '../catalog/model.ts';
import type { FullName } from '../catalog/resolution.ts';
import { tableName } from '../history/row-storage.ts';
import { hiddenCells, hiddenColumns, lockRowsSql } from '../history/write-rows.ts';
import type { BackendConnection } from './backend.ts';
import { objectMissing } from '../errors.ts';
import type { Shared } from './shared.ts';
import { translateError } from './postgres-error.ts';

/** An embedded Postgres holds a whole COPY in memory, so each is kept to about this many characters. */
const copySize = 4 * 1024 * 1024;

/** Appends COPY text to a table in COPYs of bounded size and whole rows, within one transaction. */
export async function loadRows(
  name: FullName,
  chunks: AsyncIterable<string> | Iterable<string>,
  shared: Shared,
): Promise<number> {
  const { backend, catalog } = shared;
  const table = catalog.current.databases[name[0]]?.schemas[name[1]]?.relations[name[2]];
  if (table?.kind !== 'TABLE') throw objectMissing(name.join('.'));
  const columns = table.columns.map((column) => column.storage).join(', ');
  let rows = 0;
  try {
    await backend.run(async (connection) => {
      await connection.query('BEGIN');
      try {
        const changes = catalog.versions.begin();
        const base = await isFirstLoad(table, connection);
        const target = base ? tableName(table) : `sf_results.load_${changes.transaction}`;
        if (!base) await connection.query(`CREATE UNLOGGED TABLE ${target} (LIKE ${tableName(table)})`);
        for await (const block of blocks(chunks)) {
          await connection.copy(`COPY ${target} (${columns}) FROM STDIN`, Buffer.from(block));
          rows += countLines(block);
        }
        if (!base) {
          await connection.query(
            `INSERT INTO ${tableName(table)} (${columns}, ${hiddenColumns}) SELECT ${columns}, ${hiddenCells(changes.transaction)} FROM ${target}`,
          );
          await connection.query(`DROP TABLE ${target}`);
        }
        changes.add(table.id, { kept: true, base });
        await catalog.versions.commit(connection, changes);
      } catch (error) {
        await connection.query('ROLLBACK');
        throw error;
      }
      await connection.query(`ANALYZE ${tableName(table)}`);
    });
  } catch (error) {
    throw translateError(error);
  }
  return rows;
}

/** Whether no rows have come without a transaction's number yet: then these may, which is what makes a load as cheap as a plain COPY. */
async function isFirstLoad(table: RelationEntry, connection: BackendConnection): Promise<boolean> {
  await connection.query(lockRowsSql(table));
  const { rows } = await connection.query(`SELECT 1 FROM sf.versions WHERE id = ${table.id} AND base`);
  return rows.length === 0;
}

/** Regroups text into blocks of whole lines. */
async function* blocks(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let parts: string[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.length;
    if (size < copySize) continue;
    const text = parts.join('');
    const end = text.lastIndexOf('\n') + 1;
    if (end === 0) {
      parts = [text];
      continue;
    }
    yield text.slice(0, end);
    parts = [text.slice(end)];
    size = text.length - end;
  }
  const rest = parts.join('');
  if (rest !== '') yield rest.endsWith('\n') ? rest : `${rest}\n`;
}

function countLines(text: string): number {
  let lines = 0;
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lines++;
  return lines;
}
