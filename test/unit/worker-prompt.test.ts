import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { promptSecret, type PromptInput } from '../../src/worker/cli/prompt-secret.ts';
import { RecordedStream } from '../support/recorded-output.ts';

/** A terminal whose keys are pressed by the test. */
class Keyboard extends EventEmitter {
  readonly isTTY = true;
  raw = false;
  reading = false;
  setEncoding(): this {
    return this;
  }
  setRawMode(raw: boolean): this {
    this.raw = raw;
    return this;
  }
  resume(): this {
    this.reading = true;
    return this;
  }
  pause(): this {
    this.reading = false;
    return this;
  }
}

describe('prompt for a secret', () => {
  const ask = (
    signal?: AbortSignal,
  ): { keyboard: Keyboard; screen: RecordedStream; answer: Promise<string | undefined>; interrupts: () => number } => {
    const [keyboard, screen] = [new Keyboard(), new RecordedStream({ isTTY: true })];
    let interrupts = 0;
    const answer = promptSecret('the password', keyboard as unknown as PromptInput, screen, signal, () => {
      interrupts += 1;
    });
    return { keyboard, screen, answer, interrupts: () => interrupts };
  };

  const released = (keyboard: Keyboard): void => {
    assert.deepEqual([keyboard.raw, keyboard.reading, keyboard.listenerCount('data')], [false, false, 0]);
  };

  it('shows nothing of what is typed', async () => {
    const { keyboard, screen, answer } = ask();
    assert.equal(keyboard.raw, true);
    for (const key of ['s', 'ec', '\x7f', 'cret', ' ü', '\r']) keyboard.emit('data', key);
    assert.equal(await answer, 'secret ü');
    assert.equal(screen.text, 'Enter the password: \n');
    released(keyboard);
  });

  it('begins anew after Ctrl-U, and ends a pasted line at its end', async () => {
    const { keyboard, answer } = ask();
    keyboard.emit('data', 'wrong\x15right\nrest');
    assert.equal(await answer, 'right');
    released(keyboard);
  });

  it('can be declined', async () => {
    const { keyboard, answer } = ask();
    keyboard.emit('data', '\x04');
    assert.equal(await answer, undefined);
    released(keyboard);
  });

  it('passes Ctrl-C on, and ends when that cancels', async () => {
    const controller = new AbortController();
    const { keyboard, answer, interrupts } = ask(controller.signal);
    keyboard.emit('data', 'half\x03');
    assert.equal(interrupts(), 1);
    const reason = new Error('cancelled');
    controller.abort(reason);
    await assert.rejects(answer, reason);
    released(keyboard);
  });
});
