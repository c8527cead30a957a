import { SyncError } from '../../sync-core/errors.ts';
import {
  applyRoleTimeouts,
  checkRoleTimeouts,
  roleTimeoutStatements,
  type RoleTimeouts,
} from '../../sync-core/role-timeouts.ts';
import { connectTarget } from './connections.ts';
import type { CommandContext, Selection } from './context.ts';
import { openProject } from './open-project.ts';

export interface TimeoutsArguments extends Selection {
  /** Gives the role what it lacks. */
  readonly apply: boolean;
}

export interface TimeoutsOutcome {
  readonly target: string;
  readonly database: string;
  readonly timeouts: RoleTimeouts;
  /** Whether anything was changed. */
  readonly applied: boolean;
  /** What gives the role its settings, for whoever may. */
  readonly statements: readonly string[];
}

/**
 * The settings of the application's role, and the rows of the selected tables. Changes the settings where it is asked to and they are
 * not as they should be, and reads them again.
 *
 * @throws SyncError `usage` where the configuration names no role; `postgres.privilege`, with the SQL for an administrator, where this
 * one may not be changed.
 */
export async function timeouts(context: CommandContext, selection: TimeoutsArguments): Promise<TimeoutsOutcome> {
  const { config, target, tables } = await openProject(context, selection);
  const { role } = config;
  if (role === undefined) {
    throw new SyncError('usage', `${config.file} names no role whose settings could be checked.`, {
      remedy: 'Add "role": { "name": "application" } to it.',
    });
  }
  const counted = tables.map(({ name, target: relation }) => ({ name, relation }));
  const connect = await connectTarget(context, target);
  const session = await connect({ applicationName: 'snowmelt:timeouts', signal: context.signal });
  try {
    const before = await checkRoleTimeouts(session, role, selection.apply ? [] : counted);
    const applied = selection.apply && before.settings.some(({ correct }) => !correct);
    if (applied) await applyRoleTimeouts(session, role);
    return {
      target: target.name,
      database: session.server.database,
      timeouts: selection.apply ? await checkRoleTimeouts(session, role, counted) : before,
      applied,
      statements: roleTimeoutStatements(role),
    };
  } finally {
    await session.close();
  }
}
