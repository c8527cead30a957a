import * as vscode from 'vscode';
import { formatBytes } from '../../worker/protocol/figures.ts';
import type { CleanDocument } from '../../worker/protocol/protocol.ts';
import { formatNumberOf, joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { TargetStates } from '../model/target-state.ts';
import { newOperation } from '../process/operation.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import type { Choices, TableChoice } from './choices.ts';
import type { CommandRegistry } from './command-registry.ts';
import { withProgress } from './request-progress.ts';

export interface CleanParts {
  readonly registry: CommandRegistry;
  readonly choices: Choices;
  readonly worker: WorkerClient;
  readonly targets: TargetStates;
}

/** Clean Up…: says what would be removed before it is. */
export function addCleanCommand({ registry, choices, worker, targets }: CleanParts): void {
  registry.add(commands.clean, async (call) => {
    for (const choice of await choices.allTables(call, { title: 'Clean Up' })) {
      const generations = await askWhat(worker, choice);
      if (generations === undefined) continue;
      const done = await withProgress(worker, `Cleaning up ${choice.target}`, ({ operation, token }) =>
        worker.request('clean', { ...paramsOf(choice), generations, operation }, token),
      );
      void targets.refresh(choice.project, choice.target);
      await say(done);
    }
  });
}

function paramsOf({ project, target, tables }: TableChoice): {
  readonly config: string;
  readonly target: string;
  readonly tables: readonly string[];
} {
  return { config: project.config, target, tables };
}

/** Whether the earlier generations too; undefined where nothing is to be removed. */
async function askWhat(worker: WorkerClient, choice: TableChoice): Promise<boolean | undefined> {
  const look = { ...paramsOf(choice), dryRun: true, generations: true, operation: newOperation('person') };
  const { removed } = await worker.request('clean', look);
  const staging = removed.filter(({ kind }) => kind === 'staging');
  if (removed.length === 0) {
    vscode.window.setStatusBarMessage(`$(check) There is nothing to clean up in ${choice.target}`, 8_000);
    return undefined;
  }
  const items = [
    {
      label: 'What abandoned runs have left',
      description: describe(staging, 'staging table', 'staging tables'),
      generations: false,
    },
    {
      label: 'That, and the earlier generations',
      description: describe(removed, 'table', 'tables'),
      detail: 'Nothing can be rolled back afterwards.',
      generations: true,
    },
  ].filter(({ generations }) => (generations ? removed.length > staging.length : staging.length > 0));
  const options = { title: `Clean Up ${choice.target}`, placeHolder: 'Remove what?' };
  const picked = await vscode.window.showQuickPick(items, options);
  if (picked?.generations !== true) return picked?.generations;
  const action = 'Remove';
  const question = `Remove ${picked.description} from ${choice.target}?`;
  const detail = 'The earlier generations are gone then: nothing can be rolled back.';
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, action);
  return answer === action ? true : undefined;
}

async function say({ removed, bytes, left, target }: CleanDocument): Promise<void> {
  const freed = `Removed ${formatNumberOf(removed.length, 'table', 'tables')} from ${target}, ${formatBytes(bytes)}`;
  const [first] = left.filter(({ cause }) => cause === 'failed');
  if (first === undefined) vscode.window.setStatusBarMessage(`$(check) ${freed}`, 8_000);
  else await vscode.window.showWarningMessage(`${freed}; ${first.relation} was left: ${first.reason}`);
}

function describe(leftovers: CleanDocument['removed'], one: string, several: string): string {
  const bytes = leftovers.reduce((sum, leftover) => sum + leftover.bytes, 0);
  return joinFacts(formatNumberOf(leftovers.length, one, several), formatBytes(bytes));
}
