import type { ResultColumn, StatementResult, WireRow } from '../../engine.ts';
import type { ScannedResult } from '../compile/context.ts';
import type { OutputColumn } from '../compile/typed.ts';
import { statementNotFound } from '../errors.ts';
import { formatType } from '../types/data-type.ts';
import { quoteLiteral } from '../types/stored-text.ts';
import { storageType } from '../types/storage.ts';
import { finishWire, wireSql, type WireFormats } from '../types/wire.ts';
import type { Backend, BackendConnection } from './backend.ts';

/** One value of a result held in memory: as the wire has it, and as Postgres would store it. */
export interface MemoryCell {
  readonly wire: string | null;
  readonly stored: string | null;
}

interface StoredResult {
  readonly user: string;
  readonly columns: readonly OutputColumn[];
  readonly rowCount: number;
  readonly createdAt: number;
  readonly relation: string;
  /** Whether `relation` exists in Postgres yet. */
  materialized: boolean;
  /** Size of the table of a query's result; 0 for one in memory. */
  readonly bytes: number;
  /** In ms since the epoch, by the engine's clock. */
  lastRead: number;
  readonly rows: readonly (readonly MemoryCell[])[] | null;
  readonly formats: WireFormats;
}

/** Results are kept for a day (user-guide/querying-persisted-results). */
const lifetime = 24 * 60 * 60 * 1000;

/** A result that was read so recently, in ms, may still be on its way to a client. */
const inUse = 60_000;

/** Above this many rows a result's table gets an index to read ranges by. */
const indexThreshold = 2000;

export function resultRow(columns: readonly OutputColumn[], raw: readonly (string | null)[]): MemoryCell[] {
  return columns.map(({ type }, i) => {
    const wire = raw[i] ?? null;
    return { wire: wire === null ? null : finishWire(wire, type), stored: raw[i + columns.length] ?? null };
  });
}

/** A SELECT list that yields what `resultRow` reads. */
export function memorySelectList(columns: readonly OutputColumn[], alias: string, formats: WireFormats): string {
  const wire = columns.map(({ type }, i) => wireSql(`${alias}.c${i + 1}`, type, formats));
  const stored = columns.map((_, i) => `${alias}.c${i + 1}::text`);
  return [...wire, ...stored].join(', ');
}

/**
 * The results of finished statements, by query id: small ones in memory, the rest as tables of the engine. When the tables take
 * more than `maxBytes` together the oldest go before their day is over.
 */
export class Results {
  private readonly backend: Backend;
  private readonly clock: () => Date;
  private readonly maxBytes: number;
  private readonly results = new Map<string, StoredResult>();
  private counter = 0;

  constructor(backend: Backend, clock: () => Date, maxBytes: number) {
    this.backend = backend;
    this.clock = clock;
    this.maxBytes = maxBytes;
  }

  /** Keeps a result that is already in memory. */
  addRows(
    queryId: string,
    user: string,
    columns: readonly OutputColumn[],
    rows: readonly (readonly MemoryCell[])[],
    formats: WireFormats,
    statementTypeId: number,
  ): StatementResult {
    return this.add(queryId, statementTypeId, {
      user,
      columns,
      rowCount: rows.length,
      createdAt: this.clock().getTime(),
      relation: this.nextRelation(),
      materialized: false,
      bytes: 0,
      lastRead: this.clock().getTime(),
      rows,
      formats,
    });
  }

  /** Runs a query into a table of the engine; its rows keep the query's order. */
  async addQuery(
    queryId: string,
    user: string,
    columns: readonly OutputColumn[],
    sql: string,
    formats: WireFormats,
    statementTypeId: number,
    signal: AbortSignal,
  ): Promise<StatementResult> {
    const relation = this.nextRelation();
    const list = columns.map((_, i) => `x.c${i + 1}`).join(', ');
    const { rowCount, bytes } = await this.backend.run(async (connection) => {
      try {
        // OFFSET 0 keeps the columns' computation inside the subselect, where parallel workers do it.
        const { count } = await connection.query(
          `CREATE UNLOGGED TABLE ${relation} AS SELECT row_number() OVER () AS rn, r.* FROM (SELECT ${list} FROM (${sql}) x OFFSET 0) r`,
          signal,
        );
        if (count > indexThreshold) {
          await connection.query(`CREATE INDEX ON ${relation} USING brin (rn) WITH (pages_per_range = 8)`, signal);
          // Without statistics every read of a range would be planned as a scan of the whole table.
          await connection.query(`ANALYZE ${relation}`, signal);
        }
        const size = await connection.query(`SELECT pg_total_relation_size('${relation}')`);
        signal.throwIfAborted();
        return { rowCount: count, bytes: Number(size.rows[0]?.[0] ?? 0) };
      } catch (error) {
        await connection.query(`DROP TABLE IF EXISTS ${relation}`);
        throw error;
      }
    }, signal);
    return this.add(queryId, statementTypeId, {
      user,
      columns,
      rowCount,
      createdAt: this.clock().getTime(),
      relation,
      materialized: true,
      bytes,
      lastRead: this.clock().getTime(),
      rows: null,
      formats,
    });
  }

  /** Throws 709 for an id that is unknown, too old, or another user's. */
  find(queryId: string, user: string): StoredResult {
    this.expire();
    const found = this.results.get(queryId.toLowerCase());
    if (found?.user !== user) {
      throw statementNotFound(queryId);
    }
    return found;
  }

  columnsOf(queryId: string, user: string): readonly OutputColumn[] {
    return this.find(queryId, user).columns;
  }

  /** What a query needs to read the result from; `prepare` must have run before the query does. */
  scanned(queryId: string, user: string): ScannedResult {
    const result = this.find(queryId, user);
    return {
      relation: result.relation,
      order: 'rn',
      columns: result.columns.map((column, i) => ({ ...column, storage: `c${i + 1}` })),
    };
  }

  /** Makes the table of a result that so far lives in memory only. */
  async prepare(queryIds: readonly string[], user: string, connection: BackendConnection): Promise<void> {
    for (const queryId of queryIds) {
      const result = this.find(queryId, user);
      if (result.materialized) continue;
      const columns = result.columns.map(({ type }, i) => `c${i + 1} ${storageType(type)}`);
      await connection.query(`CREATE UNLOGGED TABLE ${result.relation} (${['rn bigint', ...columns].join(', ')})`);
      const rows = result.rows ?? [];
      for (let start = 0; start < rows.length; start += 500) {
        const values = rows.slice(start, start + 500).map((row, i) => {
          const cells = row.map(({ stored }, c) =>
            stored === null
              ? 'NULL'
              : `${quoteLiteral(stored)}::${storageType(result.columns[c]?.type ?? { kind: 'NULL' })}`,
          );
          return `(${[String(start + i + 1), ...cells].join(', ')})`;
        });
        await connection.query(`INSERT INTO ${result.relation} VALUES ${values.join(', ')}`);
      }
      result.materialized = true;
    }
  }

  private add(queryId: string, statementTypeId: number, result: StoredResult): StatementResult {
    const key = queryId.toLowerCase();
    this.expire();
    this.results.set(key, result);
    this.makeRoom();
    return {
      queryId,
      columns: result.columns.map(toResultColumn),
      rowCount: result.rowCount,
      statementTypeId,
      read: (offset, count) => this.read(result, offset, count),
      dispose: async () => {
        if (this.results.get(key) !== result) return;
        this.results.delete(key);
        await this.drop(result);
      },
    };
  }

  private async read(result: StoredResult, offset: number, count: number): Promise<WireRow[]> {
    if (result.rows !== null) {
      return result.rows.slice(offset, offset + count).map((row) => row.map((cell) => cell.wire));
    }
    result.lastRead = this.clock().getTime();
    const list = result.columns.map(({ type }, i) => wireSql(`c${i + 1}`, type, result.formats)).join(', ');
    const { rows } = await this.backend.aside((connection) =>
      connection.query(
        `SELECT ${list} FROM ${result.relation} WHERE rn > ${offset} AND rn <= ${offset + count} ORDER BY rn`,
      ),
    );
    const { columns } = result;
    return rows.map((row) =>
      row.map((value, i) => (value === null ? null : finishWire(value, columns[i]?.type ?? { kind: 'NULL' }))),
    );
  }

  private expire(): void {
    const oldest = this.clock().getTime() - lifetime;
    for (const [key, result] of this.results) {
      if (result.createdAt > oldest) break;
      this.results.delete(key);
      this.drop(result).catch(() => undefined);
    }
  }

  private makeRoom(): void {
    let total = 0;
    for (const result of this.results.values()) total += result.bytes;
    const idleSince = this.clock().getTime() - inUse;
    for (const [key, result] of this.results) {
      if (total <= this.maxBytes) return;
      if (result.bytes === 0 || result.lastRead > idleSince) continue;
      total -= result.bytes;
      this.results.delete(key);
      this.drop(result).catch(() => undefined);
    }
  }

  private async drop(result: StoredResult): Promise<void> {
    if (!result.materialized) return;
    await this.backend.run((connection) => connection.query(`DROP TABLE IF EXISTS ${result.relation}`));
  }

  private nextRelation(): string {
    this.counter++;
    return `sf_results.r${this.counter}`;
  }
}

function toResultColumn(column: OutputColumn): ResultColumn {
  const common = { name: column.name, type: formatType(column.type), nullable: column.nullable };
  return column.origin === undefined ? common : { ...common, origin: column.origin };
}
