import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { ConfigProblem } from '../errors.ts';
import { checkConfig } from './check-config.ts';
import { ProblemList } from './problem-list.ts';
import { reportSchemaProblems } from './schema-problems.ts';
import type { SnowmeltJson } from './snowmelt-json.ts';

/** What became of a configuration text. */
export interface ParsedConfig {
  /** Undefined where there is an error among the problems; warnings leave it. */
  readonly config: SnowmeltJson | undefined;
  /** Everything that is wrong, in the order of the text. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the text of `snowmelt.json`: JSON with comments and trailing commas. Finds all problems at once, of the text, of its
 * form and of its meaning, each with its place. Where the text itself is broken so that the rest cannot be told, only that
 * is reported. Never throws, whatever the text.
 */
export function parseConfig(text: string): ParsedConfig {
  try {
    return parse(text);
  } catch (error) {
    // Parser and validator recurse. What a person writes is never nested as deep as that.
    if (!(error instanceof RangeError)) throw error;
    const problems = new ProblemList(text, undefined);
    problems.addAt(0, 0, [], 'The file is nested too deeply to be read.');
    return { config: undefined, problems: problems.sorted() };
  }
}

function parse(text: string): ParsedConfig {
  const errors: ParseError[] = [];
  // A byte order mark is no JSON, but editors write it; a space in its place keeps every position.
  const tree = parseTree(text.replace(/^\uFEFF/, ' '), errors, { allowTrailingComma: true });
  const problems = new ProblemList(text, tree);
  for (const error of errors) {
    problems.addAt(error.offset, error.length, [], syntaxMessage(error, text));
  }
  // A missing comma is the one fault after which the parser goes on as if nothing had been wrong.
  const readable = errors.every((error) => printParseErrorCode(error.error) === 'CommaExpected');
  if (tree !== undefined && readable) {
    reportRepeatedNames(tree, problems);
    const value = reportSchemaProblems(getNodeValue(tree), problems);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      checkConfig(value, problems);
    }
  }
  const found = problems.sorted();
  const failed = tree === undefined || found.some(({ severity }) => severity === 'error');
  return { config: failed ? undefined : (getNodeValue(tree) as SnowmeltJson), problems: found };
}

/** JSON lets a name stand twice, and the last one wins silently. */
function reportRepeatedNames(node: Node, problems: ProblemList): void {
  if (node.type === 'object') {
    const lines = new Map<string, number>();
    for (const property of node.children ?? []) {
      const key = property.children?.[0];
      if (key === undefined) continue;
      const name = String(key.value);
      const first = lines.get(name);
      if (first === undefined) lines.set(name, problems.lineAt(key.offset));
      else
        problems.addAt(
          key.offset,
          key.length,
          [],
          `${JSON.stringify(name)} is here a second time; the first is on line ${first}.`,
        );
    }
  }
  for (const child of node.children ?? []) reportRepeatedNames(child, problems);
}

function syntaxMessage({ error, offset, length }: ParseError, text: string): string {
  const found = text.slice(offset, offset + length).trim();
  const instead =
    offset >= text.trimEnd().length
      ? 'the end of the file'
      : found === ''
        ? 'something else'
        : JSON.stringify(found.slice(0, 20));
  switch (printParseErrorCode(error)) {
    case 'InvalidSymbol':
      return `${instead} is not JSON${found.startsWith("'") ? ': use double quotes' : /^[A-Za-z_]/.test(found) ? ': put it in double quotes' : ''}.`;
    case 'InvalidNumberFormat':
      return `${instead} is not a number.`;
    case 'PropertyNameExpected':
      return `The name of a setting, in double quotes, is expected here, not ${instead}.`;
    case 'ValueExpected':
      return text.trim() === '' ? 'The file is empty.' : `A value is expected here, not ${instead}.`;
    case 'ColonExpected':
      return 'A colon is expected here.';
    case 'CommaExpected':
      return 'A comma is missing before this.';
    case 'CloseBraceExpected':
      return `A closing brace } is expected here, not ${instead}.`;
    case 'CloseBracketExpected':
      return `A closing bracket ] is expected here, not ${instead}.`;
    case 'EndOfFileExpected':
      return 'The configuration ended before this.';
    case 'UnexpectedEndOfComment':
      return 'A comment is not closed.';
    case 'UnexpectedEndOfString':
      return 'A string is not closed.';
    case 'UnexpectedEndOfNumber':
      return 'A number is not complete.';
    case 'InvalidUnicode':
      return 'After \\u, four hexadecimal digits are expected.';
    case 'InvalidEscapeCharacter':
      return 'There is no such escape: write a backslash as \\\\.';
    case 'InvalidCharacter':
      return 'A control character cannot stand in a string: write it as an escape, such as \\t.';
    case 'InvalidCommentToken':
    case '<unknown ParseErrorCode>':
      return 'This is not valid JSON.';
  }
}
