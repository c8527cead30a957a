import type { Node } from 'jsonc-parser';
import { findNodeAtLocation } from 'jsonc-parser';
import type { ConfigProblem } from '../errors.ts';
import { didYouMean } from './did-you-mean.ts';
import { TextPositions } from './text-position.ts';

/** Where in a document: object keys and array indexes from the root. */
export type JsonPath = readonly (string | number)[];

/** How a problem is shown. */
export interface ProblemOptions {
  /** Whether the setting's name is marked rather than its value. */
  readonly atKey?: boolean;
  /** What was probably meant; the message says so too. */
  readonly suggestion?: string | undefined;
  readonly severity?: ConfigProblem['severity'];
}

/** Collects problems of one document, and finds where they are in its text. */
export class ProblemList {
  readonly #problems: ConfigProblem[] = [];
  readonly #positions: TextPositions;
  readonly #tree: Node | undefined;

  constructor(text: string, tree: Node | undefined) {
    this.#positions = new TextPositions(text);
    this.#tree = tree;
  }

  /** Reports what is wrong with the value at `path`, or with the nearest value around it that there is. */
  add(path: JsonPath, message: string, options: ProblemOptions = {}): void {
    const { offset, length } = this.#find(path, options.atKey ?? false);
    this.addAt(offset, length, path, message, options);
  }

  /** Reports what is wrong with a piece of the text: UTF-16 code units. */
  addAt(offset: number, length: number, path: JsonPath, message: string, options: ProblemOptions = {}): void {
    const { suggestion, severity = 'error' } = options;
    this.#problems.push({
      severity,
      path: [...path],
      message: message + didYouMean(suggestion),
      ...(suggestion !== undefined && { suggestion }),
      ...this.#positions.range(offset, length),
    });
  }

  /** Whether something is wrong with the value at `path` or with a part of it, of which what is missing may only follow. */
  has(path: JsonPath): boolean {
    return this.#problems.some((problem) => path.every((part, depth) => problem.path[depth] === part));
  }

  /** The line, from 1, that a place is on. */
  lineAt(offset: number): number {
    return this.#positions.range(offset, 0).line;
  }

  /** All problems in the order of the text, each once. */
  sorted(): ConfigProblem[] {
    const seen = new Set<string>();
    return this.#problems
      .filter(({ offset, message }) => {
        const identity = `${offset} ${message}`;
        return !seen.has(identity) && seen.add(identity);
      })
      .sort((a, b) => a.offset - b.offset);
  }

  #find(path: JsonPath, atKey: boolean): { offset: number; length: number } {
    if (this.#tree === undefined) return { offset: 0, length: 0 };
    for (let depth = path.length; depth >= 0; depth--) {
      const node = findNodeAtLocation(this.#tree, path.slice(0, depth));
      if (node === undefined) continue;
      const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
      const missing = depth < path.length;
      if ((atKey || missing) && key !== undefined) return key;
      // An object or array as a whole would mark many lines: its opening bracket is enough.
      return node.type === 'object' || node.type === 'array' ? { offset: node.offset, length: 1 } : node;
    }
    return { offset: 0, length: 0 };
  }
}
