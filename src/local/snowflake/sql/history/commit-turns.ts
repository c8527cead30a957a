/** Lets one commit through at a time, in the order in which they came. */
export class CommitTurns {
  private tail: Promise<void> = Promise.resolve();

  /** Resolves when it is the caller's turn; the next one waits until the function that it gives is called. */
  async take(): Promise<() => void> {
    const before = this.tail;
    let end = (): void => undefined;
    this.tail = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    return end;
  }

  /** Resolves when every commit that has taken its turn, or waits for it, has ended. */
  async settled(): Promise<void> {
    await this.tail;
  }
}
