/** What a step of a guided command came to: an answer, one step back, or the end of it all. */
export type StepResult<T> = T | typeof back | undefined;

/** The person wants to see the step before again. */
export const back: unique symbol = Symbol('back');

/** Where a step is among the others, as far as that is known. */
export interface StepPosition {
  readonly step: number;
  readonly totalSteps: number;
  readonly canGoBack: boolean;
}

/** Asks for something and returns the answers so far with it; the same answers where there is nothing to ask. */
export interface Step<Answers> {
  ask(answers: Answers, position: StepPosition): Promise<StepResult<Answers>>;
  /** Left out where the answers so far make it needless; going back passes over it too. */
  readonly isNeeded?: (answers: Answers) => boolean;
}

/**
 * Asks step by step, with the way back. A step that is asked again gets the answers that were there when it was asked first.
 *
 * @param stepsFor the steps for the answers so far; those that were asked already stay the same.
 * @returns the answers of all steps; undefined where the person gave up.
 */
export async function askSteps<Answers>(
  stepsFor: (answers: Answers) => readonly Step<Answers>[],
  initial: Answers,
): Promise<Answers | undefined> {
  const asked: { readonly at: number; readonly before: Answers }[] = [];
  let answers = initial;
  for (let at = 0; ;) {
    const current = answers;
    const steps = stepsFor(current);
    const step = steps[at];
    if (step === undefined) return answers;
    if (step.isNeeded?.(answers) === false) {
      at += 1;
      continue;
    }
    const totalSteps = asked.length + steps.slice(at).filter(({ isNeeded }) => isNeeded?.(current) !== false).length;
    const result = await step.ask(answers, { step: asked.length + 1, totalSteps, canGoBack: asked.length > 0 });
    if (result === undefined) return undefined;
    if (result === back) {
      const last = asked.pop();
      if (last === undefined) return undefined;
      ({ at, before: answers } = last);
    } else {
      asked.push({ at, before: answers });
      answers = result;
      at += 1;
    }
  }
}
