import * as vscode from 'vscode';
import type { PromptedSecret } from '../../worker/protocol/protocol.ts';
import { joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { Connection } from '../model/connection-tests.ts';
import type { Project } from '../model/project.ts';
import { WorkerError } from '../process/worker-client.ts';
import type { AskedSecrets } from '../secrets/asked-secrets.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { Choices } from './choices.ts';
import type { CommandCall, CommandRegistry } from './command-registry.ts';
import { testConnection, type ConnectionCommandParts } from './connection-commands.ts';

export interface PasswordParts extends Pick<ConnectionCommandParts, 'tests' | 'failures'> {
  readonly registry: CommandRegistry;
  readonly choices: Choices;
  readonly secrets: AskedSecrets;
  readonly store: SecretStore;
}

interface AskedFor {
  readonly project: Project;
  readonly connection: Connection;
  readonly secret: PromptedSecret;
}

/** Set Password…: keeps what the person types and tries it at once, or forgets what is kept. */
export function addPasswordCommand(parts: PasswordParts): void {
  const { registry, choices, secrets } = parts;
  registry.add(commands.setPassword, async (call) => {
    const askedFor = (await choices.projects(call)).flatMap(secretsOf).filter(isMeant(call));
    if (askedFor.length === 0) {
      throw new WorkerError({ code: 'usage', message: 'No connection of this configuration asks for a password.' });
    }
    const picked = await pick(askedFor, parts.store);
    if (picked === undefined) return;
    const { project, connection, secret } = picked.askedFor;
    const name = { config: project.config, id: secret.id };
    if (picked.forget) {
      await secrets.forget(name);
      vscode.window.setStatusBarMessage(`$(check) Forgot ${secret.label}`, 8_000);
    } else if (await secrets.set(name, secret.label)) {
      await testConnection(connection, parts);
    }
  });
}

function secretsOf(project: Project): readonly AskedFor[] {
  const { document } = project;
  if (document === undefined) return [];
  const source = (document.source?.secrets ?? []).map((secret): AskedFor => {
    return { project, secret, connection: { side: 'source', project } };
  });
  const targets = document.targets.flatMap(({ name, secrets }) =>
    secrets.map((secret): AskedFor => ({ project, secret, connection: { side: 'target', project, target: name } })),
  );
  return [...source, ...targets];
}

/** Those of the connections that were clicked; all of a configuration otherwise. */
function isMeant({ subjects }: CommandCall): ({ connection }: AskedFor) => boolean {
  const sides = subjects.filter((subject) => subject.kind === 'source' || subject.kind === 'target');
  return ({ connection }) =>
    sides.length === 0 ||
    sides.some((subject) =>
      subject.kind === 'source'
        ? connection.side === 'source'
        : connection.side === 'target' && connection.target === subject.target,
    );
}

async function pick(
  askedFor: readonly AskedFor[],
  store: SecretStore,
): Promise<{ readonly askedFor: AskedFor; readonly forget: boolean } | undefined> {
  const several = new Set(askedFor.map(({ project }) => project.config)).size > 1;
  const known = await Promise.all(
    askedFor.map(async ({ project, secret }) => store.isRemembered({ config: project.config, id: secret.id })),
  );
  const [only] = askedFor;
  if (only !== undefined && askedFor.length === 1 && known[0] !== true) return { askedFor: only, forget: false };
  const items = askedFor.flatMap((one, at) => {
    const label = one.secret.label.charAt(0).toUpperCase() + one.secret.label.slice(1);
    const place = several && one.project.label;
    const isKnown = known[at] === true;
    const description = joinFacts(isKnown ? 'remembered' : 'asked for when it is needed', place);
    const set = { label: `$(key) ${label}`, description, askedFor: one, forget: false };
    const forget = {
      label: `$(trash) Forget ${one.secret.label}`,
      description: joinFacts(place),
      askedFor: one,
      forget: true,
    };
    return isKnown ? [set, forget] : [set];
  });
  return vscode.window.showQuickPick(items, { title: 'Set Password', placeHolder: 'Which one?' });
}
