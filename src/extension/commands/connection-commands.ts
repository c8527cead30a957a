import * as vscode from 'vscode';
import { formatDuration } from '../../worker/protocol/figures.ts';
import type { ConnectionDocument } from '../../worker/protocol/protocol.ts';
import { joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { Connection, ConnectionTests } from '../model/connection-tests.ts';
import { newOperation } from '../process/operation.ts';
import { WorkerError, type WorkerClient } from '../process/worker-client.ts';
import type { Choices } from './choices.ts';
import type { CommandCall, CommandRegistry } from './command-registry.ts';
import type { Failures } from './failures.ts';
import { pickLive } from './live-pick.ts';
import { psqlPath } from './psql-path.ts';

export interface ConnectionCommandParts {
  readonly registry: CommandRegistry;
  readonly choices: Choices;
  readonly failures: Failures;
  readonly worker: WorkerClient;
  readonly tests: ConnectionTests;
}

/** Test Connection, Copy Connection String, Open in Terminal (psql). */
export function addConnectionCommands(parts: ConnectionCommandParts): void {
  const { registry, choices, worker } = parts;

  registry.add(commands.testConnection, async (call) => {
    const connections = await connectionsOf(call, choices);
    for (const connection of connections) await testConnection(connection, parts);
  });

  registry.add(commands.copyConnectionString, async (call) => {
    const url = await connectionString(call, 'Copy Connection String', choices, worker);
    if (url === undefined) return;
    await vscode.env.clipboard.writeText(url);
    vscode.window.setStatusBarMessage(`$(copy) Copied ${url}`, 8_000);
  });

  registry.add(commands.openPsql, async (call) => {
    const psql = await psqlPath();
    if (psql === undefined) {
      await sayHowToInstall();
      return;
    }
    const url = await connectionString(call, 'Open in Terminal (psql)', choices, worker);
    if (url === undefined) return;
    const iconPath = new vscode.ThemeIcon('database');
    vscode.window.createTerminal({ name: 'psql', shellPath: psql, shellArgs: [url], iconPath }).show();
  });
}

export async function testConnection(
  connection: Connection,
  { tests, failures }: Pick<ConnectionCommandParts, 'tests' | 'failures'>,
): Promise<void> {
  const name = connection.side === 'source' ? 'Snowflake' : connection.target;
  const location = vscode.ProgressLocation.Notification;
  const test = await vscode.window.withProgress(
    { location, title: `Connecting to ${name}`, cancellable: true },
    (_, token) => tests.test(connection, token),
  );
  if (test.state === 'connected') {
    void vscode.window.showInformationMessage(describe(name, test.document));
  } else if (test.state === 'failed') {
    await failures.show(new WorkerError(test.error), { config: connection.project.config });
  }
}

async function connectionsOf(call: CommandCall, choices: Choices): Promise<readonly Connection[]> {
  const projects = await choices.projects(call);
  const all = projects.flatMap((project): Connection[] => [
    { side: 'source', project },
    ...(project.document?.targets ?? []).map(({ name }): Connection => ({ side: 'target', project, target: name })),
  ]);
  const named = all.filter((connection) =>
    call.subjects.some((subject) => {
      if (subject.config !== connection.project.config) return false;
      if (connection.side === 'source') return subject.kind === 'source';
      return subject.kind === 'target' && subject.target === connection.target;
    }),
  );
  if (named.length > 0) return named;
  const picked = await pickLive({
    title: 'Test Connection',
    placeholder: 'Which connection?',
    items: () =>
      all.map((connection) => ({
        label: connection.side === 'source' ? 'Snowflake' : connection.target,
        description: joinFacts(descriptionOf(connection), projects.length > 1 && connection.project.label),
        value: connection,
      })),
  });
  return picked === undefined ? [] : [picked];
}

function descriptionOf(connection: Connection): string | undefined {
  const { document } = connection.project;
  if (connection.side === 'source') return document?.source?.description;
  return document?.targets.find(({ name }) => name === connection.target)?.description;
}

async function connectionString(
  call: CommandCall,
  title: string,
  choices: Choices,
  worker: WorkerClient,
): Promise<string | undefined> {
  const choice = await choices.target(call, { title });
  if (choice === undefined) return undefined;
  const { project, target } = choice;
  const params = { config: project.config, target, operation: newOperation('person') };
  return (await worker.request('connection/string', params)).url;
}

function describe(
  name: string,
  { side, version, postgisVersion, user, role, warehouse, ms }: ConnectionDocument,
): string {
  const product = side === 'source' ? `Snowflake ${version}` : `PostgreSQL ${version}`;
  const more = [
    postgisVersion !== null && `PostGIS ${postgisVersion}`,
    role !== null && `role ${role}`,
    warehouse !== null && `warehouse ${warehouse}`,
  ].filter((fact) => fact !== false);
  return `Connected to ${name} as ${user} in ${formatDuration(ms)}: ${[product, ...more].join(', ')}.`;
}

async function sayHowToInstall(): Promise<void> {
  const how: Partial<Record<NodeJS.Platform, string>> = {
    darwin: '`brew install libpq`, and add its `bin` folder to PATH',
    win32: 'the command line tools of the PostgreSQL installer, and add their `bin` folder to PATH',
  };
  const install = how[process.platform] ?? 'the package `postgresql-client`';
  const link = 'Open Downloads';
  const message = `psql is not on the PATH. Install ${install}.`;
  if ((await vscode.window.showErrorMessage(message, link)) === link) {
    await vscode.env.openExternal(vscode.Uri.parse('https://www.postgresql.org/download/'));
  }
}
