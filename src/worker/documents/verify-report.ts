import { formatCount, formatRows } from '../protocol/figures.ts';
import type {
  FailedTableDocument,
  RowDifference,
  VerifiedTableDocument,
  VerifyDocument,
} from '../protocol/protocol.ts';

/** Characters of a value that a cell shows. */
const shownValue = 200;

/** A comparison as Markdown, for people. */
export function verifyReport({ target, tables, status }: VerifyDocument): string {
  const heading = `# Verification of ${target}\n\n${outcomes[status]}\n`;
  return [heading, ...tables.map((table) => (table.status === 'failed' ? failedSection(table) : section(table)))].join(
    '\n',
  );
}

const outcomes: Readonly<Record<VerifyDocument['status'], string>> = {
  success: 'Every table that was compared is equal to its source.',
  different: 'At least one table differs from its source.',
  failed: 'At least one table could not be compared.',
};

function failedSection({ table, error }: FailedTableDocument): string {
  return `## ${table}: not compared\n\n${error.message}${error.remedy === undefined ? '' : `\n\n${error.remedy}`}\n`;
}

function section(table: VerifiedTableDocument): string {
  const { missing, extra, different, buckets, otherColumns, rows } = table;
  const facts = [
    `Compared by ${table.level} in ${table.seconds} s, ${table.snapshot === null ? 'without a snapshot of the source' : `as of ${table.snapshot}`}.`,
    `${formatRows(table.sourceRows)} at the source, ${formatRows(table.targetRows)} in the target.`,
    ...(buckets === null
      ? []
      : [`${formatCount(buckets.different)} of ${formatCount(buckets.compared)} buckets of the key differ.`]),
    ...(missing === null || extra === null || different === null
      ? []
      : [`${formatCount(missing)} missing, ${formatCount(extra)} extra, ${formatCount(different)} different.`]),
    ...(table.hashedColumns.length === 0 ? [] : [`Hashed: ${table.hashedColumns.map(code).join(', ')}.`]),
    ...otherColumns.map(({ column, reason }) => `Not hashed: ${code(column)}: ${reason}.`),
  ];
  const list = facts.map((fact) => `- ${fact}`).join('\n');
  return `## ${table.table}: ${table.status}\n\n${list}\n${rows.length === 0 ? '' : `\n${rowTable(rows)}\n`}`;
}

function rowTable(rows: readonly RowDifference[]): string {
  const lines = rows.flatMap(({ kind, key, columns, copies }) => {
    const names = Object.entries(key).map(([name, value]) => `${name} = ${value ?? 'NULL'}`);
    const which = code(names.join(', '));
    const what = copies > 1 ? `${kind}, ${formatCount(copies)} times` : kind;
    return columns.map(({ column, source, target }) =>
      [what, which, code(column), cell(source, kind === 'extra'), cell(target, kind === 'missing')].join(' | '),
    );
  });
  return [
    '| row | key | column | source | target |',
    '| --- | --- | --- | --- | --- |',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}

function cell(value: string | null, absent: boolean): string {
  if (absent) return '';
  if (value === null) return 'NULL';
  return code(value.length <= shownValue ? value : `${value.slice(0, shownValue)}…`);
}

/** Text that Markdown leaves alone, within one line of a table. */
function code(text: string): string {
  if (text === '') return '';
  const line = text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
  const fence = '`'.repeat(1 + Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length)));
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}
