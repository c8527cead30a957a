import type * as vscode from 'vscode';

/**
 * Waits until something holds, looking again whenever the event fires.
 * @param look returns undefined while it does not hold yet.
 * @throws Error after `ms`, saying what was waited for.
 */
export async function until<T>(
  what: string,
  event: vscode.Event<unknown>,
  look: () => T | undefined,
  ms = 20_000,
): Promise<T> {
  const now = look();
  if (now !== undefined) return now;
  return new Promise((resolve, reject) => {
    const listening = event(() => {
      try {
        const found = look();
        if (found === undefined) return;
        done();
        resolve(found);
      } catch (error) {
        done();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    const limit = setTimeout(() => {
      done();
      reject(new Error(`Waited ${ms / 1_000} s for ${what}.`));
    }, ms);
    function done(): void {
      clearTimeout(limit);
      listening.dispose();
    }
  });
}

/** The same for what tells nobody that it has changed: looks every 50 ms. */
export async function untilSeen<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  ms = 20_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`Waited ${ms / 1_000} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
