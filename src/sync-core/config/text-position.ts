import type { SourceRange } from '../errors.ts';

/** Finds lines and columns in a text. A line ends with `\n`, `\r\n` or `\r`, as editors have it. */
export class TextPositions {
  readonly #text: string;
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.#text = text;
    const starts = [0];
    for (const ending of text.matchAll(/\r\n|\n|\r/g)) starts.push(ending.index + ending[0].length);
    this.#lineStarts = starts;
  }

  /** A range with its line and column, both from 1. A range that leaves the text is brought back into it. */
  range(offset: number, length: number): SourceRange {
    const start = Math.min(Math.max(offset, 0), this.#text.length);
    const end = Math.min(start + Math.max(length, 0), this.#text.length);
    let low = 0;
    for (let high = this.#lineStarts.length - 1; low < high;) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= start) low = middle;
      else high = middle - 1;
    }
    return { offset: start, length: end - start, line: low + 1, column: start - (this.#lineStarts[low] ?? 0) + 1 };
  }

  /** The text of a line, from 1, without its ending. */
  line(number: number): string {
    const start = this.#lineStarts[number - 1] ?? this.#text.length;
    const end = this.#lineStarts[number] ?? this.#text.length;
    return this.#text.slice(start, end).replace(/[\r\n]+$/, '');
  }
}
