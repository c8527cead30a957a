import type { Identifier, Position, QualifiedName, TimePoint } from '../ast.ts';
import type { SnowflakeSqlError } from '../../engine.ts';
import { syntaxError } from '../errors.ts';
import { tokenize, type Token } from './tokenizer.ts';
import { reservedWords } from './reserved-words.ts';

/** A position in a statement's tokens, with the small steps that every rule of the grammar is made of. */
export class Cursor {
  readonly text: string;
  /** The points in time that have been parsed so far. */
  readonly timePoints: TimePoint[] = [];
  private readonly tokens: readonly Token[];
  private index = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = tokenize(text);
  }

  get current(): Token {
    return this.peek(0);
  }

  get position(): Position {
    return this.current.position;
  }

  /** End offset of the token before the current one. */
  get consumedTo(): number {
    return this.index === 0 ? 0 : (this.tokens[this.index - 1]?.end ?? 0);
  }

  peek(ahead: number): Token {
    const token = this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)];
    if (token === undefined) throw new Error('a token list always has an end');
    return token;
  }

  mark(): number {
    return this.index;
  }

  reset(mark: number): void {
    this.index = mark;
  }

  advance(): Token {
    const token = this.current;
    if (this.index < this.tokens.length - 1) this.index++;
    return token;
  }

  unexpected(token: Token = this.current): SnowflakeSqlError {
    return syntaxError(token.position, token.kind === 'end' ? '<EOF>' : token.text);
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'word' && token.value === word;
  }

  isWords(...words: string[]): boolean {
    return words.every((word, i) => this.isWord(word, i));
  }

  isOperator(operator: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'operator' && token.value === operator;
  }

  /** Consumes the words if all of them come next. */
  takeWords(...words: string[]): boolean {
    if (!this.isWords(...words)) return false;
    this.index += words.length;
    return true;
  }

  takeOperator(operator: string): boolean {
    if (!this.isOperator(operator)) return false;
    this.index++;
    return true;
  }

  expectWords(...words: string[]): void {
    for (const word of words) if (!this.takeWords(word)) throw this.unexpected();
  }

  expectOperator(operator: string): void {
    if (!this.takeOperator(operator)) throw this.unexpected();
  }

  /** One of the words, consumed; or undefined. */
  takeOneOf<W extends string>(...words: readonly W[]): W | undefined {
    const found = words.find((word) => this.isWord(word));
    if (found !== undefined) this.index++;
    return found;
  }

  /** Throws unless the statement, with an optional semicolon, has ended. */
  expectEnd(): void {
    while (this.takeOperator(';'));
    if (this.current.kind !== 'end') throw this.unexpected();
  }

  get atEnd(): boolean {
    return this.current.kind === 'end' || this.isOperator(';');
  }

  /** A name. Unquoted reserved words are refused, as Snowflake does. */
  identifier(): Identifier {
    const token = this.current;
    if (token.kind === 'quoted' || (token.kind === 'word' && !reservedWords.has(token.value))) {
      this.advance();
      return { name: token.value, quoted: token.kind === 'quoted', position: token.position };
    }
    throw this.unexpected();
  }

  isIdentifier(ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'quoted' || (token.kind === 'word' && !reservedWords.has(token.value));
  }

  /** A name after a dot, where reserved words are allowed. */
  member(): Identifier {
    const token = this.current;
    if (token.kind !== 'quoted' && token.kind !== 'word') throw this.unexpected();
    this.advance();
    return { name: token.value, quoted: token.kind === 'quoted', position: token.position };
  }

  qualifiedName(): QualifiedName {
    if (this.isWord('IDENTIFIER') && this.isOperator('(', 1)) return this.identifierFunction();
    const parts: Identifier[] = [this.identifier()];
    while (this.isOperator('.')) {
      if (parts.length === 3) throw this.unexpected();
      this.advance();
      if (parts.length === 1 && this.isOperator('.')) {
        parts.push({ name: '', quoted: false, position: this.position });
      } else {
        parts.push(this.member());
      }
    }
    return parts;
  }

  /** `IDENTIFIER('db.schema.table')` (sql-reference/identifier-literal). */
  private identifierFunction(): QualifiedName {
    this.expectWords('IDENTIFIER');
    this.expectOperator('(');
    const token = this.current;
    if (token.kind !== 'string') throw this.unexpected();
    this.advance();
    this.expectOperator(')');
    const inner = new Cursor(token.value);
    const name = inner.qualifiedName();
    inner.expectEnd();
    return name.map((part) => ({ ...part, position: token.position }));
  }

  stringLiteral(): string {
    const token = this.current;
    if (token.kind !== 'string') throw this.unexpected();
    this.advance();
    return token.value;
  }

  integer(): number {
    const token = this.current;
    if (token.kind !== 'number' || !/^[0-9]+$/u.test(token.value)) throw this.unexpected();
    this.advance();
    return Number(token.value);
  }

  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.takeOperator(',')) items.push(item());
    return items;
  }

  parenthesized<T>(inner: () => T): T {
    this.expectOperator('(');
    const value = inner();
    this.expectOperator(')');
    return value;
  }
}

/** A name that stands in a string, as functions take it. */
export function parseName(text: string): QualifiedName {
  const cursor = new Cursor(text);
  const name = cursor.qualifiedName();
  cursor.expectEnd();
  return name;
}
