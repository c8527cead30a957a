import type { Position } from '../ast.ts';
import { SnowflakeSqlError } from '../../engine.ts';
import { syntaxError } from '../errors.ts';

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'operator' | 'bind' | 'positional' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** Folded name, unescaped string, or the text itself. */
  readonly value: string;
  readonly position: Position;
  readonly start: number;
  readonly end: number;
}

const operators = ['=>', '->', '::', '||', '<=', '>=', '<>', '!='];
const singles = new Set('()[]{},.;:+-*/%=<>@^&|~');

/**
 * Splits a statement's text. Comments are `--`, `//` and block comments; strings are `'…'` with backslash escapes and doubled
 * quotes, or `$$…$$` raw (sql-reference/data-types-text, "String constants"). Throws 1003 on what cannot be a token.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const lines = lineStarts(text);
  let line = 0;
  const positionOf = (offset: number): Position => {
    while (line + 1 < lines.length && (lines[line + 1] ?? Infinity) <= offset) line++;
    return { line: line + 1, column: offset - (lines[line] ?? 0) };
  };
  let i = 0;
  let binds = 0;
  const push = (kind: TokenKind, start: number, end: number, value: string): void => {
    tokens.push({ kind, text: text.slice(start, end), value, position: positionOf(start), start, end });
    i = end;
  };

  while (i < text.length) {
    const c = text.charAt(i);
    if (/\s/u.test(c)) {
      i++;
    } else if (text.startsWith('--', i) || text.startsWith('//', i)) {
      const end = text.indexOf('\n', i);
      i = end < 0 ? text.length : end;
    } else if (text.startsWith('/*', i)) {
      const end = text.indexOf('*/', i + 2);
      if (end < 0) throw syntaxError(positionOf(i), '/*');
      i = end + 2;
    } else if (text.startsWith('$$', i)) {
      const end = text.indexOf('$$', i + 2);
      if (end < 0) throw syntaxError(positionOf(i), '$$');
      push('string', i, end + 2, text.slice(i + 2, end));
    } else if (c === "'") {
      const [value, end] = quotedString(text, i, positionOf);
      push('string', i, end, value);
    } else if (c === '"') {
      const [value, end] = quotedIdentifier(text, i, positionOf);
      push('quoted', i, end, value);
    } else if (/[A-Za-z_\u0080-\uffff]/u.test(c)) {
      const match = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/uy;
      match.lastIndex = i;
      const word = match.exec(text)?.[0] ?? c;
      push('word', i, i + word.length, word.toUpperCase());
    } else if (/[0-9]/u.test(c) || (c === '.' && /[0-9]/u.test(text.charAt(i + 1)) && !endsOperand(tokens.at(-1)))) {
      const match = /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/uy;
      match.lastIndex = i;
      const number = match.exec(text)?.[0] ?? c;
      push('number', i, i + number.length, number);
    } else if (c === '?') {
      binds++;
      push('bind', i, i + 1, String(binds));
    } else if (c === ':' && /[0-9]/u.test(text.charAt(i + 1)) && tokens.at(-1)?.kind !== 'string') {
      // After a string it is the colon of an object constant: {'a':1}.
      const digits = /^[0-9]+/u.exec(text.slice(i + 1))?.[0] ?? '';
      push('bind', i, i + 1 + digits.length, digits);
    } else if (c === '$' && /[0-9]/u.test(text.charAt(i + 1))) {
      const digits = /^[0-9]+/u.exec(text.slice(i + 1))?.[0] ?? '';
      push('positional', i, i + 1 + digits.length, digits);
    } else {
      const operator = operators.find((o) => text.startsWith(o, i)) ?? (singles.has(c) ? c : undefined);
      if (operator === undefined) throw syntaxError(positionOf(i), c);
      push('operator', i, i + operator.length, operator);
    }
  }
  tokens.push({
    kind: 'end',
    text: '',
    value: '',
    position: positionOf(text.length),
    start: text.length,
    end: text.length,
  });
  return tokens;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}

/** Whether a `.` after this token continues an operand rather than beginning a number. */
function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  return (
    token.kind === 'word' ||
    token.kind === 'quoted' ||
    token.kind === 'string' ||
    token.value === ')' ||
    token.value === ']'
  );
}

function quotedIdentifier(text: string, start: number, positionOf: (o: number) => Position): [string, number] {
  let value = '';
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charAt(i);
    if (c !== '"') {
      value += c;
    } else if (text.charAt(i + 1) === '"') {
      value += '"';
      i++;
    } else {
      if (value === '') throw syntaxError(positionOf(start), '""');
      return [value, i + 1];
    }
  }
  throw syntaxError(positionOf(start), '"');
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', '0': '\0' };

function quotedString(text: string, start: number, positionOf: (o: number) => Position): [string, number] {
  const parts: string[] = [];
  let run = start + 1;
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === "'") {
      parts.push(text.slice(run, i));
      if (text.charAt(i + 1) !== "'") return [parts.join(''), i + 1];
      i++;
      run = i;
    } else if (c === '\\') {
      parts.push(text.slice(run, i));
      const [value, length] = escapeSequence(text.slice(i + 1, i + 6));
      parts.push(value);
      i += length;
      run = i + 1;
    }
  }
  throw new SnowflakeSqlError(
    1003,
    '42000',
    `SQL compilation error:\nparse error line ${positionOf(start).line} at position ${positionOf(start).column} near '<EOF>'.`,
  );
}

/** The value of the escape after a backslash, and how many characters after the backslash it takes. */
function escapeSequence(rest: string): [string, number] {
  const unicode = /^u([0-9A-Fa-f]{4})/u.exec(rest);
  if (unicode?.[1] !== undefined) return [String.fromCharCode(parseInt(unicode[1], 16)), 5];
  const hex = /^x([0-9A-Fa-f]{2})/u.exec(rest);
  if (hex?.[1] !== undefined) return [String.fromCharCode(parseInt(hex[1], 16)), 3];
  const octal = /^([0-3][0-7]{2})/u.exec(rest);
  if (octal?.[1] !== undefined) return [String.fromCharCode(parseInt(octal[1], 8)), 3];
  const c = rest.charAt(0);
  return [escapes[c] ?? c, 1];
}
