import { checkSource } from './check-source.ts';
import { checkTable, checkTableDefaults, type RelationUse } from './check-table.ts';
import { checkTargets } from './check-target.ts';
import { checkDuration } from './check-values.ts';
import type { Loose } from './loose.ts';
import type { ProblemList } from './problem-list.ts';
import type { SnowmeltJson } from './snowmelt-json.ts';
import { identifierProblem } from './sql-name.ts';

/**
 * Reports what a file means that cannot be: settings that exclude each other, names that clash or do not exist, texts that
 * are no URL, duration or name. Looks at everything that has the right form, whatever else is wrong.
 */
export function checkConfig(config: Loose<SnowmeltJson>, problems: ProblemList): void {
  if (config.source !== undefined) checkSource(config.source, ['source'], problems);
  checkTargets(config, problems);
  checkRole(config.role, problems);
  if (config.defaults !== undefined) checkTableDefaults(config.defaults, ['defaults'], problems);
  const relations: RelationUse[] = [];
  const tables = Object.entries(config.tables ?? {});
  for (const [name, table] of tables) {
    if (table !== undefined) checkTable(name, table, config.defaults ?? {}, relations, problems);
  }
  checkNamesApart(
    tables.map(([name]) => name),
    'tables',
    problems,
  );
  checkNamesApart(Object.keys(config.targets ?? {}), 'targets', problems);
}

function checkRole(role: Loose<SnowmeltJson['role']>, problems: ProblemList): void {
  if (role === undefined) return;
  const problem = role.name === undefined || role.name === '' ? undefined : identifierProblem(role.name);
  if (problem !== undefined) problems.add(['role', 'name'], problem);
  checkDuration(role.idleInTransactionSessionTimeout, ['role', 'idleInTransactionSessionTimeout'], problems);
  checkDuration(role.statementTimeout, ['role', 'statementTimeout'], problems);
}

function checkNamesApart(names: readonly string[], section: 'tables' | 'targets', problems: ProblemList): void {
  const byFolded = new Map<string, string>();
  for (const name of names) {
    const other = byFolded.get(name.toLowerCase());
    if (other === undefined) byFolded.set(name.toLowerCase(), name);
    else
      problems.add([section, name], `${JSON.stringify(name)} and ${JSON.stringify(other)} differ only in case.`, {
        atKey: true,
      });
  }
}
