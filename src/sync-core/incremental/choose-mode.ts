import { configHash } from '../config/config-hash.ts';
import type { TableConfig } from '../config/resolved.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import type { Choice } from '../plan/choose-strategy.ts';
import { hasDrifted, type Drift } from '../plan/drift.ts';
import type { Relation } from '../postgres/relation.ts';
import type { SourceColumn } from '../snowflake/describe.ts';
import type { UnhashedColumn } from '../verify/verification.ts';

/** What a sync brings over: all rows, those that have changed since the last sync, or those that differ. */
export type SyncMode = 'full' | 'changes' | 'row-diff';

/** A mode, why it was chosen, and whether it is the one that was asked for. */
export interface ModeChoice extends Choice<SyncMode> {
  /** The configuration asks for another mode, which cannot be used now. */
  readonly fallback: boolean;
  /** It never can, as the configuration and the source are: somebody should know. */
  readonly lasting: boolean;
}

export interface ModeQuestion {
  readonly config: TableConfig;
  readonly live: Relation | null;
  /** What the ledger knows of the live table. */
  readonly record: TableRecord | undefined;
  readonly drift: Drift;
  readonly sourceColumns: readonly SourceColumn[];
  /** Columns that the source fills and of which no hash is the same on both sides: a change of one alone would not be seen. */
  readonly unhashed: readonly UnhashedColumn[];
  /** A full refresh was asked for, whatever the configuration says. */
  readonly full: boolean;
}

/**
 * Chooses the mode by what is known before the source is read. An incremental mode needs rows that Snowmelt itself has filled by this very
 * configuration: of others it is not known what is in the columns that are not compared.
 */
export function chooseMode(question: ModeQuestion): ModeChoice {
  const { config, live, record, drift, sourceColumns, unhashed, full } = question;
  const asked = config.incremental?.mode;
  const allRows = (reason: string, lasting = false): ModeChoice => ({
    choice: 'full',
    reason,
    fallback: true,
    lasting,
  });
  const asAsked = { fallback: false, lasting: false };
  if (full) return { ...allRows('asked for'), fallback: false };
  if (asked === undefined) return { ...allRows('no incremental mode is configured'), fallback: false };
  if (asked === 'stream') return allRows(`the mode "${asked}" does not exist yet in this version`, true);
  if (live === null) return allRows('the table does not exist yet');
  if (record?.sourceColumns == null || record.oid !== live.oid) {
    return allRows('the live rows are not from a sync of Snowmelt');
  }
  if (record.configHash !== configHash(config)) return allRows('the configuration has changed since the last sync');
  if (hasDrifted(drift)) return allRows('the columns of the source have changed');
  if (config.strategy === 'rename' || config.strategy === 'truncate') {
    return allRows(`"strategy": "${config.strategy}" replaces all rows`, true);
  }
  if (asked === 'changes') {
    const shape = sourceColumns.find(({ type: { kind } }) => kind === 'geography' || kind === 'geometry');
    if (shape !== undefined) {
      const kind = shape.type.kind.toUpperCase();
      return allRows(
        `Snowflake keeps no changes of rows with a ${kind} column (${shape.name}): "row-diff" follows them`,
        true,
      );
    }
    return record.sourceOffset === null
      ? allRows('the last sync could not read the source as of one moment')
      : { choice: 'changes', reason: 'only rows that have changed since the last sync are moved', ...asAsked };
  }
  const [first, ...others] = unhashed;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : `, nor that of ${others.map(({ column }) => column).join(', ')}`;
    return allRows(`a change of ${first.column} would not be seen${more}: ${first.reason}`, true);
  }
  return { choice: 'row-diff', reason: 'only rows whose hashes differ are moved', ...asAsked };
}

/** Why a full refresh takes the place of an incremental mode that was begun. */
export function fallBack(reason: string): ModeChoice {
  return { choice: 'full', reason, fallback: true, lasting: false };
}
