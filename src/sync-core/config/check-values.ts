import { isDuration, parseDuration } from './duration.ts';
import type { JsonPath, ProblemList } from './problem-list.ts';
import { identifierProblem, postgresColumnName } from './sql-name.ts';

/** Reports a text that is no duration. */
export function checkDuration(text: string | undefined, path: JsonPath, problems: ProblemList): void {
  if (text === undefined) return;
  const parsed = parseDuration(text);
  if (!isDuration(parsed)) problems.add(path, parsed.problem, { suggestion: parsed.suggestion });
}

/** A setting of a group of which one, or at most one, is to be given. */
export interface Choice {
  readonly names: readonly string[];
  /** Where the group is an object of its own. */
  readonly path: JsonPath;
  /** Whether none is wrong too; then this is the message. */
  readonly none?: string;
}

/** Reports a group of settings of which more than one is given, or none where one must be. */
export function checkChoice(given: Readonly<Record<string, unknown>>, choice: Choice, problems: ProblemList): void {
  const present = choice.names.filter((name) => given[name] !== undefined);
  const [first, ...more] = present;
  if (first === undefined) {
    if (choice.none !== undefined && !problems.has(choice.path))
      problems.add(choice.path, choice.none, { atKey: true });
    return;
  }
  for (const name of more) {
    problems.add([...choice.path, name], `Use ${JSON.stringify(first)} or ${JSON.stringify(name)}, not both.`, {
      atKey: true,
    });
  }
}

/** The Postgres column that a setting names; reports a name that no column can have. */
export function checkColumnName(written: string, path: JsonPath, problems: ProblemList, atKey = false): string {
  const name = postgresColumnName(written);
  const problem = identifierProblem(name);
  if (problem !== undefined) problems.add(path, problem, { atKey });
  return name;
}
