import { BackendOutput } from './backend-output.ts';
import type { ClientStream } from './client-stream.ts';
import { copyFail, takeCopyMessages, unfinishedCopy } from './copy-data.ts';
import type { SessionTimeouts } from './session-timeouts.ts';
import type { SharedBackend } from './shared-backend.ts';
import type { StatementNames } from './statement-names.ts';
import {
  encodeErrorFields,
  readCString,
  readErrorFields,
  readParameterStatus,
  readyForQuery,
} from './wire-messages.ts';
import type { TransactionStatus, WireMessage } from './wire-messages.ts';

/** Messages that the backend executes in one go: one simple query, or extended messages up to Sync or Flush. */
export interface Unit {
  readonly bytes: Buffer;
  /** The SQL in it. */
  readonly texts: readonly string[];
  readonly simple: boolean;
  readonly lastType: string;
  /** It parses an unnamed statement. */
  readonly parsesUnnamed: boolean;
  /** The Parse of the unnamed statement that it uses, where that is in an earlier unit. */
  readonly unnamed: Buffer | undefined;
}

export interface RunUnitOptions {
  readonly shared: SharedBackend;
  readonly stream: ClientStream;
  readonly names: StatementNames;
  readonly timeouts: SessionTimeouts;
  readonly unit: Unit;
  /** What the backend gets before the unit's own bytes: a Parse whose ParseComplete the client does not get. */
  readonly before?: Buffer | undefined;
  /** COPY data that the client has sent already, having had its CopyInResponse. */
  readonly copyData?: readonly Buffer[];
  /** Where the unit is a lone COPY FROM STDIN, leave it without effect, so that the client's data can be gathered first. */
  readonly mayDeferCopy: boolean;
  /** Ends a COPY that waits for the client; the backend itself is cancelled by who aborts this. */
  readonly cancelled: AbortSignal;
  /** Gets the tag of each statement that was executed. */
  readonly onCompleted: (commandTag: string) => unknown;
}

export interface UnitOutcome {
  /** Undefined where the backend awaits a Sync. */
  readonly status: TransactionStatus | undefined;
  /** The unit is a COPY FROM STDIN that was left again; the client has its CopyInResponse and sends data. */
  readonly deferred: boolean;
}

interface Progress {
  messages: number;
  copies: number;
  deferred: boolean;
  /** The last message that was handed to the backend; `G` while it takes COPY data. */
  lastType: string;
  parsesToHide: number;
  status: TransactionStatus;
}

/**
 * Has the backend execute one unit and gives the client the output. COPY FROM STDIN reads on from the client for as long
 * as the backend asks; a client that leaves before its CopyDone makes the COPY fail.
 *
 * ReadyForQuery is held until the backend has finished, and is sent only for a Query or a Sync: PGlite sends one too
 * many after an error in an extended message.
 */
export async function runUnit(options: RunUnitOptions): Promise<UnitOutcome> {
  const { shared, stream, names, unit } = options;
  const { backend } = shared;
  const seen: Progress = {
    messages: 0,
    copies: 0,
    deferred: false,
    lastType: unit.lastType,
    parsesToHide: options.before ? 1 : 0,
    status: 'I',
  };

  const output = new BackendOutput((message) => {
    seen.messages += 1;
    if (message.type === 'Z') {
      seen.status = message.body.toString('latin1') as TransactionStatus;
      return undefined;
    }
    if (seen.deferred) return undefined;
    switch (message.type) {
      case 'G':
        seen.copies += 1;
        seen.deferred = options.mayDeferCopy && seen.messages === 1;
        if (!unit.simple) seen.lastType = 'G';
        return options.copyData && seen.copies === 1 ? undefined : message.frame;
      case '1':
        if (seen.parsesToHide === 0) return message.frame;
        seen.parsesToHide -= 1;
        return undefined;
      case 'C':
        options.onCompleted(readCString(message.body, 0).text);
        return message.frame;
      case 'S':
        shared.reported.set(...readParameterStatus(message.body));
        return message.frame;
      case 'A':
        shared.notify(message.frame);
        return undefined;
      case 'E':
        return names.restore(options.timeouts.expired ? blameTimeout(message) : message.frame);
      case 'N':
        return names.restore(message.frame);
      default:
        return message.frame;
    }
  });

  const aborted = new Promise<void>((resolve) => {
    options.cancelled.addEventListener('abort', () => {
      resolve();
    });
  });
  const feed = async (): Promise<void> => {
    if (seen.deferred) {
      backend.feed(copyFail('the data is gathered first'));
      return;
    }
    await Promise.race([stream.whenReadable(), aborted]);
    if (options.cancelled.aborted) {
      seen.lastType = unit.simple ? seen.lastType : 'f';
      backend.feed(copyFail('canceling statement due to user request'));
      return;
    }
    const data = takeCopyMessages(stream);
    if (!unit.simple) seen.lastType = data.at(-1)?.type ?? 'f';
    backend.feed(data.length > 0 ? Buffer.concat(data.map(({ frame }) => frame)) : copyFail(unfinishedCopy));
  };

  await backend.run(Buffer.concat([options.before ?? Buffer.alloc(0), unit.bytes, ...(options.copyData ?? [])]), {
    onOutput: (chunk, taken) => {
      const pieces = output.push(chunk);
      const last = pieces.pop();
      for (const piece of pieces) stream.write(piece);
      if (last) stream.write(last, taken);
      else taken();
    },
    onStarved: () => void feed(),
  });
  const { status, deferred } = seen;
  if (!'QFS'.includes(seen.lastType)) return { status: undefined, deferred };
  if (!deferred) stream.write(readyForQuery(status));
  return { status, deferred };
}

/** The backend was told to cancel and not why. */
function blameTimeout(message: WireMessage): Buffer {
  const fields = readErrorFields(message.body);
  if (fields.get('C') !== '57014') return message.frame;
  return encodeErrorFields(fields.set('M', 'canceling statement due to statement timeout'));
}
