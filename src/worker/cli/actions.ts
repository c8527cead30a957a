import { runClean } from './clean-command.ts';
import { runDemo } from './demo-command.ts';
import { runHistory } from './history-command.ts';
import { runInit } from './init-command.ts';
import { runLocalStart, runLocalStatus, runLocalStop } from './local-command.ts';
import { runPlan } from './plan-command.ts';
import { runRollback } from './rollback-command.ts';
import { runServe } from './serve-command.ts';
import { runStatus } from './status-command.ts';
import { runSync } from './sync-command.ts';
import { runTimeouts } from './timeouts-command.ts';
import { runVerify } from './verify-command.ts';

/** What the commands do. Loaded apart from their grammar, so that help does not wait for it. */
export const actions = {
  runClean,
  runDemo,
  runHistory,
  runInit,
  runLocalStart,
  runLocalStatus,
  runLocalStop,
  runPlan,
  runRollback,
  runServe,
  runStatus,
  runSync,
  runTimeouts,
  runVerify,
};

export type Actions = typeof actions;
