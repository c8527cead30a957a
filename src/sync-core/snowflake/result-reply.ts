/** Where the rows of a chunk are fetched: a presigned link to the cloud's storage, good for some hours. */
export interface ResultChunk {
  readonly url: string;
  readonly rowCount: number;
}

/** What the service says of a finished statement's result: the first rows themselves, and links to the others. */
export interface ResultReply {
  readonly queryId: string;
  readonly columnCount: number;
  readonly inline: readonly (readonly (string | null)[])[];
  readonly chunks: readonly ResultChunk[];
  /** What the storage wants to see with a link: the key of an object that is encrypted with it. */
  readonly chunkHeaders: Readonly<Record<string, string>>;
}

/**
 * A reply to a statement, if it is one with a result; undefined for all else that comes through the same client (logging in,
 * "still running", an error, telemetry). Read as the driver reads it (snowflake-sdk 3.3, lib/connection/result/result.js:
 * chunks, chunkHeaders, or the headers that a query-result-master-key makes). Copied, for the driver changes its own.
 */
export function parseResultReply(body: unknown): ResultReply | undefined {
  if (!isRecord(body) || !isRecord(body.data)) return undefined;
  const { queryId, rowtype, rowset, chunks = [], chunkHeaders, qrmk } = body.data;
  if (typeof queryId !== 'string' || !Array.isArray(rowtype) || !Array.isArray(rowset)) return undefined;
  return {
    queryId,
    columnCount: rowtype.length,
    inline: rowset as ResultReply['inline'],
    chunks: Array.isArray(chunks) ? chunks.map(({ url, rowCount }: ResultChunk) => ({ url, rowCount })) : [],
    chunkHeaders: headersOf(chunkHeaders, qrmk),
  };
}

function headersOf(chunkHeaders: unknown, masterKey: unknown): Readonly<Record<string, string>> {
  if (isRecord(chunkHeaders)) return { ...(chunkHeaders as Record<string, string>) };
  if (typeof masterKey !== 'string') return {};
  return {
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    'x-amz-server-side-encryption-customer-key': masterKey,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
