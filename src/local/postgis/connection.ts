import type { Backend } from './backend.ts';
import { queryBackend } from './backend-query.ts';
import type { BackendQueue } from './backend-queue.ts';
import type { ClientStream } from './client-stream.ts';
import { ProtocolViolation } from './message-framer.ts';
import { StatementNames } from './statement-names.ts';
import type { Unit, UnitOutcome } from './unit.ts';
import { runUnit } from './unit.ts';
import { encodeMessage, errorResponse, readCString } from './wire-messages.ts';
import type { TransactionStatus, WireMessage } from './wire-messages.ts';

/** What all connections of one server share. */
export interface SharedBackend {
  readonly backend: Backend;
  readonly queue: BackendQueue;
  /** The connection that used the backend last, whose settings it has. */
  lastUser: Connection | undefined;
}

/** COPY data that is gathered before the backend is asked to take it, per connection, in bytes. */
const gatherLimit = 16 * 1024 * 1024;
/** Pipelined extended messages without a Sync are handed over at this size, in bytes. */
const unitLimit = 1024 * 1024;

const extendedTypes = new Set(['P', 'B', 'D', 'E', 'C', 'S', 'H']);
const copyTypes = new Set(['d', 'c', 'f']);

/** One client's session, from its first message after the startup to its end. */
export class Connection {
  readonly #shared: SharedBackend;
  readonly #stream: ClientStream;
  readonly #names: StatementNames;
  readonly #session: { readonly user: string; readonly applicationName: string };
  #release: (() => void) | undefined;
  #status: TransactionStatus = 'I';
  /** Extended messages were executed and their Sync has not come yet. */
  #unsynced = false;
  /** The Parse of the unnamed statement, to repeat it where another connection's replaced it in the backend. */
  #unnamed: Buffer | undefined;
  #unnamedLost = false;

  constructor(
    shared: SharedBackend,
    stream: ClientStream,
    session: { id: number; user: string; applicationName: string },
  ) {
    this.#shared = shared;
    this.#stream = stream;
    this.#names = new StatementNames(session.id);
    this.#session = session;
  }

  /** Serves the client until it leaves or is no longer understood. Throws when the backend crashed. */
  async serve(): Promise<void> {
    try {
      for (let unit; (unit = await this.#readUnit());) {
        await this.#takeTurn();
        await this.#execute(unit);
        this.#endTurnIfIdle();
        await this.#stream.drained();
      }
    } catch (error) {
      if (error instanceof ProtocolViolation || error instanceof RangeError) {
        this.#stream.write(errorResponse({ severity: 'FATAL', code: '08P01', message: error.message }));
      } else if (!this.#stream.gone.aborted) {
        throw error;
      }
    } finally {
      await this.#leave();
    }
  }

  /** Undefined when the client has left, or said that it does. */
  async #readUnit(): Promise<Unit | undefined> {
    const parts: Buffer[] = [];
    let bytes = 0;
    let parsesUnnamed = false;
    let needsUnnamed = false;
    for (;;) {
      const message = await this.#stream.read();
      if (message === undefined || message.type === 'X') return undefined;
      const { type } = message;
      if (copyTypes.has(type)) continue;
      if (type !== 'Q' && type !== 'F' && !extendedTypes.has(type)) {
        throw new ProtocolViolation(`invalid frontend message type ${message.frame[0] ?? 0}`);
      }
      if (type === 'P' && message.body[0] === 0) parsesUnnamed = true;
      if (usesUnnamed(message) && !parsesUnnamed) needsUnnamed = true;
      parts.push(this.#translate(message));
      bytes += message.frame.length;
      const simple = type === 'Q' || type === 'F';
      if (simple || type === 'S' || type === 'H' || bytes >= unitLimit) {
        return { bytes: Buffer.concat(parts), simple, lastType: type, needsUnnamed };
      }
    }
  }

  #translate(message: WireMessage): Buffer {
    if (message.type === 'P' && message.body[0] === 0) {
      this.#unnamed = Buffer.from(message.frame);
      this.#unnamedLost = false;
    } else if (message.type === 'Q') {
      this.#unnamed = undefined;
    }
    return this.#names.translate(message);
  }

  async #takeTurn(): Promise<void> {
    if (this.#release) return;
    this.#release = await this.#shared.queue.acquire(this.#stream.gone);
    if (this.#shared.lastUser === this) return;
    this.#unnamedLost = true;
    this.#shared.lastUser = this;
    const user = `"${this.#session.user.replaceAll('"', '""')}"`;
    const name = `'${this.#session.applicationName.replaceAll("'", "''")}'`;
    await queryBackend(
      this.#shared.backend,
      `SET SESSION AUTHORIZATION ${user}; SET standard_conforming_strings = on; SET application_name = ${name}`,
    );
  }

  #endTurnIfIdle(): void {
    if (this.#status !== 'I' || this.#unsynced) return;
    this.#release?.();
    this.#release = undefined;
  }

  async #execute(unit: Unit): Promise<void> {
    const { backend } = this.#shared;
    const common = { backend, stream: this.#stream, names: this.#names, unit };
    const idle = this.#status === 'I' && !this.#unsynced;
    const before = unit.needsUnnamed && this.#unnamedLost ? this.#unnamed : undefined;
    const outcome = await runUnit({ ...common, before, mayDeferCopy: unit.simple && idle });
    if (before) this.#unnamedLost = false;
    this.#settle(outcome);
    if (!outcome.deferred) return;
    this.#endTurnIfIdle();
    const copyData = await this.#gatherCopy();
    if (copyData === undefined) return;
    await this.#takeTurn();
    this.#settle(await runUnit({ ...common, copyData, mayDeferCopy: false }));
  }

  #settle(outcome: UnitOutcome): void {
    this.#unsynced = outcome.status === undefined;
    this.#status = outcome.status ?? this.#status;
  }

  /**
   * The COPY data up to its end, or up to as much as may wait here; undefined when the client left before the end, so
   * that nothing of it is to be loaded.
   */
  async #gatherCopy(): Promise<Buffer[] | undefined> {
    const gathered: Buffer[] = [];
    let bytes = 0;
    while (bytes < gatherLimit) {
      const message = await this.#stream.read();
      if (message === undefined || message.type === 'X') return undefined;
      gathered.push(message.frame);
      bytes += message.frame.length;
      if (message.type === 'c' || message.type === 'f') break;
    }
    return gathered;
  }

  /** Gives the backend back as the next connection expects it: no transaction, none of this connection's statements. */
  async #leave(): Promise<void> {
    try {
      const statements = this.#names.closeAll();
      if (this.#release === undefined && statements.length === 0) return;
      this.#release ??= await this.#shared.queue.acquire(new AbortController().signal);
      const { backend } = this.#shared;
      if (this.#unsynced || this.#status !== 'I') await queryBackend(backend, 'ROLLBACK');
      if (statements.length > 0) {
        await backend.run(Buffer.concat([statements, encodeMessage('S')]), {
          onOutput: (_bytes, taken) => {
            taken();
          },
          onStarved: () => undefined,
        });
      }
    } finally {
      this.#release?.();
      this.#release = undefined;
      if (this.#shared.lastUser === this) this.#shared.lastUser = undefined;
      this.#stream.end();
    }
  }
}

function usesUnnamed(message: WireMessage): boolean {
  const { type, body } = message;
  if (type === 'B') return body[readCString(body, 0).next] === 0;
  return type === 'D' && body[0] === 0x53 && body[1] === 0;
}
