import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Parts } from '../../../src/extension/extension.ts';
import { extensionParts } from './extension.ts';
import { writeConfig } from './fixture.ts';
import { surroundings } from './here.ts';
import { until } from './waiting.ts';

/** What a window measured, in ms. */
export interface ActivationFigures {
  /**
   * Loading the extension's code and its `activate`, by VS Code's own marks and as it adds them up itself; between the two it
   * waits for what the window keeps for the extension.
   */
  readonly activation: number;
  /** From the click that opens the sidebar, which activates the extension, until the rows of every table are in the tree. */
  readonly firstTree: number;
}

interface Marks {
  getMarks(): readonly { readonly name: string; readonly startTime: number }[];
}

/**
 * Opens the sidebar of a window in which the extension is not active yet, and writes the figures as the suite's outcome.
 * @param config text of the configuration, whose target is a local PostGIS that runs, with all tables synced.
 */
export async function probeActivation(config: string): Promise<void> {
  const extension = vscode.extensions.getExtension<Parts>('snowmelt.snowmelt');
  if (extension?.isActive !== false)
    throw new Error('The extension is active before it is needed, or not there at all.');
  await writeConfig(config);
  const openedAt = Date.now();
  void vscode.commands.executeCommand('snowmelt.cacheTables.focus');
  const { views, targets } = await extensionParts();
  const filledAt = await until('the rows of every table', targets.onDidChange, () => {
    const tables = targets.current.flatMap((state) => state.tables);
    const filled = tables.length > 0 && tables.every(({ status }) => typeof status?.rows === 'number');
    return filled && views.cacheTables.nodes().length >= tables.length ? Date.now() : undefined;
  });
  const { MonacoPerformanceMarks: marks } = globalThis as unknown as { readonly MonacoPerformanceMarks: Marks };
  const at = (name: string): number => {
    const mark = marks.getMarks().find((one) => one.name.toLowerCase() === `code/exthost/${name}/snowmelt.snowmelt`);
    if (mark === undefined) throw new Error(`VS Code has no mark ${name}`);
    return mark.startTime;
  };
  const figures: ActivationFigures = {
    activation:
      at('didloadextensioncode') -
      at('willloadextensioncode') +
      at('didactivateextension') -
      at('willactivateextension'),
    firstTree: filledAt - openedAt,
  };
  writeFileSync(surroundings().outcomes, JSON.stringify(figures));
}
