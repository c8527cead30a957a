import type { TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import type { SyncWarning } from '../events.ts';
import { isRenderedAsPlainText } from '../extract/type-table.ts';
import { displayRelation, longestIdentifierBytes } from '../postgres/identifiers.ts';
import type { Column, Relation } from '../postgres/relation.ts';
import type { SourceColumn } from '../snowflake/describe.ts';
import { postgresNameOf } from '../snowflake/identifiers.ts';
import type { TargetColumn } from '../stage/target-table.ts';
import type { Drift } from './drift.ts';

/** A source column and the target column that it fills. */
export interface MatchedColumn {
  readonly source: SourceColumn;
  readonly target: string;
}

/** What the columns of the next generation follow from. */
export interface MatchColumns {
  readonly config: TableConfig;
  readonly sourceColumns: readonly SourceColumn[];
  readonly live: Relation | null;
  /** Full Snowflake type of what filled each target column at the last sync; null where that is not known. */
  readonly lastColumns: Readonly<Record<string, string>> | null;
  /** The Postgres type of a new column for a Snowflake type. */
  readonly newType: (typeText: string) => string;
  readonly warn: (warning: SyncWarning) => void;
}

/**
 * The columns of the next generation: those of the live table in their order, then what the source and the configuration add; and
 * how that differs from the live table.
 * @throws SyncError `usage` where the configuration names a column that the source lacks, `source.unsupported`, or
 * `target.incompatible` where the live table cannot take the source.
 */
export function matchColumns(match: MatchColumns): {
  readonly columns: readonly TargetColumn[];
  readonly drift: Drift;
} {
  const { config, sourceColumns, live, lastColumns, newType, warn } = match;
  const matched = matchNames(config, sourceColumns);
  const byTarget = new Map(matched.map((column) => [column.target, column.source]));
  const dropped: string[] = [];
  const adopted = (live?.columns ?? []).flatMap((column): TargetColumn[] => {
    const computed = config.computed.find(({ name }) => name === column.name);
    const source = byTarget.get(column.name);
    byTarget.delete(column.name);
    const type = config.columns.types[column.name] ?? adoptedType(column, source, lastColumns, newType);
    if (computed !== undefined) {
      return [
        {
          name: column.name,
          type: column.generated === '' ? column.type : computed.type,
          live: column,
          source: null,
          generated: generation(computed.as, column.generated === ''),
        },
      ];
    }
    if (column.generated !== '') {
      if (source !== undefined) {
        warn({
          code: 'column.generated',
          message: `${config.name}.${column.name} is a generated column: the source’s column of that name is not loaded.`,
        });
      }
      const generated = { expression: column.default ?? '', virtual: column.generated === 'v', plainAfterLoad: false };
      return [{ name: column.name, type, live: column, source: null, generated }];
    }
    if (source === undefined && lastColumns?.[column.name] !== undefined) {
      dropped.push(column.name);
      return [];
    }
    if (source === undefined && column.notNull && column.default === null && column.identity === '') {
      throw new SyncError(
        'target.incompatible',
        `${config.name}: the target column ${column.name} is NOT NULL without a default, and the source has no column for it.`,
        {
          table: config.name,
          remedy: `Add it to the source, map one to it with "columns": { "rename": … }, or give ${displayRelation(config.target)}.${column.name} a default.`,
        },
      );
    }
    return [{ name: column.name, type, live: column, source: source ?? null, generated: null }];
  });
  const added = matched
    .filter((column) => byTarget.has(column.target))
    .map(({ source, target: name }): TargetColumn => {
      if (isRenderedAsPlainText(source.type)) {
        warn({
          code: 'type.unknown',
          message: `${config.name}.${name}: Snowmelt does not know the Snowflake type ${source.typeText}; it is copied as text.`,
          remedy: `Give it a type with "columns": { "types": { "${name}": … } }, or leave it out with "exclude".`,
        });
      }
      return {
        name,
        type: config.columns.types[name] ?? newType(source.typeText),
        live: null,
        source,
        generated: null,
      };
    });
  const present = new Set(adopted.map(({ name }) => name));
  const computed = config.computed
    .filter(({ name }) => !present.has(name))
    .map(({ name, type, as }): TargetColumn => ({
      name,
      type,
      live: null,
      source: null,
      generated: generation(as, false),
    }));
  const clash = computed.find(({ name }) => byTarget.has(name));
  if (clash !== undefined) {
    throw new SyncError(
      'target.incompatible',
      `${config.name}: the computed column ${clash.name} has the name of a source column.`,
      {
        table: config.name,
        remedy: 'Rename one of them, or leave the source column out with "columns": { "exclude": […] }.',
      },
    );
  }
  const columns = [...adopted, ...added, ...computed];
  if (!columns.some(({ source }) => source !== null)) {
    throw new SyncError(
      'target.incompatible',
      `${config.name}: no column of the source fills any column of ${displayRelation(config.target)}.`,
      {
        table: config.name,
        remedy: 'Columns are matched by name: map them with "columns": { "rename": … }.',
      },
    );
  }
  const drift: Drift =
    live === null
      ? { added: [], dropped: [], retyped: [] }
      : {
          added: [...added, ...computed].map(({ name, type }) => ({ column: name, type })),
          dropped,
          retyped: adopted.flatMap(({ name, type, live: from }) =>
            from === null || from.type === type ? [] : [{ column: name, from: from.type, to: type }],
          ),
        };
  return { columns, drift };
}

/**
 * The type of a column that is there: its own, unless it still is what the source's type at the last sync made it, and that type has
 * changed since.
 */
function adoptedType(
  column: Column,
  source: SourceColumn | undefined,
  lastColumns: MatchColumns['lastColumns'],
  newType: MatchColumns['newType'],
): string {
  const last = lastColumns?.[column.name];
  if (source === undefined || last === undefined || last === source.typeText) return column.type;
  return newType(last) === column.type ? newType(source.typeText) : column.type;
}

function generation(expression: string, plainAfterLoad: boolean): TargetColumn['generated'] {
  return { expression, virtual: false, plainAfterLoad };
}

/**
 * The target column of each source column that is not left out: by `exclude`, `rename` and the rule for names.
 * @throws SyncError `usage` where the configuration names a column that the source lacks, or `source.unsupported`.
 */
export function matchNames(config: TableConfig, sourceColumns: readonly SourceColumn[]): readonly MatchedColumn[] {
  const find = (name: string, where: string): SourceColumn => {
    const found =
      sourceColumns.find((column) => column.name === name) ??
      sourceColumns.find((column) => column.name.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    throw new SyncError(
      'usage',
      `${config.name}: "columns": { "${where}" } names ${name}, which the source does not have.`,
      {
        table: config.name,
        remedy: `Its columns are ${sourceColumns.map((column) => column.name).join(', ')}.`,
      },
    );
  };
  const excluded = new Set(config.columns.exclude.map((name) => find(name, 'exclude').name));
  const renamed = new Map(Object.entries(config.columns.rename).map(([from, to]) => [find(from, 'rename').name, to]));
  const matched = sourceColumns
    .filter(({ name }) => !excluded.has(name))
    .map((source) => ({ source, target: renamed.get(source.name) ?? postgresNameOf(source.name) }));
  const seen = new Map<string, string>();
  for (const { source, target } of matched) {
    if (Buffer.byteLength(target) > longestIdentifierBytes) {
      throw new SyncError(
        'source.unsupported',
        `${config.name}: the column name ${target} is longer than the ${longestIdentifierBytes} bytes that Postgres keeps.`,
        {
          table: config.name,
          remedy: `Give it a shorter one: "columns": { "rename": { "${source.name}": … } }.`,
        },
      );
    }
    const other = seen.get(target);
    if (other !== undefined) {
      throw new SyncError(
        'source.unsupported',
        `${config.name}: the source columns ${other} and ${source.name} would both be ${target}.`,
        {
          table: config.name,
          remedy: `Map one of them: "columns": { "rename": { "${source.name}": … } }.`,
        },
      );
    }
    seen.set(target, source.name);
  }
  return matched;
}
