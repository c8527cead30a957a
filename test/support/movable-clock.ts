/** The machine's clock, which a test moves ahead. */
export class MovableClock {
  private aheadMs = 0;

  readonly now = (): Date => new Date(Date.now() + this.aheadMs);

  advance(span: { readonly days?: number; readonly hours?: number; readonly seconds?: number }): void {
    const { days = 0, hours = 0, seconds = 0 } = span;
    this.aheadMs += ((days * 24 + hours) * 60 * 60 + seconds) * 1000;
  }
}
