import type { ErrorDocument, SyncStep } from '../../worker/protocol/protocol.ts';
import type { RunState, RunView, StepView } from './run-view.ts';

const about: Readonly<Record<SyncStep, string>> = {
  plan: 'describes both sides',
  extract: 'runs the query in Snowflake',
  stage: 'loads a table beside the live one',
  verify: 'compares what arrived',
  swap: 'makes the new rows live',
  record: 'writes the history',
};

const stepsOf: Readonly<Record<RunView['kind'], readonly SyncStep[]>> = {
  sync: ['plan', 'extract', 'stage', 'verify', 'swap', 'record'],
  rollback: ['plan', 'swap', 'record'],
};

/** How far a run has come. */
export interface RunCourse {
  readonly kind: RunView['kind'];
  readonly state: RunState;
  /** The step that is under way, and since when. */
  readonly step?: SyncStep | undefined;
  readonly stepStartedAt?: number | undefined;
  readonly stepMs: Readonly<Partial<Record<SyncStep, number>>>;
  readonly error: ErrorDocument | null;
}

/** The steps of the pipeline with the state of each. */
export function stepViews(course: RunCourse): StepView[] {
  const steps = stepsOf[course.kind];
  const stopped = stoppedStep(course, steps);
  return steps.map((name) => {
    const state = stateOf(name, course, stopped);
    return {
      name,
      about: about[name],
      state,
      ms: course.stepMs[name] ?? null,
      startedAt: state === 'running' ? (course.stepStartedAt ?? null) : null,
    };
  });
}

/** The step that a run ended in without having reached its end. The step's time is recorded in that case too. */
function stoppedStep(course: RunCourse, steps: readonly SyncStep[]): SyncStep | undefined {
  if (course.state !== 'failed' && course.state !== 'cancelled' && course.state !== 'abandoned') return undefined;
  return course.error?.step ?? course.step ?? steps.findLast((name) => course.stepMs[name] !== undefined);
}

function stateOf(name: SyncStep, course: RunCourse, stopped: SyncStep | undefined): StepView['state'] {
  switch (course.state) {
    case 'success':
      return 'done';
    case 'waiting':
      return 'pending';
    case 'running':
      if (course.step === name) return 'running';
      return course.stepMs[name] === undefined ? 'pending' : 'done';
    case 'failed':
    case 'cancelled':
    case 'abandoned':
      if (name === stopped) return course.state === 'cancelled' ? 'cancelled' : 'failed';
      return course.stepMs[name] === undefined ? 'unreached' : 'done';
  }
}
