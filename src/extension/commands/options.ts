/**
 * What the extension's own code says to a command beyond what it is about: its third argument, after the subject and the
 * selection. Whoever sets one has asked the person already.
 */
export interface CommandOptions {
  /** Of `syncTable`: skips the guards against an empty or shrunken source. */
  readonly force?: boolean;
  /** Of `verify`: the level in place of the one in the settings. */
  readonly level?: 'count' | 'checksum' | 'diff';
  /** Of `verify`: applies the rows that differ to the target; needs the level `diff`. */
  readonly repair?: boolean;
}
