import type { StepView } from '../panels/run-view.ts';
import { formatDuration } from '../../worker/protocol/figures.ts';
import { formatElapsed, type Clock } from './clock.ts';
import { element, setText } from './element.ts';
import { icon } from './icons.ts';

const words: Readonly<Record<StepView['state'], string>> = {
  pending: 'not begun',
  running: 'running',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  unreached: 'not reached',
};

interface StepItem {
  readonly root: HTMLLIElement;
  readonly picture: HTMLElement;
  readonly word: HTMLElement;
  readonly time: HTMLElement;
}

/** The steps of the pipeline, with the state and the time of each. */
export class StepList {
  readonly root = element('ol', { class: 'steps' });
  readonly #clock: Clock;
  #items = new Map<string, StepItem>();
  #steps: readonly StepView[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  show(steps: readonly StepView[]): void {
    if (steps.some(({ name }) => !this.#items.has(name)) || steps.length !== this.#items.size) this.#build(steps);
    this.#steps = steps;
    for (const step of steps) {
      const item = this.#items.get(step.name);
      if (item === undefined || item.root.dataset.state === step.state) continue;
      item.root.dataset.state = step.state;
      if (step.state === 'running') item.root.setAttribute('aria-current', 'step');
      else item.root.removeAttribute('aria-current');
      item.picture.replaceChildren(icon(step.state));
      setText(item.word, words[step.state]);
    }
    this.tick();
  }

  /** The time of a running step goes on by itself. */
  tick(): void {
    for (const { name, ms, startedAt } of this.#steps) {
      const time = this.#items.get(name)?.time;
      if (time === undefined) continue;
      if (startedAt !== null) setText(time, formatElapsed(this.#clock.now - startedAt));
      else setText(time, ms === null ? '' : formatDuration(ms));
    }
  }

  #build(steps: readonly StepView[]): void {
    this.#items = new Map(
      steps.map(({ name, about }) => {
        const picture = element('span', { class: 'picture' });
        const word = element('span', { class: 'word' });
        const time = element('span', { class: 'time' });
        const root = element(
          'li',
          {},
          picture,
          element('span', { class: 'name' }, name),
          time,
          element('span', { class: 'about' }, about),
          word,
        );
        return [name, { root, picture, word, time }];
      }),
    );
    this.root.replaceChildren(...[...this.#items.values()].map(({ root }) => root));
  }
}
