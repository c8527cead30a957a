export interface SqlToken {
  readonly kind: 'keyword' | 'string' | 'number' | 'comment' | 'plain';
  readonly text: string;
}

/** Words that shape a statement, of both systems. */
const keywords = new Set(
  (
    'add all alter always analyze and as asc at begin between by cascade case cast check collate column comment commit ' +
    'constraint copy create current database default deferred delete desc describe distinct do drop else end except ' +
    'exclude execute exists explain expression extension false fetch first following for foreign from full function ' +
    'generated grant group having if in index inner insert intersect into is isolation join key last left level like ' +
    'limit local lock materialized merge mode natural not null nulls of offset on only or order outer over ' +
    'partition policy primary procedure publication references rename replace restrict returning revoke right role ' +
    'rollback row rows savepoint schema security select sequence session set show statistics stdin stored table ' +
    'temporary then to transaction trigger true truncate type union unique unlogged update use using values view when ' +
    'where window with'
  ).split(' '),
);

const pattern =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*(?:'|$)|\$(?<tag>\w*)\$[\s\S]*?(?:\$\k<tag>\$|$))|(?<quoted>"(?:[^"]|"")*(?:"|$))|(?<number>\b\d+(?:\.\d+)?\b)|(?<word>[A-Za-z_][\w$]*)/g;

/** A statement in pieces that are to look different. Together they are the whole text. */
export function sqlTokens(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  const push = (kind: SqlToken['kind'], piece: string): void => {
    if (piece === '') return;
    const last = tokens.at(-1);
    if (kind === 'plain' && last?.kind === 'plain') tokens[tokens.length - 1] = { kind, text: last.text + piece };
    else tokens.push({ kind, text: piece });
  };
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    push('plain', text.slice(end, match.index));
    push(kindOf(match.groups ?? {}), match[0]);
    end = match.index + match[0].length;
  }
  push('plain', text.slice(end));
  return tokens;
}

function kindOf(groups: Readonly<Record<string, string | undefined>>): SqlToken['kind'] {
  if (groups.comment !== undefined) return 'comment';
  if (groups.string !== undefined) return 'string';
  if (groups.number !== undefined) return 'number';
  return groups.word !== undefined && keywords.has(groups.word.toLowerCase()) ? 'keyword' : 'plain';
}
