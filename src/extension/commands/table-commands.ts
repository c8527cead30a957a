import * as vscode from 'vscode';
import { formatRows } from '../../worker/protocol/figures.ts';
import type { VerifiedTableDocument, VerifyDocument } from '../../worker/protocol/protocol.ts';
import { formatNumberOf } from '../format.ts';
import { commands } from '../ids.ts';
import type { TargetStates } from '../model/target-state.ts';
import type { Panels } from '../panels/panels.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { errorDocumentOf } from '../process/worker-failure.ts';
import type { Settings, VerifyLevel } from '../settings.ts';
import type { Choices, TableChoice } from './choices.ts';
import type { CommandRegistry } from './command-registry.ts';
import { withProgress, type PersonRequest } from './request-progress.ts';

export interface TableCommandParts {
  readonly registry: CommandRegistry;
  readonly choices: Choices;
  readonly worker: WorkerClient;
  readonly targets: TargetStates;
  readonly panels: Panels;
  readonly settings: Settings;
}

/** Plan, Verify, Count Rows Exactly. */
export function addTableCommands({ registry, choices, worker, targets, panels, settings }: TableCommandParts): void {
  registry.add(commands.plan, async (call) => {
    const chosen = await choices.tables(call, {
      title: 'Plan',
      placeholder: 'Plan the sync of which table?',
      all: true,
    });
    for (const { project, target, tables } of chosen) {
      const params = { config: project.config, target, tables };
      const document = await withProgress(worker, `Planning ${named(tables)}`, ({ operation, token }) =>
        worker.request('plan', { ...params, operation }, token),
      );
      await panels.openPlan(project, document);
    }
  });

  registry.add(commands.verify, async (call) => {
    const placeholder = 'Compare which table with its source?';
    const chosen = await choices.tables(call, { title: 'Verify', placeholder, all: true });
    const repair = call.options.repair ?? false;
    for (const choice of chosen) {
      const level = repair ? 'diff' : settings.verifyLevel(choice.project.uri);
      const title = `${repair ? 'Repairing' : 'Verifying'} ${named(choice.tables)} in ${choice.target}`;
      const document = await withProgress(worker, title, (request) =>
        verify(worker, choice, { level, repair }, request),
      );
      if (repair) void targets.refresh(choice.project, choice.target, { tables: choice.tables });
      const [only] = document.tables;
      if (document.status === 'success' && only?.status === 'equal') {
        vscode.window.setStatusBarMessage(`$(check) ${describeEqual(document.tables.length, only)}`, 8_000);
      }
      await panels.openVerification(choice.project, document);
    }
  });

  registry.add(commands.countExactly, async (call) => {
    const placeholder = 'Count the rows of which table?';
    const chosen = await choices.tables(call, { title: 'Count Rows Exactly', placeholder, all: true });
    for (const { project, target, tables } of chosen) {
      const location = vscode.ProgressLocation.Window;
      await vscode.window.withProgress({ location, title: `Counting ${named(tables)}` }, () =>
        targets.refresh(project, target, { exact: true, tables }),
      );
    }
  });
}

/** One table at a time, so that it can be said how far it is; a table that fails does not stop the others. */
async function verify(
  worker: WorkerClient,
  { project, target, tables }: TableChoice,
  options: { readonly level: VerifyLevel; readonly repair: boolean },
  { operation, token, progress }: PersonRequest,
): Promise<VerifyDocument> {
  const compared: VerifyDocument['tables'][number][] = [];
  for (const table of tables) {
    progress.report({ message: tables.length === 1 ? options.level : table });
    try {
      const params = { config: project.config, target, tables: [table], ...options, operation };
      compared.push(...(await worker.request('verify', params, token)).tables);
    } catch (thrown) {
      const error = errorDocumentOf(thrown);
      if (error.code === 'cancelled' || tables.length === 1) throw thrown;
      compared.push({ status: 'failed', table, error });
    }
    progress.report({ increment: 100 / tables.length });
  }
  const has = (status: string): boolean => compared.some((table) => table.status === status);
  return { status: has('failed') ? 'failed' : has('different') ? 'different' : 'success', target, tables: compared };
}

function describeEqual(tables: number, { table, targetRows }: VerifiedTableDocument): string {
  if (tables > 1) return `${formatNumberOf(tables, 'table is', 'tables are')} equal to their sources`;
  return `${table} is equal to its source: ${formatRows(targetRows)}`;
}

function named(tables: readonly string[]): string {
  const [only] = tables;
  return tables.length === 1 && only !== undefined ? only : formatNumberOf(tables.length, 'table', 'tables');
}
