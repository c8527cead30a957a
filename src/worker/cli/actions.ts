import { runDemo } from './demo-command.ts';
import { runHistory } from './history-command.ts';
import { runInit } from './init-command.ts';
import { runLocalStart, runLocalStatus, runLocalStop } from './local-command.ts';
import { runPlan } from './plan-command.ts';
import { runStatus } from './status-command.ts';
import { runSync } from './sync-command.ts';

/** What the commands do. Loaded apart from their grammar, so that help does not wait for it. */
export const actions = {
  runDemo,
  runHistory,
  runInit,
  runLocalStart,
  runLocalStatus,
  runLocalStop,
  runPlan,
  runStatus,
  runSync,
};

export type Actions = typeof actions;
