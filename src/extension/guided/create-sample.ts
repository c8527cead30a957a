import * as vscode from 'vscode';
import { withProgress } from '../commands/request-progress.ts';
import { views } from '../ids.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { configurationName, exists, localFolders, openFile } from './workspace-folder.ts';

/**
 * Starts the local PostGIS and the Snowflake stand-in with its sample data, and writes a configuration for them into the
 * workspace folder. Asks for a folder only where none is open, and before anything is overwritten.
 *
 * @param dataDir the folder of the local parts; undefined for the default one.
 * @throws WorkerError; with the code `cancelled` where the person did.
 */
export async function createSample(
  worker: Pick<WorkerClient, 'request' | 'onNotice'>,
  dataDir: string | undefined,
): Promise<void> {
  const place = await placeForSample();
  if (place === undefined) return;
  const { uri, force } = place;
  const folder = dataDir === undefined ? {} : { dataDir };
  await withProgress(worker, 'Preparing the sample data', ({ operation, token }) =>
    worker.request('init', { config: uri.fsPath, sample: true, force, operation, ...folder }, token),
  );
  if (vscode.workspace.getWorkspaceFolder(uri) === undefined) {
    await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.joinPath(uri, '..'), {
      forceReuseWindow: true,
    });
    return;
  }
  await openFile(uri);
  await vscode.commands.executeCommand(`${views.cacheTables}.focus`);
}

async function placeForSample(): Promise<{ readonly uri: vscode.Uri; readonly force: boolean } | undefined> {
  const folder = await folderForSample();
  if (folder === undefined) return undefined;
  const uri = vscode.Uri.joinPath(folder, configurationName);
  if (!(await exists(uri))) return { uri, force: false };
  const [overwrite, open] = ['Overwrite', 'Open It'];
  const chosen = await vscode.window.showWarningMessage(
    `${folder.fsPath} has a ${configurationName} already.`,
    { modal: true, detail: 'The sample needs one of its own. Open another folder for it, or overwrite this one.' },
    overwrite,
    open,
  );
  if (chosen === open) await openFile(uri);
  return chosen === overwrite ? { uri, force: true } : undefined;
}

async function folderForSample(): Promise<vscode.Uri | undefined> {
  const folders = localFolders();
  if (folders.length === 1) return folders[0]?.uri;
  if (folders.length > 1) {
    const picked = await vscode.window.showQuickPick(
      folders.map(({ name, uri }) => ({ label: name, description: uri.fsPath, uri })),
      { title: 'Try with Sample Data', placeHolder: `Which folder gets the ${configurationName}?` },
    );
    return picked?.uri;
  }
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: 'Put the Sample Here',
    title: 'A folder for the sample configuration',
  });
  return picked?.[0];
}
