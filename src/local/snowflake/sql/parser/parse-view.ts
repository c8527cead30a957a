import type { Query } from '../ast.ts';
import { Cursor } from './cursor.ts';
import { parseQuery } from './parse-query.ts';

const parsed = new Map<string, Query>();

/** The query of a stored view. Texts are few and repeat, so trees are kept. */
export function parseView(text: string): Query {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const cursor = new Cursor(text);
  const query = parseQuery(cursor);
  cursor.expectEnd();
  if (parsed.size >= 1000) parsed.clear();
  parsed.set(text, query);
  return query;
}
