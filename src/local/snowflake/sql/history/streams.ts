import type { Backend, BackendConnection } from '../execution/backend.ts';
import type { Moment } from './moment.ts';
import type { PendingChanges } from './pending-changes.ts';

/** Where a stream stands. */
export interface StreamOffset {
  /** The commit up to which its changes have been consumed. */
  readonly token: bigint;
  /** It gives the rows that its source had at its offset, and no changes, until it is consumed for the first time. */
  readonly initial: boolean;
  /** When it was last consumed, in ms since the epoch, or found empty; the time of its offset before that. */
  readonly usedAt: number;
}

/** Any number: it tells these locks from others. */
const streamLocks = 477_102_757;

/**
 * The offsets of all streams. They move in the transaction of the DML that reads the stream, at its commit: to where the stream was read to.
 * What reads a stream in DML locks it first (user-guide/streams-intro, "Repeatable read isolation"), so no change is consumed twice.
 */
export class Streams {
  private readonly offsets: Map<number, StreamOffset>;

  private constructor(offsets: Map<number, StreamOffset>) {
    this.offsets = offsets;
  }

  /** Reads the offsets of the streams that the catalog has; others are forgotten. */
  static async open(backend: Backend, ids: readonly number[]): Promise<Streams> {
    return backend.run(async (connection) => {
      await connection.query(
        'CREATE TABLE IF NOT EXISTS sf.streams (id int PRIMARY KEY, token bigint NOT NULL, initial boolean NOT NULL, used_at bigint NOT NULL)',
      );
      await connection.query(`DELETE FROM sf.streams WHERE id <> ALL (ARRAY[${ids.join(', ')}]::int[])`);
      const { rows } = await connection.query('SELECT id, token, initial, used_at FROM sf.streams');
      return new Streams(
        new Map(
          rows.map(([id, token, initial, usedAt]) => [
            Number(id),
            { token: BigInt(token ?? 0), initial: initial === 't', usedAt: Number(usedAt) },
          ]),
        ),
      );
    });
  }

  of(id: number): StreamOffset {
    const offset = this.offsets.get(id);
    if (offset === undefined) throw new Error(`no offset of stream ${id}`);
    return offset;
  }

  /** All offsets as they are now, for a transaction that must go on seeing them so. */
  snapshot(): ReadonlyMap<number, StreamOffset> {
    return new Map(this.offsets);
  }

  /** Adds a stream at a commit, or at that of its own creation. */
  create(changes: PendingChanges, id: number, start: Moment | null, initial: boolean, now: Date): void {
    const usedAt = start?.at ?? now.getTime();
    let offset: StreamOffset = { token: start?.token ?? 0n, initial, usedAt };
    changes.statements.push((token) => {
      if (start === null) offset = { ...offset, token };
      return `INSERT INTO sf.streams VALUES (${id}, ${offset.token}, ${initial}, ${usedAt})`;
    });
    changes.afterCommit.push(() => {
      this.offsets.set(id, offset);
    });
  }

  drop(changes: PendingChanges, id: number): void {
    changes.statements.push(() => `DELETE FROM sf.streams WHERE id = ${id}`);
    changes.afterCommit.push(() => {
      this.offsets.delete(id);
    });
  }

  /** Holds off whoever else consumes the stream until the transaction ends. */
  lockSql(id: number): string {
    return `SELECT pg_advisory_xact_lock(${streamLocks}, ${id})`;
  }

  /** At the transaction's commit, moves the stream to where the transaction has read it to. */
  consume(changes: PendingChanges, id: number, upTo: bigint, now: Date): void {
    if (changes.consumed.has(id)) return;
    changes.consumed.add(id);
    const usedAt = now.getTime();
    changes.statements.push(
      () =>
        `UPDATE sf.streams SET token = CASE WHEN initial THEN token ELSE greatest(token, ${upTo}) END, initial = false, used_at = ${usedAt} WHERE id = ${id}`,
    );
    changes.afterCommit.push(() => {
      const { token, initial } = this.of(id);
      this.offsets.set(id, { token: initial || token > upTo ? token : upTo, initial: false, usedAt });
    });
  }

  /** Notes that an empty stream was asked whether it has data, which keeps it from going stale. */
  async touch(id: number, now: Date, connection: Pick<BackendConnection, 'query'>): Promise<void> {
    const offset = this.offsets.get(id);
    if (offset === undefined) return;
    const usedAt = now.getTime();
    this.offsets.set(id, { ...offset, usedAt });
    await connection.query(`UPDATE sf.streams SET used_at = ${usedAt} WHERE id = ${id}`);
  }
}

/** A Postgres expression: where the stream stands when the statement runs. */
export function offsetSql(id: number): string {
  return `(SELECT o.token FROM sf.streams o WHERE o.id = ${id})`;
}

/** A Postgres condition: whether the stream still gives the rows that its source had, when the statement runs. */
export function initialSql(id: number): string {
  return `(SELECT o.initial FROM sf.streams o WHERE o.id = ${id})`;
}
