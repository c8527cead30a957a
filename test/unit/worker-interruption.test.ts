import assert from 'node:assert/strict';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { howToCall } from '../../src/worker/cli/how-to-call.ts';
import { Interruption } from '../../src/worker/cli/interruption.ts';

describe('interruption', () => {
  it('cancels at the first signal and ends at the second', () => {
    const ends: number[] = [];
    let told = 0;
    const interruption = new Interruption(
      () => (told += 1),
      (code) => ends.push(code),
    );
    try {
      assert.equal(interruption.signal.aborted, false);
      process.emit('SIGINT');
      assert.deepEqual([told, ends], [1, []]);
      assert.ok(isSyncError(interruption.signal.reason, 'cancelled'));
      process.emit('SIGTERM');
      assert.deepEqual([told, ends], [1, [130]]);
    } finally {
      interruption.close();
    }
  });

  it('leaves signals alone once it is closed', () => {
    const before = process.listenerCount('SIGINT');
    const interruption = new Interruption(() => undefined);
    assert.equal(process.listenerCount('SIGINT'), before + 1);
    interruption.close();
    assert.equal(process.listenerCount('SIGINT'), before);
  });
});

describe('how to call the program again', () => {
  it('is short where it can be', () => {
    assert.equal(howToCall(['/usr/bin/node', '/usr/local/bin/snowmelt'], '/work'), 'snowmelt');
    assert.equal(howToCall(['/usr/bin/node', '/work/dist/snowmelt.mjs'], '/work'), 'node dist/snowmelt.mjs');
    assert.equal(howToCall(['/usr/bin/node', '/opt/dist/snowmelt.mjs'], '/work'), 'node /opt/dist/snowmelt.mjs');
    assert.equal(howToCall(['node', '--import', 'tsx', '/work/src/main.ts'], '/work'), 'node --import tsx src/main.ts');
  });
});
