import { StreamMessageWriter, type Message } from 'vscode-jsonrpc/node';

/** Writes messages one after the other, and knows when the last has been taken. */
export class OrderedWriter extends StreamMessageWriter {
  #last: Promise<unknown> = Promise.resolve();

  override write(message: Message): Promise<void> {
    const written = super.write(message);
    this.#last = written.catch(() => undefined);
    return written;
  }

  /** Resolves when everything that was written so far has been taken, or cannot be. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
