import { existsSync, readFileSync } from 'node:fs';
import type { Outcome } from '../support/surroundings.ts';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Prints the outcomes of a suite while they come in, and counts them. */
export class OutcomeReport {
  readonly #file: string;
  readonly #polling: NodeJS.Timeout;
  readonly #failures: string[] = [];
  #read = 0;
  #passed = 0;
  #skipped = 0;
  #ended: number | undefined;

  /** @param file what the suite writes; need not be there yet. */
  constructor(file: string) {
    this.#file = file;
    this.#polling = setInterval(() => {
      this.#print();
    }, 250);
  }

  /**
   * Prints what is left, and what went wrong.
   * @param exitCode the host's.
   * @returns totals in which a suite that ran no test, or did not come to its end, counts as a failure.
   */
  finish(exitCode: number): Totals {
    clearInterval(this.#polling);
    this.#print();
    const problem = this.#problem(exitCode);
    if (problem !== undefined) this.#failures.push(problem);
    for (const failure of this.#failures) console.log(`\n  ✖ ${failure.replaceAll('\n', '\n    ')}`);
    return { passed: this.#passed, failed: this.#failures.length, skipped: this.#skipped };
  }

  #problem(exitCode: number): string | undefined {
    if (this.#ended === undefined) return `The suite did not come to its end (the host's exit code is ${exitCode}).`;
    if (this.#ended === 0) return 'The suite ran no test.';
    if (exitCode !== 0 && this.#failures.length === 0)
      return `The host ended with ${exitCode} although no test failed.`;
    return undefined;
  }

  #print(): void {
    if (!existsSync(this.#file)) return;
    const lines = readFileSync(this.#file, 'utf8').split('\n').slice(0, -1);
    for (const line of lines.slice(this.#read)) this.#add(JSON.parse(line) as Outcome);
    this.#read = lines.length;
  }

  #add(outcome: Outcome): void {
    switch (outcome.kind) {
      case 'passed':
        this.#passed += 1;
        console.log(`  ✔ ${outcome.title.join(' › ')}${outcome.ms < 100 ? '' : ` (${outcome.ms} ms)`}`);
        break;
      case 'failed':
        this.#failures.push(`${outcome.title.join(' › ')}\n${outcome.error}`);
        console.log(`  ✖ ${outcome.title.join(' › ')}`);
        break;
      case 'skipped':
        this.#skipped += 1;
        console.log(`  - ${outcome.title.join(' › ')}`);
        break;
      case 'ended':
        this.#ended = outcome.tests;
    }
  }
}
