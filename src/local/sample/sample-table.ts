/** A base table of the sample: what Snowflake is told, and the rows. */
export interface SampleTable {
  readonly schema: 'APPLICATIONS' | 'PRODUCTION';
  readonly name: string;
  /** Column definitions as `CREATE TABLE` takes them. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Whether Snowflake is to keep what changes in it, which it does not for tables with geospatial columns. */
  readonly changeTracking: boolean;
  /** The rows in COPY text; each piece is whole rows, some hundred kilobytes. The same at every call. */
  chunks(): Iterable<string>;
}

export interface SampleView {
  readonly schema: 'APPLICATIONS' | 'PRODUCTION';
  readonly name: string;
  readonly query: string;
}

export const sampleDatabase = 'FLUX_DB';

const chunkLength = 256 * 1024;

/** Puts lines together to chunks. */
export function* chunked(lines: Iterable<string>): Generator<string, void, undefined> {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length >= chunkLength) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}
