import { formatCount, formatDuration, formatRows } from '../../worker/protocol/figures.ts';
import type { RowDifference, VerifiedTableDocument, VerifyDocument } from '../../worker/protocol/protocol.ts';
import { formatDateTime, formatNumberOf, joinFacts } from '../format.ts';
import { code, failedSection, text } from './report-blocks.ts';
import type {
  DifferenceView,
  ReportActionView,
  ReportBlock,
  ReportFact,
  ReportSection,
  ReportView,
} from './report-view.ts';

const howCompared: Readonly<Record<VerifiedTableDocument['level'], string>> = {
  count: 'the numbers of rows',
  checksum: 'hashes of columns, computed on both sides',
  diff: 'row by row',
};

/** How tables compare with their sources, as a report. @param at when it was compared, in ms since the epoch. */
export function verifyReport(document: VerifyDocument, project: string, at: number): ReportView {
  const { target, tables, status } = document;
  const [only] = tables;
  const count = (wanted: string): number => tables.filter((table) => table.status === wanted).length;
  const [equal, different, failed] = [count('equal'), count('different'), count('failed')];
  return {
    title: tables.length === 1 && only !== undefined ? `Verification of ${only.table}` : `Verification of ${target}`,
    subtitle: joinFacts(`Target ${target}`, project),
    summary: [
      different > 0 && `${formatNumberOf(different, 'table differs', 'tables differ')} from the source.`,
      equal > 0 && `${formatNumberOf(equal, 'table is', 'tables are')} equal to the source.`,
      failed > 0 && `${formatNumberOf(failed, 'table', 'tables')} could not be compared.`,
    ]
      .filter((sentence) => sentence !== false)
      .join(' '),
    tone: status === 'success' ? 'good' : status === 'different' ? 'warning' : 'bad',
    at,
    sections: tables.map((table) =>
      table.status === 'failed'
        ? failedSection(table, { action: 'verify', label: 'Verify Again' })
        : verifiedSection(table),
    ),
  };
}

function verifiedSection(table: VerifiedTableDocument): ReportSection {
  return {
    table: table.table,
    badge: { text: badgeText(table), tone: table.status === 'equal' ? 'good' : 'warning' },
    blocks: [
      ...repairedNotice(table),
      { kind: 'facts', facts: factsOf(table) },
      ...differencesBlock(table),
      ...coverageBlocks(table),
    ],
    actions: actionsOf(table),
  };
}

function badgeText(table: VerifiedTableDocument): string {
  if (table.status === 'equal') return 'Equal';
  const parts = [
    table.missing !== null && table.missing > 0 && `${formatCount(table.missing)} missing`,
    table.extra !== null && table.extra > 0 && `${formatCount(table.extra)} extra`,
    table.different !== null && table.different > 0 && `${formatCount(table.different)} different`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'Different' : parts.join(', ');
}

function repairedNotice({ repaired }: VerifiedTableDocument): ReportBlock[] {
  if (repaired === 0) return [];
  return [{ kind: 'notice', tone: 'good', message: `${formatRows(repaired)} repaired.`, remedy: null }];
}

function factsOf(table: VerifiedTableDocument): ReportFact[] {
  const { sourceRows, targetRows, level, snapshot, seconds, buckets } = table;
  const gap = targetRows - sourceRows;
  return [
    { label: 'Rows at the source', value: formatCount(sourceRows) },
    {
      label: 'Rows in the target',
      value: formatCount(targetRows),
      ...(gap !== 0 && { reason: `${formatCount(Math.abs(gap))} ${gap > 0 ? 'more' : 'fewer'} than at the source` }),
    },
    { label: 'Compared', value: level, reason: howCompared[level] },
    ...(buckets === null
      ? []
      : [
          {
            label: 'Buckets of the key',
            value: `${formatCount(buckets.compared)} compared, ${formatCount(buckets.different)} different`,
          },
        ]),
    {
      label: 'Source as of',
      value: snapshot === null ? 'no one moment' : formatDateTime(Date.parse(snapshot)),
      ...(snapshot === null && { reason: 'Snowflake could give no consistent snapshot' }),
    },
    { label: 'Took', value: formatDuration(seconds * 1_000) },
  ];
}

function differencesBlock({ rows, missing, extra, different }: VerifiedTableDocument): ReportBlock[] {
  if (rows.length === 0) return [];
  const all = (missing ?? 0) + (extra ?? 0) + (different ?? 0);
  return [
    {
      kind: 'differences',
      title: 'Rows that differ',
      rows: rows.map(differenceView),
      more: all > rows.length ? `${formatCount(all - rows.length)} more rows differ than are shown.` : null,
    },
  ];
}

function differenceView({ kind, key, columns, copies }: RowDifference): DifferenceView {
  const pairs = Object.entries(key).map(([column, value]) => `${column} = ${value ?? 'NULL'}`);
  const name = pairs.length === 0 ? 'no key' : pairs.join(', ');
  return { kind, key: copies > 1 ? `${name} (${formatRows(copies)})` : name, columns };
}

/** What the comparison says nothing of is as important as what it says. */
function coverageBlocks({ level, hashedColumns, otherColumns, columnGroups }: VerifiedTableDocument): ReportBlock[] {
  if (level === 'count') {
    const message = 'Only the numbers of rows were compared: rows with other values are not found this way.';
    return [{ kind: 'notice', tone: 'neutral', message, remedy: null }];
  }
  const facts: ReportFact[] = [{ label: 'Hashed on both sides', value: hashedColumns.join(', ') || 'none' }];
  const unequal = columnGroups.filter(({ equal }) => !equal);
  if (unequal.length > 0) {
    const value = unequal.map(({ columns }) => columns.join(', ')).join('; ');
    facts.push({ label: 'Not the same in all rows', value, reason: 'columns are hashed in groups' });
  }
  const blocks: ReportBlock[] = [{ kind: 'facts', facts }];
  if (otherColumns.length > 0) {
    blocks.push({
      kind: 'table',
      title: 'Compared otherwise, or not at all',
      columns: ['Column', 'Why'],
      rows: otherColumns.map(({ column, reason }) => [code(column), text(reason)]),
      folded: false,
    });
  }
  return blocks;
}

function actionsOf({ status, level, repaired }: VerifiedTableDocument): ReportActionView[] {
  const again: ReportActionView = { action: 'verify', label: 'Verify Again' };
  if (status === 'equal' || repaired > 0) return [again];
  const sync: ReportActionView = { action: 'sync', label: 'Sync' };
  if (level === 'diff') return [{ action: 'repair', label: 'Repair…' }, sync, again];
  return [sync, { action: 'diff', label: 'Compare Row by Row' }, again];
}
