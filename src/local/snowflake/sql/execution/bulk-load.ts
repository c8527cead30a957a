import type { FullName } from '../catalog/resolution.ts';
import { objectMissing } from '../errors.ts';
import type { Shared } from './session.ts';
import { translateError } from './postgres-error.ts';

/** An embedded Postgres holds a whole COPY in memory, so each is kept to about this many characters. */
const copySize = 4 * 1024 * 1024;

/** Appends COPY text to a table in COPYs of bounded size and whole rows, within one transaction. */
export async function loadRows(
  name: FullName,
  chunks: AsyncIterable<string> | Iterable<string>,
  shared: Shared,
): Promise<number> {
  const { backend, catalog, clock } = shared;
  const relation = catalog.current.databases[name[0]]?.schemas[name[1]]?.relations[name[2]];
  if (relation?.kind !== 'TABLE') throw objectMissing(name.join('.'));
  const columns = relation.columns.map((column) => column.storage).join(', ');
  const copy = `COPY sf_data.t${relation.id} (${columns}) FROM STDIN`;
  const at = clock().getTime();
  let rows = 0;
  try {
    await backend.run(async (connection) => {
      await connection.query('BEGIN');
      try {
        for await (const block of blocks(chunks)) {
          await connection.copy(copy, Buffer.from(block));
          rows += countLines(block);
        }
        await catalog.changes.record(connection, [relation.id], at);
        await connection.query('COMMIT');
      } catch (error) {
        await connection.query('ROLLBACK');
        throw error;
      }
      await connection.query(`ANALYZE sf_data.t${relation.id}`);
    });
  } catch (error) {
    throw translateError(error);
  }
  catalog.changes.confirm([relation.id], at);
  return rows;
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
