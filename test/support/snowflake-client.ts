import assert from 'node:assert/strict';
import { isSyncError } from '../../src/sync-core/errors.ts';
import {
  SnowflakeSession,
  type QueryResult,
  type SnowflakeConnectionOptions,
} from '../../src/sync-core/snowflake/session.ts';

export type Row = readonly (string | null)[];

export interface Refusal {
  readonly code: number;
  readonly sqlState: string;
  readonly message: string;
}

/** A session of the unpatched driver in DB.PUBLIC, with the short forms that tests are written in. */
export class SnowflakeClient {
  private readonly session: SnowflakeSession;

  private constructor(session: SnowflakeSession) {
    this.session = session;
  }

  static async open(connection: SnowflakeConnectionOptions): Promise<SnowflakeClient> {
    const options = { ...connection, database: 'DB', schema: 'PUBLIC' };
    return new SnowflakeClient(await SnowflakeSession.open(options, { queryTag: 'test' }));
  }

  /** Runs statements one after the other. @returns the last one's result. */
  async run(...statements: readonly string[]): Promise<QueryResult> {
    let result: QueryResult | undefined;
    for (const statement of statements) result = await this.session.execute(statement);
    assert.ok(result, 'no statement');
    return result;
  }

  /** @returns the last statement's rows. */
  async rows(...statements: readonly string[]): Promise<readonly Row[]> {
    return (await this.run(...statements)).rows;
  }

  /** @returns the first value of the last statement. */
  async value(...statements: readonly string[]): Promise<string | null> {
    return (await this.rows(...statements))[0]?.[0] ?? null;
  }

  /** What a SHOW or DESCRIBE says, by the names of its columns. */
  async records(statement: string): Promise<readonly Readonly<Record<string, string | null>>[]> {
    const { columns, rows } = await this.run(statement);
    return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null])));
  }

  async refused(statement: string): Promise<Refusal> {
    try {
      await this.run(statement);
    } catch (error) {
      assert.ok(isSyncError(error), String(error));
      const { code, sqlState, message } = error.cause as { code: unknown; sqlState: unknown; message: string };
      return { code: Number(code), sqlState: String(sqlState), message };
    }
    throw new assert.AssertionError({ message: `not refused: ${statement}` });
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
