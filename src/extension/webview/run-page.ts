import type { RunUpdate } from '../panels/messages.ts';
import type {
  ArrivalView,
  ErrorView,
  FactView,
  RunActionView,
  RunView,
  WaitingView,
  WarningView,
} from '../panels/run-view.ts';
import { formatDateTime } from '../format.ts';
import { formatAge, formatBytes, formatCount, formatDuration } from '../../worker/protocol/figures.ts';
import { Clock, formatElapsed } from './clock.ts';
import { editor } from './editor-api.ts';
import { button, element, setText } from './element.ts';
import { factList, headerRow, holderTable, tableRegion } from './facts.ts';
import { FiguresBlock } from './figures-block.ts';
import { icon, type IconName } from './icons.ts';
import { LogList } from './log-list.ts';
import { PanelMemory } from './panel-memory.ts';
import { Rebuilt } from './rebuilt.ts';
import { StatementList } from './statement-list.ts';
import { StepList } from './step-list.ts';
import { ThroughputPlot } from './throughput-plot.ts';

/** How often what depends on the time alone is written again, in ms. */
const tickMs = 500;

const icons: Readonly<Record<RunView['state'], IconName>> = {
  waiting: 'pending',
  running: 'running',
  success: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  abandoned: 'failed',
};

/** The page of one run. */
export class RunPage {
  readonly #clock = new Clock();
  readonly #memory = new PanelMemory();
  readonly #picture = element('span', { class: 'picture' });
  readonly #table = element('span');
  readonly #place = element('p', { class: 'place' });
  readonly #outcome = element('span', { class: 'outcome-text' });
  readonly #age = element('time');
  readonly #outcomeLine = element('p', { class: 'outcome' }, this.#outcome, this.#age);
  readonly #announcement = element('p', { class: 'announcement', role: 'status', 'aria-live': 'polite' });
  readonly #actions = new Rebuilt(element('div', { class: 'actions' }), actionButtons);
  readonly #note = element('p', { class: 'note' });
  readonly #error = new Rebuilt(element('section', { class: 'box bad', 'aria-labelledby': 'error' }), errorParts);
  readonly #waiting = new Rebuilt(
    element('section', { class: 'box warning', 'aria-labelledby': 'waiting' }),
    waitingParts,
  );
  readonly #warnings = new Rebuilt(element('section', { class: 'warnings' }), warningParts);
  readonly #steps = new StepList(this.#clock);
  readonly #figures = new FiguresBlock();
  readonly #plot = new ThroughputPlot(this.#memory);
  readonly #arrival = new Rebuilt(element('section', { class: 'arrival' }), arrivalParts);
  readonly #facts = new Rebuilt(element('section', {}), factParts);
  readonly #statements = new StatementList(this.#memory);
  readonly #log = new LogList(this.#memory);
  #view: RunView | undefined;

  constructor(root: HTMLElement) {
    root.replaceChildren(
      element(
        'header',
        {},
        element('h1', {}, this.#picture, this.#table),
        this.#place,
        this.#outcomeLine,
        this.#actions.root,
      ),
      this.#announcement,
      this.#note,
      this.#error.root,
      this.#waiting.root,
      element('section', {}, element('h2', {}, 'Steps'), this.#steps.root),
      this.#figures.root,
      this.#plot.root,
      this.#warnings.root,
      this.#arrival.root,
      this.#facts.root,
      this.#statements.root,
      this.#log.root,
    );
    setInterval(() => {
      this.#tick();
    }, tickMs);
  }

  show({ view, now, whole, statements, log, restore }: RunUpdate): void {
    const first = this.#view === undefined;
    this.#announce(view);
    this.#view = view;
    this.#clock.set(now);
    this.#memory.setRestore(restore);

    document.body.dataset.state = view.state;
    setText(this.#table, view.table);
    setText(this.#place, `${view.kind === 'sync' ? 'Sync' : 'Rollback'} into ${view.target}, ${view.project}`);
    setText(this.#outcome, view.outcome);
    if (this.#picture.dataset.state !== view.state) {
      this.#picture.dataset.state = view.state;
      this.#picture.replaceChildren(icon(icons[view.state]));
    }
    setText(this.#note, view.note ?? '');
    this.#note.hidden = view.note === null;
    this.#actions.show(view.actions);
    this.#error.show(view.error);
    this.#waiting.show(view.waiting);
    this.#warnings.show(view.warnings);
    this.#steps.show(view.steps);
    this.#figures.show(view);
    this.#plot.show(view.samples);
    this.#arrival.show(view.arrival);
    this.#facts.show(view.facts);
    this.#statements.show(statements, whole);
    this.#log.show(log, whole);
    this.#tick();
    if (first) this.#memory.restoreScroll();
  }

  /** Steps and ends are said aloud; figures, which change all the time, are not. */
  #announce(next: RunView): void {
    const last = this.#view;
    if (last === undefined) return;
    const step = (view: RunView): string | undefined => view.steps.find(({ state }) => state === 'running')?.name;
    if (next.state !== last.state) setText(this.#announcement, `${next.table}: ${next.outcome}`);
    else if (next.waiting !== null && last.waiting === null) setText(this.#announcement, 'Waiting for a lock');
    else if (step(next) !== undefined && step(next) !== step(last))
      setText(this.#announcement, `Step ${step(next) ?? ''}`);
  }

  #tick(): void {
    const view = this.#view;
    if (view === undefined) return;
    this.#steps.tick();
    const { now } = this.#clock;
    const at = view.finishedAt ?? view.startedAt;
    const active = view.finishedAt === null;
    const age = active ? `for ${formatElapsed(now - at)}` : formatAge(now - at);
    setText(this.#age, age);
    this.#age.dateTime = new Date(at).toISOString();
    this.#age.title = `${active ? 'Began' : 'Ended'} ${formatDateTime(at)}`;
  }
}

function actionButtons(actions: readonly RunActionView[]): HTMLElement[] {
  return actions.map(({ action, label }, index) =>
    button(
      label,
      () => {
        editor.postMessage({ type: 'action', action });
      },
      { class: index === 0 ? 'primary' : 'secondary', 'data-action': action },
    ),
  );
}

function errorParts(error: ErrorView | null): HTMLElement[] {
  if (error === null) return [];
  return [
    element('h2', { id: 'error' }, icon('failed'), error.message),
    ...(error.remedy === null ? [] : [element('p', { class: 'remedy' }, error.remedy)]),
    element('div', { class: 'actions' }, ...actionButtons(error.actions)),
    ...(error.holders.length === 0 ? [] : [holderTable(error.holders)]),
    factList(error.facts),
    ...(error.causes.length === 0
      ? []
      : [element('h3', {}, 'Caused by'), element('ul', {}, ...error.causes.map((cause) => element('li', {}, cause)))]),
  ];
}

function waitingParts(waiting: WaitingView | null): HTMLElement[] {
  if (waiting === null) return [];
  const { waitedMs, holders } = waiting;
  return [
    element('h2', { id: 'waiting' }, icon('warning'), `Waiting for the lock for ${formatDuration(waitedMs)}`),
    element(
      'p',
      {},
      holders.length === 0
        ? 'Who holds it is not known. Readers are not kept waiting meanwhile: the attempt is given up and tried again.'
        : 'These sessions hold it. It is tried again until the configured wait is over.',
    ),
    ...(holders.length === 0 ? [] : [holderTable(holders)]),
  ];
}

function warningParts(warnings: readonly WarningView[]): HTMLElement[] {
  if (warnings.length === 0) return [];
  return [
    element('h2', {}, `Warnings (${formatCount(warnings.length)})`),
    element(
      'ul',
      {},
      ...warnings.map(({ message, remedy }) =>
        element(
          'li',
          {},
          icon('warning'),
          element('div', {}, element('p', {}, message), remedy !== null && element('p', { class: 'remedy' }, remedy)),
        ),
      ),
    ),
  ];
}

function arrivalParts(arrival: ArrivalView | null): HTMLElement[] {
  if (arrival === null) return [];
  const { sent, arrived, text, verdict } = arrival;
  const row = (
    name: string,
    figures: { readonly rows: number | null; readonly bytes: number | null },
  ): HTMLTableRowElement =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', { class: 'number' }, figures.rows === null ? '' : formatCount(figures.rows)),
      element('td', { class: 'number' }, bytesText(figures.bytes)),
    );
  return [
    element('h2', {}, 'Arrival'),
    element('p', { class: `verdict ${verdict}` }, icon(verdictIcons[verdict]), text),
    tableRegion(
      'Arrival',
      headerRow('Side', 'Rows', 'COPY text'),
      row('Snowflake sent', sent),
      row('Arrived', arrived),
    ),
  ];
}

const verdictIcons = { equal: 'done', different: 'failed', pending: 'pending' } as const;

function bytesText(bytes: number | null): string {
  if (bytes === null) return '';
  return bytes < 1_000 ? formatBytes(bytes) : `${formatBytes(bytes)} (${formatCount(bytes)} B)`;
}

function factParts(facts: readonly FactView[]): HTMLElement[] {
  return facts.length === 0 ? [] : [element('h2', {}, 'How it ran'), factList(facts)];
}
