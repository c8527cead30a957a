import { cast } from '../compile/cast.ts';
import { isCheap } from '../compile/typed.ts';
import { isPlain } from '../types/stored-text.ts';
import { concatenate, typedSql } from '../compile/expression.ts';
import type { Typed } from '../compile/typed.ts';
import { array, binary, boolean, number, varchar, type DataType } from '../types/data-type.ts';
import {
  constantText,
  overload,
  scalar,
  special,
  wrongTypes,
  type BoundCall,
  type FunctionDefinition,
} from './definition.ts';

const sameText = ([first]: readonly Typed[]): DataType => (first?.type.kind === 'VARCHAR' ? first.type : varchar());
const sameBinary = ([first]: readonly Typed[]): DataType => (first?.type.kind === 'BINARY' ? first.type : binary());
const length = number(18, 0);

const changeCase = (word: 'upper' | 'lower' | 'initcap'): FunctionDefinition =>
  scalar(
    overload(
      ['text'],
      sameText,
      ([text = ''], call) => `${word}(${text} COLLATE ${call.environment.context.caseCollation}) COLLATE "C"`,
    ),
  );

/** TRIM and its kin strip spaces only, or the given set of characters. */
const trim = (word: 'btrim' | 'ltrim' | 'rtrim'): FunctionDefinition =>
  scalar(
    overload(['text'], sameText, ([text = '']) => `${word}(${text})`),
    overload(['text', 'text'], sameText, ([text = '', characters = '']) => `${word}(${text}, ${characters})`),
  );

const pad = (word: 'lpad' | 'rpad'): FunctionDefinition =>
  scalar(
    overload(['text', 'integer'], varchar(), ([text = '', width = '']) => `${word}(${text}, ${width}, ' ')`),
    overload(
      ['text', 'integer', 'text'],
      varchar(),
      ([text = '', width = '', fill = '']) => `${word}(${text}, ${width}, ${fill})`,
    ),
  );

const concat = (call: BoundCall): Typed => {
  const [first, ...rest] = call.args;
  if (first === undefined) throw wrongTypes(call);
  if (rest.length === 0 && first.type.kind !== 'BINARY') return cast(first, varchar(), call.environment.context);
  return rest.reduce((left, right) => concatenate(left, right, call.environment, call.node.position), first);
};

const concatWs = (call: BoundCall): Typed => {
  const parts = call.args.map((arg) => cast(arg, varchar(), call.environment.context));
  const [separator, ...rest] = parts;
  if (separator === undefined) throw wrongTypes(call);
  const sql = rest.map((part) => part.sql).join(` || ${separator.sql} || `);
  return {
    sql: `(CASE WHEN ${separator.sql} IS NOT NULL THEN ${sql} END)`,
    type: varchar(),
    nullable: parts.some((part) => part.nullable),
  };
};

/** REGEXP flags as Postgres' own: c, i, m, s, e; `e` (extract groups) is only for REGEXP_SUBSTR. */
function regexFlags(call: BoundCall, index: number): string {
  if (call.args.length <= index) return '';
  const flags = constantText(call, index);
  if (!/^[cimse]*$/u.test(flags)) throw wrongTypes(call);
  return `${flags.includes('i') ? 'i' : ''}${flags.includes('m') ? 'n' : ''}`;
}

function regexArgs(call: BoundCall, count: number): string[] {
  const { context } = call.environment;
  return call.args.slice(0, count).map((arg) => cast(arg, varchar(), context).sql);
}

function someNullable(call: BoundCall): boolean {
  return call.args.some((arg) => arg.nullable);
}

function integerArgument(call: BoundCall, index: number, fallback: number): string {
  const arg = call.args[index];
  return arg === undefined ? String(fallback) : `(${cast(arg, number(38, 0), call.environment.context).sql})::int`;
}

const regexLike = (call: BoundCall): Typed => {
  const [text = '', pattern = ''] = regexArgs(call, 2);
  const operator = regexFlags(call, 2).includes('i') ? '~*' : '~';
  return { sql: `(${text} ${operator} sf.whole_regex(${pattern}))`, type: boolean, nullable: someNullable(call) };
};

const regexReplace = (call: BoundCall): Typed => {
  const [text = '', pattern = '', replacement = `''`] = regexArgs(call, 3);
  const flags = regexFlags(call, 5);
  const position = integerArgument(call, 3, 1);
  const occurrence = integerArgument(call, 4, 0);
  return {
    sql: `regexp_replace(${text}, sf.regex(${pattern}), sf.regex_replacement(${replacement}), ${position}, ${occurrence}, '${flags}')`,
    type: varchar(),
    nullable: someNullable(call),
  };
};

const regexSubstr = (call: BoundCall): Typed => {
  const [text = '', pattern = ''] = regexArgs(call, 2);
  const flags = regexFlags(call, 4);
  const groups = call.args.length > 4 && constantText(call, 4).includes('e');
  const group = call.args.length > 5 ? integerArgument(call, 5, 1) : groups ? '1' : '0';
  return {
    sql: `regexp_substr(${text}, sf.regex(${pattern}), ${integerArgument(call, 2, 1)}, ${integerArgument(call, 3, 1)}, '${flags}', ${group})`,
    type: varchar(),
    nullable: true,
  };
};

const regexCount = (call: BoundCall): Typed => {
  const [text = '', pattern = ''] = regexArgs(call, 2);
  return {
    sql: `regexp_count(${text}, sf.regex(${pattern}), ${integerArgument(call, 2, 1)}, '${regexFlags(call, 3)}')::numeric`,
    type: length,
    nullable: someNullable(call),
  };
};

const substring = scalar(
  overload(['text', 'integer'], sameText, ([text = '', start = '']) => `sf.substring(${text}, ${start}, 2147483647)`),
  overload(
    ['text', 'integer', 'integer'],
    sameText,
    ([text = '', start = '', count = '']) => `sf.substring(${text}, ${start}, ${count})`,
  ),
  overload(
    ['binary', 'integer'],
    sameBinary,
    ([bytes = '', start = '']) => `sf.subbinary(${bytes}, ${start}, 2147483647)`,
  ),
  overload(
    ['binary', 'integer', 'integer'],
    sameBinary,
    ([bytes = '', start = '', count = '']) => `sf.subbinary(${bytes}, ${start}, ${count})`,
  ),
);

const lengthFunction = scalar(
  overload(['text'], length, ([text = '']) => `char_length(${text})::numeric`),
  overload(['binary'], length, ([bytes = '']) => `octet_length(${bytes})::numeric`),
);

const position = scalar(
  overload(['text', 'text'], length, ([needle = '', text = '']) => `strpos(${text}, ${needle})::numeric`),
  overload(
    ['text', 'text', 'integer'],
    length,
    ([needle = '', text = '', start = '']) =>
      `(CASE WHEN strpos(substr(${text}, ${start}), ${needle}) = 0 THEN 0 ELSE strpos(substr(${text}, ${start}), ${needle}) + ${start} - 1 END)::numeric`,
  ),
);

const chr = scalar(overload(['integer'], varchar(1), ([code = '']) => `sf.chr(${code})`));
const replace = scalar(
  overload(['text', 'text'], varchar(), ([text = '', search = '']) => `replace(${text}, ${search}, '')`),
  overload(
    ['text', 'text', 'text'],
    varchar(),
    ([text = '', search = '', value = '']) => `replace(${text}, ${search}, ${value})`,
  ),
);

const test = (sql: (text: string, other: string) => string): FunctionDefinition =>
  scalar(overload(['text', 'text'], boolean, ([text = '', other = '']) => sql(text, other)));

/** Stored text is as long as Snowflake's unless it holds one of the characters that stand for others. */
function octetLength(text: string): string {
  const exact = `octet_length(sf.text_bytes(${text}))`;
  return isCheap(text) ? `(CASE WHEN ${isPlain(text)} THEN octet_length(${text}) ELSE ${exact} END)` : exact;
}

export const textFunctions: Readonly<Record<string, FunctionDefinition>> = {
  UPPER: changeCase('upper'),
  LOWER: changeCase('lower'),
  INITCAP: changeCase('initcap'),
  TRIM: trim('btrim'),
  LTRIM: trim('ltrim'),
  RTRIM: trim('rtrim'),
  LPAD: pad('lpad'),
  RPAD: pad('rpad'),
  CONCAT: special(1, Infinity, concat),
  CONCAT_WS: special(2, Infinity, concatWs),
  CHR: chr,
  CHAR: chr,
  ASCII: scalar(overload(['text'], length, ([text = '']) => `sf.unicode(${text})::numeric`)),
  UNICODE: scalar(overload(['text'], length, ([text = '']) => `sf.unicode(${text})::numeric`)),
  LENGTH: lengthFunction,
  LEN: lengthFunction,
  OCTET_LENGTH: scalar(
    overload(['text'], length, ([text = '']) => `${octetLength(text)}::numeric`),
    overload(['binary'], length, ([bytes = '']) => `octet_length(${bytes})::numeric`),
  ),
  BIT_LENGTH: scalar(
    overload(['text'], length, ([text = '']) => `(${octetLength(text)} * 8)::numeric`),
    overload(['binary'], length, ([bytes = '']) => `(octet_length(${bytes}) * 8)::numeric`),
  ),
  SUBSTR: substring,
  SUBSTRING: substring,
  LEFT: scalar(
    overload(['text', 'integer'], sameText, ([text = '', count = '']) => `left(${text}, greatest(${count}, 0))`),
    overload(
      ['binary', 'integer'],
      sameBinary,
      ([bytes = '', count = '']) => `substr(${bytes}, 1, greatest(${count}, 0))`,
    ),
  ),
  RIGHT: scalar(
    overload(['text', 'integer'], sameText, ([text = '', count = '']) => `right(${text}, greatest(${count}, 0))`),
  ),
  REPLACE: replace,
  TRANSLATE: scalar(
    overload(
      ['text', 'text', 'text'],
      sameText,
      ([text = '', from = '', to = '']) => `translate(${text}, ${from}, ${to})`,
    ),
  ),
  REVERSE: scalar(overload(['text'], sameText, ([text = '']) => `reverse(${text})`)),
  REPEAT: scalar(overload(['text', 'integer'], varchar(), ([text = '', count = '']) => `repeat(${text}, ${count})`)),
  SPACE: scalar(overload(['integer'], varchar(), ([count = '']) => `repeat(' ', ${count})`)),
  SPLIT_PART: scalar(
    overload(
      ['text', 'text', 'integer'],
      varchar(),
      ([text = '', delimiter = '', part = '']) =>
        `split_part(${text}, ${delimiter}, CASE WHEN ${part} = 0 THEN 1 ELSE ${part} END)`,
    ),
  ),
  SPLIT: scalar(overload(['text', 'text'], array, ([text = '', delimiter = '']) => `sf.split(${text}, ${delimiter})`)),
  CONTAINS: test((text, other) => `strpos(${text}, ${other}) > 0`),
  STARTSWITH: test((text, other) => `starts_with(${text}, ${other})`),
  ENDSWITH: test((text, other) => `right(${text}, char_length(${other})) = ${other}`),
  POSITION: position,
  CHARINDEX: position,
  INSERT: scalar(
    overload(
      ['text', 'integer', 'integer', 'text'],
      varchar(),
      ([text = '', start = '', count = '', value = '']) =>
        `overlay(${text} placing ${value} from ${start} for ${count})`,
    ),
  ),
  REGEXP_LIKE: special(2, 3, regexLike),
  RLIKE: special(2, 3, regexLike),
  REGEXP_REPLACE: special(2, 6, regexReplace),
  REGEXP_SUBSTR: special(2, 6, regexSubstr),
  REGEXP_COUNT: special(2, 4, regexCount),
  UUID_STRING: special(0, 0, () => ({ sql: 'gen_random_uuid()::text', type: varchar(36), nullable: false })),
  RANDSTR: special(2, 2, (call) => ({
    sql: `sf.random_text(${integerArgument(call, 0, 1)}, ${typedSql(call.args[1] ?? wrong(call))}::numeric)`,
    type: varchar(),
    nullable: false,
  })),
};

function wrong(call: BoundCall): never {
  throw wrongTypes(call);
}
