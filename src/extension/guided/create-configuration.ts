import * as vscode from 'vscode';
import { rangeOf } from '../editor/configuration-documents.ts';
import { commands, views } from '../ids.ts';
import type { WorkspaceProjects } from '../model/workspace-projects.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { addTables, configurationText, type TableAnswers } from './configuration-text.ts';
import { answered, type ConnectionAnswers, connectionSteps, sourceOf } from './connection-steps.ts';
import { pickOne } from './inputs.ts';
import { chooseTables } from './object-steps.ts';
import { askSteps, type Step } from './steps.ts';
import { type TargetsAnswers, targetsOf, targetSteps } from './target-steps.ts';
import { configurationName, exists, localFolders, openFile } from './workspace-folder.ts';

interface Answers extends ConnectionAnswers, TargetsAnswers {
  readonly folder?: vscode.WorkspaceFolder;
  /** Whether the folder has a configuration. */
  readonly isThere?: boolean;
  /** What is to be done with it. */
  readonly withThat?: 'extend' | 'open' | 'overwrite';
}

const title = 'Create Configuration';

/**
 * Writes a configuration with a person: where it goes, how Snowflake is reached, where the rows go, then which tables. The
 * file is there before Snowflake is asked, since it is what says how; giving up after that leaves it without tables. What is
 * there already is overwritten only where that was chosen.
 *
 * @param operation names a new operation that a person waits for.
 */
export async function createConfiguration(
  worker: Pick<WorkerClient, 'request'>,
  projects: Pick<WorkspaceProjects, 'reload'>,
  operation: () => string,
): Promise<void> {
  const folders = localFolders();
  const [only] = folders;
  if (only === undefined) {
    await offerFolder();
    return;
  }
  const initial: Answers = folders.length > 1 ? {} : await inFolder(only);
  const all = steps(worker, folders);
  const answers = await askSteps<Answers>(() => all, initial);
  if (answers?.folder === undefined) return;
  if (answers.connection?.kind === 'sample') {
    await vscode.commands.executeCommand(commands.createSample);
    return;
  }
  const uri = vscode.Uri.joinPath(answers.folder.uri, configurationName);
  if (answers.withThat === 'open' || answers.withThat === 'extend') await openFile(uri);
  if (answers.withThat === 'open') return;
  if (answers.withThat !== 'extend') {
    const text = configurationText(sourceOf(answers), targetsOf(answers));
    if (!(await write(uri, text, answers.withThat === 'overwrite'))) return;
  }
  const tables = await chooseTables(worker, uri.fsPath, operation);
  await addTo(uri, tables ?? [], projects);
}

/** Adds tables to the file, saves it and says what comes next. */
async function addTo(
  uri: vscode.Uri,
  tables: readonly TableAnswers[],
  projects: Pick<WorkspaceProjects, 'reload'>,
): Promise<void> {
  const { document } = await openFile(uri);
  if (tables.length === 0) {
    void vscode.window.showInformationMessage(
      `${configurationName} has no new tables. Write them by hand, or choose some with "${title}" again.`,
    );
    return;
  }
  const edits = addTables(document.getText(), tables);
  if (edits === undefined) {
    void vscode.window.showErrorMessage(
      `The tables could not be added: ${configurationName} has no "tables" yet. Correct it, and try again.`,
    );
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  for (const replacement of edits) edit.replace(uri, rangeOf(document, replacement), replacement.content);
  await vscode.workspace.applyEdit(edit);
  await document.save();
  // What comes next is offered at once: the watcher of the file is not that fast.
  await projects.reload();
  await vscode.commands.executeCommand(`${views.cacheTables}.focus`);
  const names = tables.length === 1 ? (tables[0]?.object.name ?? '') : `${tables.length} tables`;
  const sync = 'Sync All';
  const chosen = await vscode.window.showInformationMessage(`${names} added to ${configurationName}.`, sync);
  if (chosen === sync) await vscode.commands.executeCommand(commands.syncAll, { kind: 'project', config: uri.fsPath });
}

function steps(worker: Pick<WorkerClient, 'request'>, folders: readonly vscode.WorkspaceFolder[]): Step<Answers>[] {
  const isNew = ({ withThat }: Answers): boolean => withThat === undefined || withThat === 'overwrite';
  const isReal = (answers: Answers): boolean => isNew(answers) && answers.connection?.kind !== 'sample';
  const onlyWhere = (needed: (answers: Answers) => boolean, list: readonly Step<Answers>[]): Step<Answers>[] =>
    list.map((step) => ({ ...step, isNeeded: (answers) => needed(answers) && step.isNeeded?.(answers) !== false }));
  return [
    {
      isNeeded: () => folders.length > 1,
      ask: async (answers, position) => {
        const folder = await pickOne<Answers>({
          ...position,
          title,
          placeholder: `Which folder gets the ${configurationName}?`,
          choices: () =>
            Promise.all(
              folders.map(async (candidate) => ({
                label: candidate.name,
                description: candidate.uri.fsPath,
                value: await inFolder(candidate),
              })),
            ),
        });
        return answered(answers, folder, (value) => value);
      },
    },
    {
      isNeeded: ({ isThere }) => isThere === true,
      ask: async (answers, position) => {
        const withThat = await pickOne<NonNullable<Answers['withThat']>>({
          ...position,
          title,
          placeholder: `${answers.folder?.name ?? 'The folder'} has a ${configurationName} already.`,
          choices: () =>
            Promise.resolve([
              { label: '$(add) Add tables to it', value: 'extend' },
              { label: '$(go-to-file) Open it', value: 'open' },
              { label: '$(trash) Write it anew', description: 'what is in it is lost', value: 'overwrite' },
            ]),
        });
        return answered(answers, withThat, (value) => ({ withThat: value }));
      },
    },
    ...onlyWhere(
      isNew,
      connectionSteps<Answers>(async (token) => {
        const { connections } = await worker.request('source/connections', {}, token);
        return connections;
      }),
    ),
    ...onlyWhere(isReal, targetSteps<Answers>()),
  ];
}

async function inFolder(folder: vscode.WorkspaceFolder): Promise<Answers> {
  return { folder, isThere: await exists(vscode.Uri.joinPath(folder.uri, configurationName)) };
}

/** Writes a file; one that has come meanwhile stays. */
async function write(uri: vscode.Uri, text: string, overwrite: boolean): Promise<boolean> {
  if (!overwrite && (await exists(uri))) {
    void vscode.window.showErrorMessage(`${uri.fsPath} is there now, and was not overwritten.`);
    await openFile(uri);
    return false;
  }
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  await openFile(uri);
  return true;
}

async function offerFolder(): Promise<void> {
  const open = 'Open Folder';
  const chosen = await vscode.window.showInformationMessage(
    `Open the folder that is to have the ${configurationName}.`,
    open,
  );
  if (chosen === open) await vscode.commands.executeCommand('vscode.openFolder');
}
