import { status, statementTypes } from './outcome.ts';
import type { Handler } from './run.ts';

const done = 'Statement executed successfully.';

export const begin: Handler<'begin'> = async (_statement, run) => {
  await run.begin();
  return status(done, statementTypes.transaction);
};

export const commit: Handler<'commit'> = async (_statement, run) => {
  await run.commit();
  return status(done, statementTypes.transaction);
};

export const rollback: Handler<'rollback'> = async (_statement, run) => {
  await run.rollback();
  return status(done, statementTypes.transaction);
};
