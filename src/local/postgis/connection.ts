import { BackendError } from './backend-query.ts';
import type { ClientStream } from './client-stream.ts';
import { ProtocolViolation } from './message-framer.ts';
import type { SessionSettings } from './session-settings.ts';
import {
  customSettings,
  defaultSettings,
  mayChangeSettings,
  quoteName,
  startupSettings,
  superuser,
} from './session-settings.ts';
import { LoginRefused } from './shared-backend.ts';
import type { BackendUser, SharedBackend } from './shared-backend.ts';
import { StatementNames } from './statement-names.ts';
import { listenChanges, mayUseTemporary, sessionStatement } from './statement-text.ts';
import type { SessionStatement } from './statement-text.ts';
import type { Unit, UnitOutcome } from './unit.ts';
import { runUnit } from './unit.ts';
import {
  commandComplete,
  encodeMessage,
  fatal,
  parameterStatus,
  readCString,
  readyForQuery,
  simpleQuery,
} from './wire-messages.ts';
import type { TransactionStatus, WireMessage } from './wire-messages.ts';

/** COPY data that is gathered before the backend is asked to take it, per connection, in bytes. */
const gatherLimit = 16 * 1024 * 1024;
/** Pipelined extended messages without a Sync are handed over at this size, in bytes. */
const unitLimit = 1024 * 1024;

const extendedTypes = new Set(['P', 'B', 'D', 'E', 'C', 'S', 'H']);
const copyTypes = new Set(['d', 'c', 'f']);

/** How long a new client waits for the backend before it is let in without it, in ms. */
const greetingPatienceMs = 100;

/** What a client asked for. */
export interface SessionRequest {
  /** The process id that the client is told. */
  readonly id: number;
  /** The key that the client is told, to cancel with. */
  readonly secret: number;
  readonly user: string;
  /** All of its StartupMessage. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** One client's session, from its first message after the startup to its end. */
export class Connection implements BackendUser {
  settings: SessionSettings = defaultSettings;
  settingsChanged = false;
  readonly customSettings = new Set<string>();
  readonly channels = new Set<string>();
  readonly #shared: SharedBackend;
  readonly #stream: ClientStream;
  readonly #session: SessionRequest;
  readonly #names: StatementNames;
  /** What the client has been told of the parameters that a server reports, until the session has logged in. */
  #greeted: ReadonlyMap<string, string> | undefined;
  #initialSettings: SessionSettings | undefined;
  #release: (() => void) | undefined;
  #status: TransactionStatus = 'I';
  /** Extended messages were executed and their Sync has not come yet. */
  #unsynced = false;
  /** The Parse of the unnamed statement, to repeat it where another connection's replaced it in the backend. */
  #unnamed: Buffer | undefined;
  #unnamedLost = false;
  /** It has statements that change settings without saying so, to be executed at any time. */
  #setsUnseen = false;
  #usesTemporary = false;

  constructor(shared: SharedBackend, stream: ClientStream, session: SessionRequest) {
    this.#shared = shared;
    this.#stream = stream;
    this.#session = session;
    this.#names = new StatementNames(session.id);
  }

  get usesTemporary(): boolean {
    return this.#usesTemporary;
  }

  /** Serves the client until it leaves or is no longer understood. Throws when the backend crashed. */
  async serve(): Promise<void> {
    this.#shared.users.add(this);
    try {
      await this.#greet();
      for (let unit; (unit = await this.#readUnit());) {
        await this.#takeTurn();
        await this.#execute(unit);
        this.#endTurnIfIdle();
        await this.#stream.drained();
      }
    } catch (error) {
      if (error instanceof ProtocolViolation || error instanceof RangeError) {
        this.#stream.write(fatal('08P01', error.message));
      } else if (error instanceof BackendError || error instanceof LoginRefused) {
        this.#stream.write(fatal(error.code, error.message));
      } else if (!this.#stream.gone.aborted) {
        throw error;
      }
    } finally {
      await this.#leave();
    }
  }

  /**
   * Logs in and says so. While another connection has the backend (it may be in a long transaction) the client is let
   * in without it, so that connecting never waits for somebody else's transaction; its role is then looked at before its
   * first statement.
   */
  async #greet(): Promise<void> {
    const { gone } = this.#stream;
    try {
      await this.#takeTurn(AbortSignal.any([gone, AbortSignal.timeout(greetingPatienceMs)]));
    } catch (error) {
      if (gone.aborted || !(error instanceof DOMException)) throw error;
    }
    const reported = this.#initialSettings ? new Map(this.#shared.reported) : this.#expectedParameters();
    this.#greeted = reported;
    const { id, secret } = this.#session;
    const key = Buffer.alloc(8);
    key.writeInt32BE(id, 0);
    key.writeInt32BE(secret, 4);
    const parameters = [...reported].map(([name, value]) => parameterStatus(name, value));
    this.#stream.write(
      Buffer.concat([encodeMessage('R', Buffer.alloc(4)), ...parameters, encodeMessage('K', key), readyForQuery('I')]),
    );
    this.#endTurnIfIdle();
  }

  #expectedParameters(): Map<string, string> {
    const { user, parameters } = this.#session;
    const expected = new Map(this.#shared.backend.facts.parameters);
    if (user !== superuser) expected.set('session_authorization', user).set('is_superuser', 'off');
    for (const [name, value] of startupSettings(parameters)) if (expected.has(name)) expected.set(name, value);
    return expected;
  }

  notify(frame: Buffer): void {
    this.#stream.write(Buffer.from(frame));
  }

  /** Undefined when the client has left, or said that it does. */
  async #readUnit(): Promise<Unit | undefined> {
    const parts: Buffer[] = [];
    const texts: string[] = [];
    let bytes = 0;
    let parsesUnnamed = false;
    let needsUnnamed = false;
    for (;;) {
      const message = await this.#stream.read();
      if (message === undefined || message.type === 'X') return undefined;
      const { type } = message;
      if (copyTypes.has(type)) continue;
      const simple = type === 'Q' || type === 'F';
      if (!simple && !extendedTypes.has(type)) {
        throw new ProtocolViolation(`invalid frontend message type ${message.frame[0] ?? 0}`);
      }
      if (type === 'P' && message.body[0] === 0) parsesUnnamed = true;
      if (usesUnnamed(message) && !parsesUnnamed) needsUnnamed = true;
      parts.push(this.#translate(message));
      const text = statementText(message);
      if (text !== undefined) texts.push(text);
      bytes += message.frame.length;
      if (simple || type === 'S' || type === 'H' || bytes >= unitLimit) {
        return { bytes: Buffer.concat(parts), texts, simple, lastType: type, needsUnnamed };
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

  async #takeTurn(signal = this.#stream.gone): Promise<void> {
    if (this.#release) return;
    this.#release = await this.#shared.queue.acquire(signal);
    const first = this.#initialSettings === undefined;
    if (first) {
      this.settings = await this.#shared.login(this.#session.user, this.#session.parameters);
      this.#initialSettings = this.settings;
    }
    if (await this.#shared.switchTo(this)) this.#unnamedLost = true;
    if (first && this.#greeted) this.#report(this.#greeted);
  }

  /** Tells the client which of the reported parameters are others than it believes. */
  #report(believed: ReadonlyMap<string, string>): void {
    for (const [name, value] of this.#shared.reported) {
      if (believed.get(name) !== value) this.#stream.write(parameterStatus(name, value));
    }
  }

  #endTurnIfIdle(): void {
    if (this.#status !== 'I' || this.#unsynced) return;
    this.#release?.();
    this.#release = undefined;
  }

  async #execute(unit: Unit): Promise<void> {
    const own = unit.simple && unit.texts[0] !== undefined ? sessionStatement(unit.texts[0]) : undefined;
    if (own && (await this.#executeOwn(own))) return;
    for (const text of unit.texts) this.#note(text);
    const idle = this.#status === 'I' && !this.#unsynced;
    const before = unit.needsUnnamed && this.#unnamedLost ? this.#unnamed : undefined;
    const outcome = await this.#run(unit, { before, mayDeferCopy: unit.simple && idle });
    if (before) this.#unnamedLost = false;
    if (!outcome.deferred) return;
    this.#endTurnIfIdle();
    const copyData = await this.#gatherCopy();
    if (copyData === undefined) return;
    await this.#takeTurn();
    await this.#run(unit, { copyData, mayDeferCopy: false });
  }

  async #run(
    unit: Unit,
    options: { before?: Buffer | undefined; copyData?: Buffer[]; mayDeferCopy: boolean },
  ): Promise<UnitOutcome> {
    if (this.#setsUnseen) this.settingsChanged = true;
    const tags = new Set<string>();
    const outcome = await runUnit({
      ...options,
      shared: this.#shared,
      stream: this.#stream,
      names: this.#names,
      unit,
      onCompleted: (tag) => tags.add(tag),
    });
    this.#unsynced = outcome.status === undefined;
    this.#status = outcome.status ?? this.#status;
    if ([...tags].some(mayChangeSettings)) this.settingsChanged = true;
    if (tags.has('LISTEN') || tags.has('UNLISTEN')) await this.#changeChannels(unit.texts);
    return outcome;
  }

  #note(text: string): void {
    if (mayUseTemporary(text)) this.#usesTemporary = true;
    if (/set_config/i.test(text)) this.#setsUnseen = true;
    for (const name of customSettings(text)) this.customSettings.add(name);
  }

  async #changeChannels(texts: readonly string[]): Promise<void> {
    const stopped = new Set<string>();
    for (const { listens, channel } of texts.flatMap(listenChanges)) {
      if (listens) this.channels.add(channel);
      else for (const each of channel === '*' ? this.channels : [channel]) stopped.add(each);
      for (const each of stopped) this.channels.delete(each);
    }
    if (stopped.size > 0 && this.#status === 'I') await this.#shared.restoreChannels(stopped);
  }

  /** True when the statement was answered; false when it is PostgreSQL's to answer, because it has to refuse it. */
  async #executeOwn(statement: SessionStatement): Promise<boolean> {
    if (statement.kind === 'deallocate') {
      if (!this.#names.prepared.has(statement.name)) return false;
      const bytes = simpleQuery(`DEALLOCATE ${quoteName(this.#names.toBackend(statement.name))}`);
      await this.#run({ bytes, texts: [], simple: true, lastType: 'Q', needsUnnamed: false }, { mayDeferCopy: false });
      return true;
    }
    if (this.#status !== 'I' || this.#unsynced) return false;
    const reported = new Map(this.#shared.reported);
    if (statement.kind !== 'reset-all') await this.#closeStatements();
    if (statement.kind === 'discard-all') {
      await this.#shared.query(
        'CLOSE ALL; SELECT pg_advisory_unlock_all(); DISCARD PLANS; DISCARD SEQUENCES; DISCARD TEMP',
      );
      const channels = new Set(this.channels);
      this.channels.clear();
      await this.#shared.restoreChannels(channels);
    }
    if (statement.kind !== 'deallocate-all') {
      this.settings = this.#initialSettings ?? this.settings;
      await this.#shared.restore(this);
    }
    this.#report(reported);
    const tag = statement.kind.replace('-', ' ').toUpperCase();
    this.#stream.write(Buffer.concat([commandComplete(tag.replace(/^RESET ALL$/, 'RESET')), readyForQuery('I')]));
    return true;
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

  async #closeStatements(): Promise<void> {
    const closes = this.#names.closeAll();
    if (closes.length === 0) return;
    await this.#shared.backend.run(Buffer.concat([closes, encodeMessage('S')]), {
      onOutput: (_bytes, taken) => {
        taken();
      },
      onStarved: () => undefined,
    });
  }

  /** Gives the backend back as the next connection expects it: no transaction, nothing of this connection's. */
  async #leave(): Promise<void> {
    const { users, queue } = this.#shared;
    users.delete(this);
    try {
      const leavesNothing = this.#names.prepared.size === 0 && !this.#usesTemporary && this.channels.size === 0;
      if (this.#release === undefined && leavesNothing && users.size > 0) return;
      this.#release ??= await queue.acquire(new AbortController().signal);
      if (this.#unsynced || this.#status !== 'I') await this.#shared.query('ROLLBACK');
      await this.#closeStatements();
      await this.#shared.restoreChannels(this.channels);
      const ends = users.size === 0 ? ['CLOSE ALL', 'SELECT pg_advisory_unlock_all()'] : [];
      if (this.#usesTemporary && ![...users].some((user) => user.usesTemporary)) ends.push('DISCARD TEMP');
      if (ends.length > 0) await this.#shared.query(ends.join('; '));
    } finally {
      this.#release?.();
      this.#release = undefined;
      this.#stream.end();
    }
  }
}

function usesUnnamed(message: WireMessage): boolean {
  const { type, body } = message;
  if (type === 'B') return body[readCString(body, 0).next] === 0;
  return type === 'D' && body[0] === 0x53 && body[1] === 0;
}

/** The SQL of a Query or Parse. */
function statementText({ type, body }: WireMessage): string | undefined {
  if (type === 'Q') return readCString(body, 0).text;
  return type === 'P' ? readCString(body, readCString(body, 0).next).text : undefined;
}
