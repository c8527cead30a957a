import { type ParseError, parseTree } from 'jsonc-parser';
import type { ConfigProblem } from '../../worker/protocol/protocol.ts';

/**
 * The problems of the worker that the editor has to report. VS Code's own JSON support says, at the same places, that a
 * text is no JSON; the rest is ours, for the schema that it has is one that complains of nothing (docs/decisions.md).
 */
export function problemsToReport(text: string, problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const errors: ParseError[] = [];
  const root = parseTree(text.replace(/^\uFEFF/, ' '), errors, { allowTrailingComma: true });
  // It takes an empty file for a whole one.
  if (root === undefined) return problems;
  const broken = new Set(errors.map(({ offset }) => offset));
  return problems.filter(({ path, offset }) => path.length > 0 || !broken.has(offset));
}
