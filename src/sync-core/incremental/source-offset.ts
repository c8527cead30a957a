/** Up to which moment the changes of a source are in the live rows. */
export interface SourceOffset {
  /** Of Snowflake's clock, in ISO 8601 with milliseconds, as far as Time Travel resolves. Changes that were committed later are not in. */
  readonly at: string;
}

export function offsetAt(moment: Date): SourceOffset {
  return { at: moment.toISOString() };
}

export function momentOf({ at }: SourceOffset): Date {
  return new Date(at);
}
