/**
 * What the extension's own code says to a command beyond what it is about: its third argument, after the subject and the
 * selection. Whoever sets one has asked the person already.
 */
export interface CommandOptions {
  /** Of `syncTable`: skips the guards against an empty or shrunken source. */
  readonly force?: boolean;
  /** Of `verify`: applies the rows that differ to the target; goes down to the rows. */
  readonly repair?: boolean;
}
