import assert from 'node:assert/strict';
import { askSteps, back, type Step, type StepPosition } from '../../src/extension/guided/steps.ts';

interface Answers {
  readonly said: readonly string[];
}

const start: Answers = { said: [] };

/** Steps that answer with what a script says, and note when they were asked. */
function scripted(
  names: readonly string[],
  script: (string | typeof back | undefined)[],
): { steps: Step<Answers>[]; asked: string[] } {
  const asked: string[] = [];
  const steps = names.map((name): Step<Answers> => ({
    ask: ({ said }, { step, totalSteps, canGoBack }: StepPosition) => {
      asked.push(`${name} ${step}/${totalSteps}${canGoBack ? ' back' : ''}`);
      const answer = script.shift();
      return Promise.resolve(typeof answer === 'string' ? { said: [...said, `${name}=${answer}`] } : answer);
    },
  }));
  return { steps, asked };
}

describe('steps of a guided command', () => {
  it('are asked one after the other', async () => {
    const { steps, asked } = scripted(['a', 'b'], ['1', '2']);
    assert.deepEqual(await askSteps(() => steps, start), { said: ['a=1', 'b=2'] });
    assert.deepEqual(asked, ['a 1/2', 'b 2/2 back']);
  });

  it('are asked again on the way back, with the answers from before', async () => {
    const { steps, asked } = scripted(['a', 'b', 'c'], ['1', '2', back, back, '3', '4', '5']);
    assert.deepEqual(await askSteps(() => steps, start), { said: ['a=3', 'b=4', 'c=5'] });
    assert.deepEqual(
      asked.map((text) => text[0]),
      ['a', 'b', 'c', 'b', 'a', 'b', 'c'],
    );
  });

  it('end with nothing where the person gives up, or goes back from the first', async () => {
    for (const script of [[undefined], [back]] as (typeof back | undefined)[][]) {
      const { steps } = scripted(['a'], script);
      assert.equal(await askSteps(() => steps, start), undefined);
    }
  });

  it('that are not needed are passed over in both directions, and not counted', async () => {
    const { steps, asked } = scripted(['a', 'b', 'c'], ['1', back, '2', '3']);
    const list = steps.map((step, at) => (at === 1 ? { ...step, isNeeded: () => false } : step));
    assert.deepEqual(await askSteps(() => list, start), { said: ['a=2', 'c=3'] });
    assert.deepEqual(asked, ['a 1/2', 'c 2/2 back', 'a 1/2', 'c 2/2 back']);
  });

  it('can come from the answers', async () => {
    const { steps } = scripted(['a', 'b', 'b'], ['2', 'x', 'y']);
    const [first, ...more] = steps;
    assert.ok(first);
    const answers = await askSteps(({ said }) => [first, ...more.slice(0, said[0] === 'a=2' ? 2 : 0)], start);
    assert.deepEqual(answers, { said: ['a=2', 'b=x', 'b=y'] });
  });
});
