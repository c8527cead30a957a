import * as vscode from 'vscode';
import { formatAge } from '../../worker/protocol/figures.ts';
import { formatEstimate, formatNumberOf, joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { Project, Projects } from '../model/project.ts';
import type { TableState, TargetState, TargetStates } from '../model/target-state.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { WorkerError } from '../process/worker-client.ts';
import { workerError } from '../process/worker-failure.ts';
import type { CommandCall } from './command-registry.ts';
import { pickLive, type LivePickItem } from './live-pick.ts';
import type { Subject } from './subject.ts';

/** Tables of one target that a command is about. */
export interface TableChoice {
  readonly project: Project;
  readonly target: string;
  /** Names in the configuration, in the order of the file. */
  readonly tables: readonly string[];
}

export interface TargetChoice {
  readonly project: Project;
  readonly target: string;
}

/** What a command asks a person who called it from the palette. */
export interface TableQuestion {
  readonly title: string;
  readonly placeholder: string;
  /** `all`: that it may be about all of them is offered first. */
  readonly all?: boolean;
  /** Which tables it can be about; undefined for all. */
  readonly where?: (table: TableState) => boolean;
  /** Said where no table can be chosen. */
  readonly none?: string;
}

/** Finds out what a command is about: by what it was called on, by what alone it can be, or by asking. */
export class Choices {
  readonly #projects: Projects;
  readonly #targets: TargetStates;
  readonly #worker: Pick<WorkerClient, 'startAgain'>;

  constructor(projects: Projects, targets: TargetStates, worker: Pick<WorkerClient, 'startAgain'>) {
    this.#projects = projects;
    this.#targets = targets;
    this.#worker = worker;
  }

  /** The tables that were clicked or are chosen now, by target. Empty where the person chose none. */
  async tables(call: CommandCall, question: TableQuestion): Promise<readonly TableChoice[]> {
    const states = await this.#states(call);
    const named = tablesOf(call.subjects, states);
    if (named.length > 0) return named;
    const items = (): LivePickItem<readonly TableChoice[]>[] => {
      const current = states.map((state) => this.#targets.get(state.project, state.target.name) ?? state);
      return this.#tableItems(current, question);
    };
    this.#lookAtUnknown(states);
    if (items().length === 0) throw new WorkerError({ code: 'usage', message: question.none ?? 'There is no table.' });
    const { title, placeholder } = question;
    return (await pickLive({ title, placeholder, items, onDidChange: this.#targets.onDidChange })) ?? [];
  }

  /** All tables of every target that the call is about. */
  async allTables(call: CommandCall, question: { readonly title: string }): Promise<readonly TableChoice[]> {
    const states = await this.#states(call);
    const named = tablesOf(call.subjects, states);
    if (named.length > 0) return named;
    const target = await this.#pickTarget(states, question.title);
    const state = target === undefined ? undefined : this.#targets.get(target.project, target.target);
    return state === undefined ? [] : [choiceOf(state)];
  }

  /** One target. Undefined where the person chose none. */
  async target(
    call: CommandCall,
    question: { readonly title: string; readonly where?: (state: TargetState) => boolean },
  ): Promise<TargetChoice | undefined> {
    const projects = await this.projects(call);
    const [subject] = call.subjects;
    const [project] = projects;
    if (project !== undefined && (subject?.kind === 'table' || (subject !== undefined && 'target' in subject))) {
      const target = subject.target ?? project.target;
      if (target !== undefined) return { project, target };
    }
    const states = projects.flatMap((project) =>
      (project.document?.targets ?? []).map(({ name }) => this.#targets.get(project, name)),
    );
    const known = states.filter((state) => state !== undefined);
    return this.#pickTarget(question.where === undefined ? known : known.filter(question.where), question.title);
  }

  /** The readable configurations that the call can be about. */
  async projects(call: CommandCall): Promise<readonly Project[]> {
    if (!vscode.workspace.isTrusted) {
      throw workerError(
        'untrusted',
        'Snowmelt waits until this workspace is trusted.',
        'Trust the workspace to go on.',
      );
    }
    this.#worker.startAgain();
    const all = await this.#projects.load();
    const configs = new Set(call.subjects.map(({ config }) => config));
    const asked = this.#projects.all.length > 0 ? this.#projects.all : all;
    const concerned = configs.size === 0 ? asked : asked.filter(({ config }) => configs.has(config));
    const readable = concerned.filter(({ document }) => (document?.targets.length ?? 0) > 0);
    if (readable.length > 0) return readable;
    throw await missing(concerned);
  }

  async #states(call: CommandCall): Promise<readonly TargetState[]> {
    const projects = await this.projects(call);
    return projects.flatMap((project) => {
      const names = new Set(
        call.subjects.flatMap((subject) =>
          subject.config === project.config && 'target' in subject ? [subject.target] : [],
        ),
      );
      const targets = names.size > 0 ? [...names] : [project.target];
      return targets.map((target) => this.#targets.get(project, target)).filter((state) => state !== undefined);
    });
  }

  #lookAtUnknown(states: readonly TargetState[]): void {
    for (const { project, target, state } of states) {
      if (state === 'unknown') void this.#targets.refresh(project, target.name);
    }
  }

  #tableItems(
    states: readonly TargetState[],
    { all = false, where }: TableQuestion,
  ): LivePickItem<readonly TableChoice[]>[] {
    const several = states.length > 1;
    const now = Date.now();
    return states.flatMap((state) => {
      const tables = where === undefined ? state.tables : state.tables.filter(where);
      const place = several ? `${state.project.label} · ${state.target.name}` : '';
      const everything: LivePickItem<readonly TableChoice[]> = {
        label: '$(list-flat) All tables',
        description: joinFacts(formatNumberOf(tables.length, 'table', 'tables'), place),
        value: [choiceOf(state, tables)],
      };
      const single = tables.map((table) => ({
        label: table.table.name,
        description: joinFacts(describeTable(table, state.seenAt ?? now, now), place),
        value: [choiceOf(state, [table])],
      }));
      return all && tables.length > 1 ? [everything, ...single] : single;
    });
  }

  async #pickTarget(states: readonly TargetState[], title: string): Promise<TargetChoice | undefined> {
    const [only] = states;
    if (only !== undefined && states.length === 1) return { project: only.project, target: only.target.name };
    const several = new Set(states.map(({ project }) => project.config)).size > 1;
    return pickLive({
      title,
      placeholder: 'Which target?',
      items: () =>
        states.map(({ project, target }) => ({
          label: target.name,
          description: joinFacts(
            target.description,
            target.name === project.target && 'shown in the views',
            several && project.label,
          ),
          value: { project, target: target.name },
        })),
    });
  }
}

/** `~153,592 rows · 2 min ago · stale` */
function describeTable({ status, staleness }: TableState, seenAt: number, now: number): string {
  if (status === undefined) return '';
  return joinFacts(
    status.rows === null
      ? false
      : `${formatEstimate(status.rows, status.rowsExact)} ${status.rows === 1 ? 'row' : 'rows'}`,
    status.ageMs === null ? false : formatAge(status.ageMs + now - seenAt),
    staleness.kind === 'fresh' || staleness.kind === 'unknown' ? false : staleness.kind,
  );
}

function choiceOf({ project, target, tables }: TargetState, chosen: readonly TableState[] = tables): TableChoice {
  return { project, target: target.name, tables: chosen.map(({ table }) => table.name) };
}

/** The tables that the subjects are, or all of the targets that they are. */
function tablesOf(subjects: readonly Subject[], states: readonly TargetState[]): readonly TableChoice[] {
  const choices = states.map((state) => {
    const about = subjects.filter(
      (subject) =>
        subject.config === state.project.config &&
        (!('target' in subject) || (subject.target ?? state.project.target) === state.target.name),
    );
    if (about.some(({ kind }) => kind === 'target')) return choiceOf(state);
    const names = new Set(about.flatMap((subject) => ('table' in subject ? [subject.table] : [])));
    return choiceOf(
      state,
      state.tables.filter(({ table }) => names.has(table.name)),
    );
  });
  return choices.filter(({ tables }) => tables.length > 0);
}

/** Why there is nothing to choose from; the way out is a button. */
async function missing(projects: readonly Project[]): Promise<WorkerError> {
  const [unreadable] = projects;
  if (unreadable === undefined) {
    const create = 'Create Configuration';
    const message = 'There is no snowmelt.json in this workspace.';
    const chosen = await vscode.window.showInformationMessage(message, create);
    if (chosen === create) await vscode.commands.executeCommand(commands.createConfiguration);
    return new WorkerError({ code: 'cancelled', message });
  }
  if (unreadable.error !== undefined) return new WorkerError(unreadable.error);
  const problems = unreadable.document?.problems.filter(({ severity }) => severity === 'error').length ?? 0;
  const message =
    problems === 0
      ? `${unreadable.label} names no target.`
      : `${unreadable.label} has ${formatNumberOf(problems, 'problem', 'problems')}.`;
  return new WorkerError({ code: 'config.invalid', message });
}
