import type { ReadStream } from 'node:tty';
import type { OutputStream } from './output.ts';

/** A terminal that can be read key by key. */
export type PromptInput = Pick<ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause' | 'setEncoding'>;

const controlC = '\x03';
const controlD = '\x04';
const controlU = '\x15';
const backspaces = new Set(['\x7f', '\b']);

/**
 * Asks for a secret on a terminal and shows nothing of what is typed. Enter ends it, Ctrl-U begins anew, Ctrl-D on an empty
 * line declines. Ctrl-C calls `onInterrupt`, since the terminal sends no signal meanwhile.
 *
 * @returns undefined where the person declined.
 * @throws the signal's reason.
 */
export async function promptSecret(
  label: string,
  input: PromptInput,
  output: OutputStream,
  signal: AbortSignal | undefined,
  onInterrupt: () => void,
): Promise<string | undefined> {
  signal?.throwIfAborted();
  output.write(`Enter ${label}: `);
  input.setEncoding('utf8');
  input.setRawMode(true);
  input.resume();
  let onData: ((keys: string) => void) | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      let typed: string[] = [];
      onAbort = () => {
        reject(signal?.reason as Error);
      };
      onData = (keys) => {
        for (const key of keys) {
          if (key === '\r' || key === '\n') {
            resolve(typed.join(''));
            return;
          }
          if (key === controlC) onInterrupt();
          else if (key === controlD && typed.length === 0) resolve(undefined);
          else if (key === controlU) typed = [];
          else if (backspaces.has(key)) typed.pop();
          else if (key >= ' ') typed.push(key);
        }
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      input.on('data', onData);
    });
  } finally {
    if (onData !== undefined) input.off('data', onData);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    input.setRawMode(false);
    input.pause();
    output.write('\n');
  }
}
