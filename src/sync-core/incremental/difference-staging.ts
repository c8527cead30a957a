import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { Refreshing } from '../refreshing.ts';
import { goneColumn } from '../stage/content-staging.ts';
import { loadRows } from '../stage/load-rows.ts';
import { createContentStaging } from '../stage/prepare-staging.ts';
import { stagingOf } from '../stage/staging.ts';
import type { Staging } from '../stage/target-table.ts';
import { verifyArrival, type Arrival } from '../verify/arrival.ts';
import { differingRows, type HashDifference, type RowCopies } from '../verify/bucket-comparison.ts';
import { signed } from '../verify/compared-side.ts';
import { readingOptions, type Comparison } from '../verify/comparison.ts';
import { DifferenceTally } from '../verify/difference-tally.ts';
import { keysAtOnce } from '../verify/row-differences.ts';
import { sourceRowsOf } from '../verify/source-hashes.ts';
import { targetKeyHash } from '../verify/target-hashes.ts';
import { compareUnhashed } from '../verify/unhashed-comparison.ts';
import type { ComparedSides } from './row-diff.ts';

/** The staging table of the rows that differ: the source's rows, and the keys of rows that go. */
export class DifferenceStaging {
  readonly staging: Staging;
  readonly #refreshing: Refreshing;
  readonly #comparison: Comparison;
  readonly #queryIds: string[] = [];
  #arrived: Arrival = { rows: 0, bytes: 0 };

  constructor(refreshing: Refreshing, comparison: Comparison) {
    const { claimed, plan } = refreshing;
    this.staging = stagingOf(plan.target, claimed.run.id, claimed.ledger.names);
    this.#refreshing = refreshing;
    this.#comparison = comparison;
  }

  /** Rows that Snowflake has sent. */
  get arrived(): Arrival {
    return this.#arrived;
  }

  /** The query that they came from; null where they came from several, or none came. */
  get queryId(): string | null {
    return this.#queryIds.length === 1 ? (this.#queryIds[0] ?? null) : null;
  }

  /**
   * Creates the table and fills it.
   * @param options `most`: rows that may differ; `unhashed`: also those that differ in nothing but columns that are not hashed.
   * @returns why it cannot be used; undefined when every difference is staged.
   * @throws SyncError `arrival.mismatch`, `snowflake.…`, `value.…`, `postgres.…`.
   */
  async load(
    { source, target, found }: ComparedSides,
    { most, unhashed }: { readonly most: number; readonly unhashed: boolean },
  ): Promise<string | undefined> {
    const { claimed, plan, work } = this.#refreshing;
    const { run, signal } = claimed;
    await claimed.willStage(this.staging.relation, plan.source);
    await createContentStaging(work, plan.target, this.staging, true);
    const tally = new DifferenceTally();
    for await (const differences of differingRows(source, target, found.different, { signal })) {
      tally.addHashes(differences);
      if (tally.total > most) return `more than ${most} rows differ, so that all rows take less time`;
      if (differences.some(isDoubled)) return 'the table has several rows of the same key';
      run.emit({ kind: 'detail', step: 'stage', message: `${tally.total} rows differ so far` });
      for (let start = 0; start < differences.length; start += keysAtOnce) {
        const some = differences.slice(start, start + keysAtOnce);
        await this.#fetch(some.filter(({ inSource }) => inSource).map(({ key }) => key));
        await this.#markGone(some.filter(({ inSource }) => !inSource).map(({ key }) => key));
      }
    }
    if (unhashed) {
      const { snowflake } = this.#refreshing;
      await compareUnhashed(
        this.#comparison,
        { snowflake, postgres: work, signal, shown: () => 0 },
        async ({ keys }) => {
          for (let start = 0; start < keys.length; start += keysAtOnce) {
            await this.#fetch(keys.slice(start, start + keysAtOnce));
          }
        },
      );
    }
    return undefined;
  }

  async #fetch(keyHashes: readonly string[]): Promise<void> {
    if (keyHashes.length === 0) return;
    const { claimed, plan, work, snowflake } = this.#refreshing;
    const { config, run, signal } = claimed;
    const { snapshot, row } = this.#comparison;
    const options = { strip: config.onUnrepresentable === 'strip' };
    const submitted = await snowflake.submit(sourceRowsOf(snapshot.query, row, plan.fields, options, keyHashes));
    const before = this.#arrived;
    const arrived = await loadRows(work, submitted, plan, this.staging, { run, signal, before });
    await verifyArrival(snowflake, submitted.queryId, arrived);
    this.#queryIds.push(submitted.queryId);
    this.#arrived = { rows: before.rows + arrived.rows, bytes: before.bytes + arrived.bytes };
  }

  async #markGone(keyHashes: readonly string[]): Promise<void> {
    if (keyHashes.length === 0) return;
    const { claimed, work } = this.#refreshing;
    const { config } = claimed;
    const columns = config.key.map(quoteIdentifier).join(', ');
    await work.query(
      `INSERT INTO ${quoteRelation(this.staging.relation)} (${columns}, ${quoteIdentifier(goneColumn)})
       SELECT DISTINCT ${columns}, true FROM ${quoteRelation(config.target)} WHERE ${targetKeyHash(this.#comparison.row)} = ANY ($1::bigint[])`,
      [keyHashes.map(signed)],
      readingOptions(config),
    );
  }
}

/** Whether the target has more rows under a key of the source than the source has. */
function isDoubled({ inSource, source, target }: HashDifference): boolean {
  const count = (rows: readonly RowCopies[]): number => rows.reduce((sum, { copies }) => sum + copies, 0);
  return inSource && count(target) > count(source);
}
