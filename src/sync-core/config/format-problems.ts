import type { ConfigProblem } from '../errors.ts';
import { maskSecrets } from '../redact-secrets.ts';
import { TextPositions } from './text-position.ts';

/** Wider lines are shown in part, so that the caret stays near its message. */
const widestLine = 120;

/**
 * Problems as a compiler prints them: `file:line:column severity: message`, then the line with a caret under the place. In
 * the order given; no newline at the end; an empty text for no problems. `text` is what was parsed; a secret that somebody
 * has written into it shows as asterisks.
 */
export function formatProblems(problems: readonly ConfigProblem[], text: string, options: { path: string }): string {
  const positions = new TextPositions(maskSecrets(text));
  return problems.map((problem) => formatProblem(problem, positions, options.path)).join('\n');
}

function formatProblem(problem: ConfigProblem, positions: TextPositions, path: string): string {
  const { line, column, length, severity, message } = problem;
  const whole = positions.line(line);
  const from = whole.length > widestLine ? Math.max(0, column - 1 - widestLine / 2) : 0;
  const shown = whole.slice(from, from + widestLine);
  const before = shown.slice(0, column - 1 - from).replace(/[^\t]/g, ' ');
  const width = Math.max(1, Math.min(length, shown.length - before.length));
  const gutter = ` ${line} | `;
  return [
    `${path}:${line}:${column} ${severity}: ${message}`,
    `${gutter}${shown}`,
    `${' '.repeat(gutter.length - 2)}| ${before}${'^'.repeat(width)}`,
  ].join('\n');
}
