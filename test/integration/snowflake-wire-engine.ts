import {
  SnowflakeSqlError,
  type Engine,
  type EngineSession,
  type ResultColumn,
  type SessionState,
  type StatementResult,
  type WireRow,
} from '../../src/local/snowflake/engine.ts';

const text = (name: string): ResultColumn => ({ name, type: 'VARCHAR(16777216)', nullable: true });

/** The text in row `index` of a generated result: `bytes` long, different in every row, the same whenever it is asked for. */
export function generatedText(index: number, bytes: number): string {
  const head = `${index}\tcircuit-${index % 97}\t`;
  return head.padEnd(bytes, `${(index * 2654435761) % 4294967296}/`).slice(0, Math.max(bytes, head.length));
}

function result(queryId: string, columns: readonly ResultColumn[], rows: readonly WireRow[]): StatementResult {
  return {
    queryId,
    columns,
    rowCount: rows.length,
    statementTypeId: 0x1000,
    read: (offset, count) => Promise.resolve(rows.slice(offset, offset + count)),
    dispose: () => Promise.resolve(),
  };
}

/**
 * An engine with a language of its own, small enough to compute in memory: it gives the wire server results of any
 * size, types, delays, errors and binds without a database.
 */
export class GeneratingEngine implements Engine {
  readonly openSessions = new Set<EngineSession>();
  /** What was executed, log-in's USE statements included. */
  readonly executed: string[] = [];
  readonly disposed: string[] = [];
  /** How often `read` was called, and its largest `count`. */
  reads = 0;
  largestRead = 0;

  openSession(state: SessionState): Promise<EngineSession> {
    const session: EngineSession = {
      state,
      execute: async (statement, { queryId, binds, signal }) => {
        this.executed.push(statement);
        const [verb = '', ...words] = statement.split(' ');
        switch (verb) {
          case 'USE': {
            const name = (words[1] ?? '').replaceAll('"', '');
            if (name === 'NOWHERE')
              throw new SnowflakeSqlError(2043, '02000', `${name} does not exist or not authorized.`);
            if (words[0] === 'DATABASE') Object.assign(state, { database: name, schema: 'PUBLIC' });
            if (words[0] === 'SCHEMA') state.schema = name;
            if (words[0] === 'WAREHOUSE') state.warehouse = name;
            return result(queryId, [text('status')], [['Statement executed successfully.']]);
          }
          case 'SET':
            state.parameters.set(words[0] ?? '', words[1] ?? '');
            return result(queryId, [text('status')], [['Statement executed successfully.']]);
          case 'ROWS':
            return this.#generated(queryId, Number(words[0]), Number(words[1] ?? 150));
          case 'SKEWED':
            return this.#generated(queryId, Number(words[0]), 20, (index) => 20 + Math.floor(index / 40));
          case 'TYPES': {
            const columns = JSON.parse(words.join(' ')) as [string, string, string | null][];
            return result(
              queryId,
              columns.map(([name, type]) => ({ name, type, nullable: true })),
              [columns.map(([, , value]) => value)],
            );
          }
          case 'BINDS':
            return result(
              queryId,
              [text('type'), text('value')],
              Object.values(binds ?? {}).map((bind) => [bind.type, bind.value]),
            );
          case 'WAIT':
            await new Promise<void>((resolve, reject) => {
              const timer = setTimeout(resolve, Number(words[0]));
              signal.addEventListener('abort', () => {
                clearTimeout(timer);
                reject(new SnowflakeSqlError(604, '57014', 'SQL execution canceled'));
              });
            });
            return result(queryId, [text('waited')], [[words[0] ?? '']]);
          case 'CRASH':
            throw new Error('the engine is broken');
          default:
            throw new SnowflakeSqlError(
              1003,
              '42000',
              `SQL compilation error:\nsyntax error line 1 at position 0 unexpected '${verb}'.`,
            );
        }
      },
      close: () => {
        this.openSessions.delete(session);
        return Promise.resolve();
      },
    };
    this.openSessions.add(session);
    return Promise.resolve(session);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #generated(
    queryId: string,
    rowCount: number,
    bytes: number,
    sizeOf: (index: number) => number = () => bytes,
  ): StatementResult {
    return {
      queryId,
      columns: [text('LINE')],
      rowCount,
      statementTypeId: 0x1000,
      read: (offset, count) => {
        this.reads++;
        this.largestRead = Math.max(this.largestRead, count);
        const rows: WireRow[] = [];
        for (let index = offset; index < Math.min(offset + count, rowCount); index++) {
          rows.push([generatedText(index, sizeOf(index))]);
        }
        return Promise.resolve(rows);
      },
      dispose: () => {
        this.disposed.push(queryId);
        return Promise.resolve();
      },
    };
  }
}
