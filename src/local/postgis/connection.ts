import { BackendError } from './backend-query.ts';
import type { ClientStream } from './client-stream.ts';
import { gatherCopyMessages } from './copy-data.ts';
import type { Housekeeping } from './housekeeping.ts';
import { ProtocolViolation } from './message-framer.ts';
import type { SessionSettings } from './session-settings.ts';
import {
  customSettings,
  defaultSettings,
  mayChangeSettings,
  quoteName,
  quoteText,
  startupSettings,
  superuser,
} from './session-settings.ts';
import { SessionTimeouts } from './session-timeouts.ts';
import { LoginRefused } from './shared-backend.ts';
import type { BackendUser, SharedBackend } from './shared-backend.ts';
import { StatementNames } from './statement-names.ts';
import { listenChanges, mayUseTemporary, preparedChanges, sessionStatement } from './statement-text.ts';
import type { SessionStatement } from './statement-text.ts';
import { UnitReader } from './unit-reader.ts';
import type { Unit, UnitOutcome } from './unit.ts';
import { runUnit } from './unit.ts';
import {
  backendKeyData,
  commandComplete,
  encodeMessage,
  errorResponse,
  fatal,
  parameterStatus,
  readyForQuery,
  simpleQuery,
} from './wire-messages.ts';
import type { TransactionStatus } from './wire-messages.ts';

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

/** The client cancelled its statement before the backend came to it. */
class CancelledInQueue extends Error {
  override readonly name = 'CancelledInQueue';
}

/** Nobody waits for the statement any more. */
class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
}

/** One client's session, from its first message after the startup to its end. */
export class Connection implements BackendUser {
  settings: SessionSettings = defaultSettings;
  settingsChanged = false;
  readonly customSettings = new Set<string>();
  readonly channels = new Set<string>();
  readonly #shared: SharedBackend;
  readonly #housekeeping: Housekeeping;
  readonly #stream: ClientStream;
  readonly #session: SessionRequest;
  readonly #names: StatementNames;
  /** Prepared by the SQL statement PREPARE: in the backend under the client's own name, for as long as nobody deallocates them. */
  readonly #preparedBySql = new Set<string>();
  readonly #units: UnitReader;
  readonly #timeouts = new SessionTimeouts();
  /** What the client has been told of the parameters that a server reports, before the session could log in. */
  #greeted: ReadonlyMap<string, string> | undefined;
  #initialSettings: SessionSettings | undefined;
  #release: (() => void) | undefined;
  #waiting: AbortController | undefined;
  #running: AbortController | undefined;
  #status: TransactionStatus = 'I';
  /** Extended messages were executed and their Sync has not come yet. */
  #unsynced = false;
  #unnamedLost = false;
  /** It has statements that change settings without saying so, to be executed at any time. */
  #setsUnseen = false;
  /**
   * A statement named a timeout since they were read. They are read only then: a query of the server's own in the
   * client's transaction would be its first, after which SET TRANSACTION is refused.
   */
  #timeoutsNamed = false;
  #usesTemporary = false;

  constructor(shared: SharedBackend, housekeeping: Housekeeping, stream: ClientStream, session: SessionRequest) {
    this.#shared = shared;
    this.#housekeeping = housekeeping;
    this.#stream = stream;
    this.#session = session;
    this.#names = new StatementNames(session.id);
    this.#units = new UnitReader(stream, this.#names);
  }

  get usesTemporary(): boolean {
    return this.#usesTemporary;
  }

  /** Whether a CancelRequest means this session. */
  isMeantBy(id: number, secret: number): boolean {
    return this.#session.id === id && this.#session.secret === secret;
  }

  /** Serves the client until it leaves or is no longer understood. Throws when the backend crashed. */
  async serve(): Promise<void> {
    const abandon = () => {
      this.cancel();
    };
    this.#stream.abandoned.addEventListener('abort', abandon);
    this.#shared.users.add(this);
    try {
      await this.#greet();
      for (let unit; (unit = await this.#units.read());) {
        this.#timeouts.stop();
        try {
          await this.#takeTurn();
          await this.#execute(unit);
        } catch (error) {
          if (!(error instanceof CancelledInQueue) || !(await this.#answerCancelled(unit))) throw error;
        }
        this.#endTurnIfIdle();
        await this.#stream.drained();
      }
    } catch (error) {
      if (error instanceof ProtocolViolation || error instanceof RangeError) {
        this.#stream.write(fatal('08P01', error.message));
      } else if (error instanceof BackendError || error instanceof LoginRefused) {
        this.#stream.write(fatal(error.code, error.message));
      } else if (!(this.#stream.gone.aborted || error instanceof ClientLeft || error instanceof CancelledInQueue)) {
        throw error;
      }
    } finally {
      this.#stream.abandoned.removeEventListener('abort', abandon);
      this.#timeouts.stop();
      await this.#leave();
    }
  }

  notify(frame: Buffer): void {
    this.#stream.write(Buffer.from(frame));
  }

  /** Cancels the statement that runs or waits for its turn; nothing happens where there is none. */
  cancel(): void {
    if (this.#running) {
      this.#running.abort();
      this.#shared.backend.cancel();
    } else {
      this.#waiting?.abort(new CancelledInQueue());
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
      await this.#takeTurn(AbortSignal.timeout(greetingPatienceMs));
    } catch (error) {
      if (gone.aborted || !(error instanceof DOMException)) throw error;
    }
    const reported = this.#initialSettings ? new Map(this.#shared.reported) : this.#expectedParameters();
    this.#greeted = reported;
    const parameters = [...reported].map(([name, value]) => parameterStatus(name, value));
    const key = backendKeyData(this.#session.id, this.#session.secret);
    this.#stream.write(Buffer.concat([encodeMessage('R', Buffer.alloc(4)), ...parameters, key, readyForQuery('I')]));
    this.#endTurnIfIdle();
  }

  #expectedParameters(): Map<string, string> {
    const { user, parameters } = this.#session;
    const expected = new Map(this.#shared.backend.facts.parameters);
    if (user !== superuser) expected.set('session_authorization', user).set('is_superuser', 'off');
    for (const [name, value] of startupSettings(parameters)) if (expected.has(name)) expected.set(name, value);
    return expected;
  }

  async #takeTurn(patience?: AbortSignal): Promise<void> {
    if (this.#release) return;
    this.#waiting = new AbortController();
    const signals = [this.#stream.gone, this.#waiting.signal, ...(patience ? [patience] : [])];
    try {
      this.#release = await this.#shared.queue.acquire(AbortSignal.any(signals));
    } finally {
      this.#waiting = undefined;
    }
    const first = this.#initialSettings === undefined;
    if (first) {
      this.settings = await this.#shared.login(this.#session.user, this.#session.parameters);
      this.#initialSettings = this.settings;
    }
    if (await this.#shared.switchTo(this)) this.#unnamedLost = true;
    if (first) await this.#readTimeouts();
    if (first && this.#greeted) this.#report(this.#greeted);
  }

  async #readTimeouts(): Promise<void> {
    this.#timeouts.read((await this.#shared.query(SessionTimeouts.query))[0]);
  }

  /** Tells the client which of the reported parameters are others than it believes. */
  #report(believed: ReadonlyMap<string, string>): void {
    for (const [name, value] of this.#shared.reported) {
      if (believed.get(name) !== value) this.#stream.write(parameterStatus(name, value));
    }
  }

  /** Ends the turn where no transaction and no unfinished sequence of messages needs it on. */
  #endTurnIfIdle(): void {
    if (this.#status !== 'I') {
      this.#timeouts.idleInTransaction(() => {
        this.#stream.write(fatal('25P03', 'terminating connection due to idle-in-transaction timeout'));
        this.#stream.destroySoon();
      });
    } else if (!this.#unsynced) {
      this.#release?.();
      this.#release = undefined;
    }
  }

  async #execute(unit: Unit): Promise<void> {
    const own = unit.simple && unit.texts[0] !== undefined ? sessionStatement(unit.texts[0]) : undefined;
    if (own && (await this.#executeOwn(own))) return;
    for (const text of unit.texts) this.#note(text);
    const idle = this.#status === 'I' && !this.#unsynced;
    const before = this.#unnamedLost ? unit.unnamed : undefined;
    const outcome = await this.#run(unit, { before, mayDeferCopy: unit.simple && idle });
    if (before !== undefined || unit.parsesUnnamed) this.#unnamedLost = false;
    if (!outcome.deferred) return;
    this.#endTurnIfIdle();
    const copyData = await gatherCopyMessages(this.#stream);
    if (copyData === undefined) return;
    await this.#takeTurn();
    await this.#run(unit, { copyData, mayDeferCopy: false });
  }

  async #run(
    unit: Unit,
    options: { before?: Buffer | undefined; copyData?: Buffer[]; mayDeferCopy: boolean },
  ): Promise<UnitOutcome> {
    if (this.#stream.abandoned.aborted) throw new ClientLeft();
    const tags = new Set<string>();
    this.#running = new AbortController();
    this.#timeouts.statementStarted(() => {
      this.cancel();
    });
    let outcome: UnitOutcome;
    try {
      const { shared, stream, names } = { shared: this.#shared, stream: this.#stream, names: this.#names };
      outcome = await runUnit({
        ...options,
        ...{ shared, stream, names, unit, timeouts: this.#timeouts, cancelled: this.#running.signal },
        onCompleted: (tag) => tags.add(tag),
      });
    } finally {
      this.#running = undefined;
      this.#timeouts.stop();
      this.#housekeeping.noteActivity();
    }
    this.#unsynced = outcome.status === undefined;
    this.#status = outcome.status ?? this.#status;
    if (tags.has('LISTEN') || tags.has('UNLISTEN')) await this.#changeChannels(unit.texts);
    if (tags.has('PREPARE') || tags.has('DEALLOCATE')) {
      for (const { prepares, name } of unit.texts.flatMap(preparedChanges)) {
        if (prepares) this.#preparedBySql.add(name);
        else this.#preparedBySql.delete(name);
      }
    }
    if (this.#setsUnseen || [...tags].some(mayChangeSettings)) this.settingsChanged = true;
    if (this.#timeoutsNamed && !this.#unsynced && this.#status !== 'E') {
      await this.#readTimeouts();
      /** One that is set in a transaction may be another after it. */
      this.#timeoutsNamed = this.#status !== 'I';
    }
    return outcome;
  }

  /** Answers in the backend's place; false when the client has left. */
  async #answerCancelled(unit: Unit): Promise<boolean> {
    const message = 'canceling statement due to user request';
    this.#stream.write(errorResponse({ severity: 'ERROR', code: '57014', message }));
    if (!unit.simple && unit.lastType !== 'S' && !(await this.#units.skipToSync())) return false;
    this.#stream.write(readyForQuery('I'));
    return true;
  }

  #note(text: string): void {
    if (mayUseTemporary(text)) this.#usesTemporary = true;
    if (/set_config/i.test(text)) this.#setsUnseen = true;
    if (/_timeout/i.test(text)) this.#timeoutsNamed = true;
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
      await this.#runOwn(simpleQuery(`DEALLOCATE ${quoteName(this.#names.toBackend(statement.name))}`));
      this.#names.forget(statement.name);
      return true;
    }
    if (statement.kind === 'reset-authorization') {
      // The backend was started without a user to go back to.
      const bytes = simpleQuery(`SET SESSION AUTHORIZATION ${quoteName(this.#session.user)}`);
      await this.#runOwn(bytes);
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
      await this.#readTimeouts();
    }
    this.#report(reported);
    const tag = { 'reset-all': 'RESET', 'discard-all': 'DISCARD ALL', 'deallocate-all': 'DEALLOCATE ALL' };
    this.#stream.write(Buffer.concat([commandComplete(tag[statement.kind]), readyForQuery('I')]));
    return true;
  }

  /** Runs another statement than the client's and gives it the answer. */
  async #runOwn(bytes: Buffer): Promise<void> {
    const unit = { bytes, texts: [], simple: true, lastType: 'Q', parsesUnnamed: false, unnamed: undefined };
    await this.#run(unit, { mayDeferCopy: false });
  }

  async #closeStatements(): Promise<void> {
    const closes = this.#names.closeAll();
    if (closes.length > 0) await this.#shared.runSilently(Buffer.concat([closes, encodeMessage('S')]));
    if (this.#preparedBySql.size === 0) return;
    const mine = [...this.#preparedBySql].map(quoteText).join(', ');
    this.#preparedBySql.clear();
    const left = await this.#shared.query(
      `SELECT name FROM pg_prepared_statements WHERE from_sql AND name IN (${mine})`,
    );
    for (const [name] of left) await this.#shared.query(`DEALLOCATE ${quoteName(name ?? '')}`);
  }

  /** Gives the backend back as the next connection expects it: no transaction, nothing of this connection's. */
  async #leave(): Promise<void> {
    const { users, queue } = this.#shared;
    users.delete(this);
    try {
      const leavesNothing =
        this.#names.prepared.size === 0 &&
        this.#preparedBySql.size === 0 &&
        !this.#usesTemporary &&
        this.channels.size === 0;
      if (this.#release === undefined && leavesNothing && users.size > 0) return;
      this.#release ??= await queue.acquire(new AbortController().signal);
      if (this.#unsynced) await this.#shared.runSilently(encodeMessage('S'));
      if (this.#unsynced || this.#status !== 'I') await this.#shared.query('ROLLBACK');
      await this.#closeStatements();
      await this.#shared.restoreChannels(this.channels);
      const ends = users.size === 0 ? ['CLOSE ALL', 'SELECT pg_advisory_unlock_all()'] : [];
      if (this.#usesTemporary && ![...users].some((user) => user.usesTemporary)) ends.push('DISCARD TEMP');
      for (const end of ends) await this.#shared.query(end);
    } finally {
      this.#release?.();
      this.#release = undefined;
      this.#stream.end();
    }
  }
}
