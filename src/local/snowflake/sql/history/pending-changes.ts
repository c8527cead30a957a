/** How a transaction changed a table. */
export interface TableChange {
  /** What its rows were before is in the table's history. */
  readonly kept: boolean;
  /** It put in the rows that carry no transaction's number (`row-storage.ts`). */
  readonly base: boolean;
}

/** What a transaction does that its commit must write down. */
export class PendingChanges {
  /** Marks the rows that it writes; no other transaction has it. */
  readonly transaction: number;
  readonly tables = new Map<number, TableChange>();
  /** The streams that it has read to consume them. */
  readonly consumed = new Set<number>();
  /** SQL to run in the commit's turn; told the commit's own token. */
  readonly statements: ((token: bigint) => string)[] = [];
  /** Called in the commit's turn, once it has committed. */
  readonly afterCommit: ((token: bigint) => void)[] = [];

  constructor(transaction: number) {
    this.transaction = transaction;
  }

  add(table: number, change: TableChange): void {
    const before = this.tables.get(table);
    this.tables.set(table, {
      kept: change.kept && (before?.kept ?? true),
      base: change.base || (before?.base ?? false),
    });
  }
}
