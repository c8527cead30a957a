import { isSyncError, SyncError } from '../errors.ts';
import { sourceObject } from '../plan/source-query.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { Refreshed, Refreshing } from '../refreshing.ts';
import { formatQualifiedName } from '../snowflake/identifiers.ts';
import type { RowSource } from '../snowflake/session.ts';
import { goneColumn, sameKey } from '../stage/content-staging.ts';
import { loadRows } from '../stage/load-rows.ts';
import { createContentStaging, prepareContent } from '../stage/prepare-staging.ts';
import { stagingOf } from '../stage/staging.ts';
import type { Staging } from '../stage/target-table.ts';
import { makeLive, recordUnchanged } from '../make-live.ts';
import { verifyArrival, type Arrival } from '../verify/arrival.ts';
import { readingOptions } from '../verify/comparison.ts';
import { guardRowCount } from '../verify/guards.ts';
import { sourceCount } from '../verify/source-hashes.ts';
import { readMoment, sourceQueryAt } from '../verify/source-snapshot.ts';
import { changesSelect, goneField } from './changes-query.ts';
import { dropDifferences, mostDifferences, nothingChanged } from './differences.ts';
import type { Fallback } from './fallback.ts';
import { momentOf, offsetAt } from './source-offset.ts';

/**
 * Brings over what has changed at the source since the moment up to which the live rows are known to follow it, and writes the new moment
 * down in the transaction that changes the rows: each change is applied exactly once, whatever is killed when. Writes nothing at the
 * source.
 *
 * Falls back where Snowflake has no changes of that interval (no change tracking, or not since then; past retention; a table that was
 * made anew; a column type that it keeps no changes of), and where the rows would not be as many as the source has.
 * @throws SyncError `guard.…`; `source.duplicateKey` or `source.nullKey` before anything is changed.
 */
export async function refreshByChanges(refreshing: Refreshing): Promise<Refreshed | Fallback> {
  const { claimed, plan, work, snowflake, sourceToken, force } = refreshing;
  const { config, run } = claimed;

  const extracted = await run.step('extract', () => extract(refreshing));
  if ('fallback' in extracted) return extracted;
  const { source, until, sourceRows, recordedRows } = extracted;
  if (!force) guardRowCount(config, sourceRows, recordedRows);
  const facts = {
    sourceQueryId: source.queryId,
    sourceSnapshot: until.toISOString(),
    sourceToken,
    sourceOffset: offsetAt(until),
  };
  if (source.rowCount === 0 && plan.target.newIndexes.length === 0) {
    if (sourceRows !== recordedRows) return unequal(recordedRows, sourceRows);
    const generation = await run.step('swap', () => recordUnchanged({ claimed, plan, work, rows: sourceRows }, facts));
    return { ...nothingChanged, finalCount: sourceRows, generation };
  }
  const most = mostDifferences(sourceRows);
  if (source.rowCount > most) {
    return { fallback: `more than ${most} rows have changed, so that all rows take less time` };
  }

  const staging = stagingOf(plan.target, run.id, claimed.ledger.names);
  const arrived = await run.step('stage', () => stageChanges(refreshing, staging, source));
  const { willHave, brought } = await run.step('verify', async () => {
    await verifyArrival(snowflake, source.queryId, arrived);
    run.emit({ kind: 'arrived', rows: arrived.rows, bytes: arrived.bytes });
    return countStaged(refreshing, staging);
  });
  if (willHave !== sourceRows) {
    await dropDifferences(refreshing, staging);
    return unequal(willHave, sourceRows);
  }

  return makeLive(
    { claimed, plan, staging, work, partial: true, rows: sourceRows, rowsSynced: brought },
    { ...facts, bytes: arrived.bytes },
  );
}

function unequal(rows: number, sourceRows: number): Fallback {
  return {
    fallback: `with its changes the table would have ${rows} rows, and the source has ${sourceRows}: somebody else has changed the table`,
  };
}

/** The changes of an interval, on their way. */
interface Extracted {
  readonly source: RowSource;
  /** The end of the interval. */
  readonly until: Date;
  /** Rows that the source had then. */
  readonly sourceRows: number;
  /** Rows of the live table after its last sync. */
  readonly recordedRows: number;
}

async function extract({ claimed, plan, snowflake }: Refreshing): Promise<Extracted | Fallback> {
  const { config, run } = claimed;
  const { record } = plan;
  const object = sourceObject(config);
  if (record?.sourceOffset == null || object === undefined) {
    throw new SyncError('internal', 'The changes of a source were planned that cannot be followed.');
  }
  const key = config.key.map((name) => plan.fields[plan.copyColumns.indexOf(name)]?.source);
  if (key.includes(undefined)) return { fallback: `the key (${config.key.join(', ')}) is not in the source` };
  const until = await readMoment(snowflake);
  const qualifiedName = formatQualifiedName(object);
  const statement = changesSelect({
    qualifiedName,
    after: momentOf(record.sourceOffset),
    until,
    fields: plan.fields,
    key: key.filter((source) => source !== undefined),
    strip: config.onUnrepresentable === 'strip',
  });
  try {
    const source = await snowflake.submit(statement);
    run.emit({ kind: 'extracted', sourceQueryId: source.queryId, rows: source.rowCount });
    const { rows } = await snowflake.read(sourceCount(sourceQueryAt(qualifiedName, until)));
    return { source, until, sourceRows: Number(rows[0]?.[0]), recordedRows: record.rows };
  } catch (error) {
    // A full refresh reads the same object: what is wrong with that itself, it will say.
    if (!isSyncError(error, 'snowflake.statement') && !isSyncError(error, 'snowflake.objectMissing')) throw error;
    return { fallback: `Snowflake has no changes since ${record.sourceOffset.at}: ${error.message}` };
  }
}

async function stageChanges(
  { claimed, plan, work }: Refreshing,
  staging: Staging,
  source: RowSource,
): Promise<Arrival> {
  const { config, run, signal } = claimed;
  await claimed.willStage(staging.relation, plan.source);
  await createContentStaging(work, plan.target, staging, true);
  const withGone = {
    ...plan,
    fields: [...plan.fields, goneField],
    copyColumns: [...plan.copyColumns, goneColumn],
  };
  const arrived = await loadRows(work, source, withGone, staging, { run, signal });
  await work.query(forgetReplacedStatement(staging, config.key), [], readingOptions(config));
  await prepareContent(work, plan.target, staging, config, true);
  return arrived;
}

/** A row that was changed has gone and come, and so has one that took the key of another. */
function forgetReplacedStatement(staging: Staging, key: readonly string[]): string {
  const table = quoteRelation(staging.relation);
  const gone = quoteIdentifier(goneColumn);
  return `DELETE FROM ${table} g USING ${table} s WHERE g.${gone} AND NOT s.${gone} AND ${sameKey(key, 'g', 's')}`;
}

/** Rows that have come or changed, and rows that the live table will have with the changes. */
async function countStaged(
  { claimed: { config }, work }: Refreshing,
  staging: Staging,
): Promise<{ readonly brought: number; readonly willHave: number }> {
  const table = quoteRelation(staging.relation);
  const live = quoteRelation(config.target);
  const gone = `s.${quoteIdentifier(goneColumn)}`;
  const isLive = `EXISTS (SELECT FROM ${live} t WHERE ${sameKey(config.key, 't', 's')})`;
  const [row] = await work.query<Record<'live' | 'brought' | 'added' | 'removed', string>>(
    `SELECT (SELECT count(*) FROM ${live}) AS live, count(*) FILTER (WHERE NOT ${gone}) AS brought,
            count(*) FILTER (WHERE NOT ${gone} AND NOT ${isLive}) AS added, count(*) FILTER (WHERE ${gone} AND ${isLive}) AS removed
       FROM ${table} s`,
    [],
    readingOptions(config),
  );
  return { brought: Number(row?.brought), willHave: Number(row?.live) + Number(row?.added) - Number(row?.removed) };
}
