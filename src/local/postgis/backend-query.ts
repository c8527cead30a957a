import type { Backend } from './backend.ts';
import { MessageFramer } from './message-framer.ts';
import { readDataRow, readErrorFields, readParameterStatus, simpleQuery } from './wire-messages.ts';

/** A statement of the server's own failed; `response` is PostgreSQL's ErrorResponse. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly code: string;
  readonly response: Buffer;

  constructor(response: Buffer) {
    const fields = readErrorFields(response.subarray(5));
    super(fields.get('M') ?? 'unknown error');
    this.code = fields.get('C') ?? 'XX000';
    this.response = response;
  }
}

/**
 * Runs SQL of the server's own and returns its rows as text. The caller has the backend's turn. Throws
 * {@link BackendError} for a SQL error. Notices go nowhere.
 */
export async function queryBackend(
  backend: Backend,
  sql: string,
  onParameter: (name: string, value: string) => void,
): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  let failure: BackendError | undefined;
  const framer = new MessageFramer(1 << 30);
  await backend.run(simpleQuery(sql), {
    onOutput: (bytes, taken) => {
      framer.push(bytes);
      for (let message; (message = framer.next());) {
        if (message.type === 'D') rows.push(readDataRow(message.body));
        else if (message.type === 'S') onParameter(...readParameterStatus(message.body));
        else if (message.type === 'E') failure ??= new BackendError(Buffer.from(message.frame));
      }
      taken();
    },
    onStarved: () => undefined,
  });
  if (failure) throw failure;
  return rows;
}
