import * as vscode from 'vscode';
import { commands } from '../ids.ts';
import type { LiveRun } from '../model/live-run.ts';
import type { StartedRuns } from '../model/started-runs.ts';
import type { TableSyncs } from '../model/table-syncs.ts';
import type { Staleness, TargetStates } from '../model/target-state.ts';
import type { Panels } from '../panels/panels.ts';
import { WorkerError } from '../process/worker-client.ts';
import type { Settings } from '../settings.ts';
import type { Choices, TableChoice } from './choices.ts';
import type { CommandCall, CommandRegistry } from './command-registry.ts';
import type { Failures } from './failures.ts';
import { sayOutcome } from './sync-outcome.ts';
import { showSyncProgress } from './sync-progress.ts';

export interface SyncCommandParts {
  readonly registry: CommandRegistry;
  readonly choices: Choices;
  readonly failures: Failures;
  readonly syncs: TableSyncs;
  readonly runs: StartedRuns;
  readonly targets: TargetStates;
  readonly panels: Panels;
  readonly settings: Settings;
}

/** Sync Table…, Sync All, Sync Changed. */
export class SyncCommands {
  readonly #parts: SyncCommandParts;

  constructor(parts: SyncCommandParts) {
    this.#parts = parts;
    const { registry, choices } = parts;
    registry.add(commands.syncTable, async (call) => {
      const placeholder = 'Which table?';
      await this.sync(await choices.tables(call, { title: 'Sync Table', placeholder }), call.options);
    });
    registry.add(commands.syncAll, async (call) => {
      await this.sync(await choices.allTables(call, { title: 'Sync All' }));
    });
    registry.add(commands.syncChanged, (call) => this.#syncChanged(call));
  }

  /** Resolves when everything has ended and the person has been told; targets go on side by side. */
  async sync(choice: readonly TableChoice[], options: { readonly force?: boolean } = {}): Promise<void> {
    await Promise.all(choice.map((one) => this.#syncTarget(one, options.force ?? false)));
  }

  async #syncTarget({ project, target, tables }: TableChoice, force: boolean): Promise<void> {
    const { syncs, runs, panels, settings, failures } = this.#parts;
    if (tables.length === 0) return;
    const batch = syncs.start(project, target, tables, { force });
    const [only] = batch.runs;
    const { openRunPanel } = settings;
    if (openRunPanel === 'always' && only !== undefined && batch.runs.length === 1) {
      void panels.openRun({ kind: 'live', id: only.id });
    }
    await showSyncProgress(batch, runs);
    const again = (run: LiveRun): Promise<void> =>
      this.sync([{ project, target, tables: [run.table] }], { force: true });
    await sayOutcome(batch, { failures, panels, openRunPanel, force: again });
  }

  /** Snowflake is asked first, whatever the setting says: it is what the command is about. */
  async #syncChanged(call: CommandCall): Promise<void> {
    const { choices, targets } = this.#parts;
    const all = await choices.allTables(call, { title: 'Sync Changed' });
    const changed: TableChoice[] = [];
    for (const { project, target, tables } of all) {
      const location = vscode.ProgressLocation.Window;
      const title = `Looking for changes of ${target}`;
      const state = await vscode.window.withProgress({ location, title }, () =>
        targets.refresh(project, target, { source: true, tables }),
      );
      const error = state.error ?? state.sourceError;
      if (error !== undefined) await this.#parts.failures.show(new WorkerError(error), { config: project.config });
      const names = state.tables
        .filter(({ table, staleness }) => tables.includes(table.name) && needsSync(staleness.kind))
        .map(({ table }) => table.name);
      if (names.length > 0) changed.push({ project, target, tables: names });
      else if (error === undefined)
        vscode.window.setStatusBarMessage(`$(check) Nothing has changed for ${target}`, 8_000);
    }
    await this.sync(changed);
  }
}

function needsSync(kind: Staleness['kind']): boolean {
  return kind === 'stale' || kind === 'missing' || kind === 'drifted';
}
