/**
 * `statement_timeout` and `idle_in_transaction_session_timeout` of one session. PostgreSQL's own timers never go off in
 * PGlite, whose thread runs nothing beside a statement; the server keeps them instead.
 *
 * Two things differ from PostgreSQL: several statements in one query have the time of one, and a timeout that is set
 * holds from the next query on.
 */
export class SessionTimeouts {
  #statementMs = 0;
  #idleInTransactionMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #expired = false;

  /** The query whose only row {@link read} takes. */
  static readonly query = `SELECT ${['statement_timeout', 'idle_in_transaction_session_timeout']
    .map((name) => `(extract(epoch FROM current_setting('${name}')::interval) * 1000)::bigint`)
    .join(', ')}`;

  read(row: readonly (string | null)[] | undefined): void {
    this.#statementMs = Number(row?.[0] ?? 0);
    this.#idleInTransactionMs = Number(row?.[1] ?? 0);
  }

  /** Whether the statement that runs, or ran last, has had its time. */
  get expired(): boolean {
    return this.#expired;
  }

  statementStarted(cancel: () => void): void {
    this.stop();
    this.#expired = false;
    this.#start(this.#statementMs, () => {
      this.#expired = true;
      cancel();
    });
  }

  idleInTransaction(disconnect: () => void): void {
    this.stop();
    this.#start(this.#idleInTransactionMs, disconnect);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(ms: number, act: () => void): void {
    /** A longer time does not fit a timer, and is nobody's timeout. */
    if (ms > 0 && ms < 2 ** 31) this.#timer = setTimeout(act, ms);
  }
}
