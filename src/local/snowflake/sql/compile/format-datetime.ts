import type { DataType } from '../types/data-type.ts';
import { quoteLiteral } from '../types/stored-text.ts';
import type { FormatElement } from './datetime-format.ts';

/** The parts of a moment that a format can print, as Postgres SQL. */
export interface MomentSql {
  /** A `timestamp`, already in the zone it is printed in. */
  readonly timestamp: string;
  /** Nanoseconds beyond the microsecond, 0 to 999; absent where they are always 0. */
  readonly nanoseconds: string | null;
  /** Minutes east of UTC; absent where the type has no zone. */
  readonly offset: string | null;
}

const patterns: Readonly<Record<string, string>> = {
  YYYY: 'YYYY',
  YY: 'YY',
  MMMM: 'FMMonth',
  MON: 'Mon',
  MM: 'MM',
  DY: 'Dy',
  DD: 'DD',
  HH24: 'HH24',
  HH12: 'HH12',
  AM: 'AM',
  PM: 'AM',
  MI: 'MI',
  SS: 'SS',
};

/**
 * SQL that prints a moment. Everything that Postgres' `to_char` knows goes to it in one call; years before 1, which it prints as
 * years BC, take a second branch.
 */
export function formatMoment(elements: readonly FormatElement[], moment: MomentSql): string {
  const usual = segments(elements, moment, 'YYYY');
  const hasYear = elements.some((element) => element.kind === 'YYYY');
  if (!hasYear) return usual;
  return `CASE WHEN ${moment.timestamp} >= '0001-01-01' THEN ${usual} ELSE ${segments(elements, moment, 'computed')} END`;
}

function segments(elements: readonly FormatElement[], moment: MomentSql, year: 'YYYY' | 'computed'): string {
  const parts: string[] = [];
  let pattern = '';
  const flush = (): void => {
    if (pattern !== '') parts.push(`to_char(${moment.timestamp}, ${quoteLiteral(pattern)})`);
    pattern = '';
  };
  for (const element of elements) {
    if (element.kind === 'literal') {
      pattern += `"${element.text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
    } else if (element.kind === 'fraction') {
      if (element.digits === 0) continue;
      if (element.dot) pattern += '"."';
      if (element.digits <= 6) {
        pattern += `FF${element.digits}`;
      } else {
        pattern += 'FF6';
        flush();
        const rest = moment.nanoseconds === null ? "'000'" : `lpad((${moment.nanoseconds})::text, 3, '0')`;
        parts.push(element.digits === 9 ? rest : `left(${rest}, ${element.digits - 6})`);
      }
    } else if (element.kind.startsWith('TZ')) {
      flush();
      if (moment.offset !== null) parts.push(formatOffset(element.kind, moment.offset));
    } else if (element.kind === 'YYYY' && year === 'computed') {
      flush();
      parts.push(`lpad((extract(year from ${moment.timestamp})::int + 1)::text, 4, '0')`);
    } else {
      pattern += patterns[element.kind] ?? '';
    }
  }
  flush();
  if (parts.length === 0) return `(CASE WHEN ${moment.timestamp} IS NOT NULL THEN '' END)`;
  return `(${parts.join(' || ')})`;
}

function formatOffset(kind: string, offset: string): string {
  const sign = `CASE WHEN ${offset} < 0 THEN '-' ELSE '+' END`;
  const hours = `lpad((abs(${offset}) / 60)::text, 2, '0')`;
  const minutes = `lpad((abs(${offset}) % 60)::text, 2, '0')`;
  switch (kind) {
    case 'TZH':
      return `${sign} || ${hours}`;
    case 'TZM':
      return minutes;
    case 'TZHTZM':
      return `${sign} || ${hours} || ${minutes}`;
    default:
      return `${sign} || ${hours} || ':' || ${minutes}`;
  }
}

function ntzMoment(sql: string): MomentSql {
  return { timestamp: `(${sql}).t`, nanoseconds: `(${sql}).n`, offset: null };
}

function ltzMoment(sql: string, zone: string): MomentSql {
  const local = `((${sql}).t AT TIME ZONE 'UTC' AT TIME ZONE ${quoteLiteral(zone)})`;
  return {
    timestamp: local,
    nanoseconds: `(${sql}).n`,
    offset: `(extract(epoch from ${local} - (${sql}).t)::int / 60)`,
  };
}

export function tzMoment(sql: string): MomentSql {
  return {
    timestamp: `((${sql}).t + (${sql}).o * interval '1 minute')`,
    nanoseconds: `(${sql}).n`,
    offset: `(${sql}).o`,
  };
}

function dateMoment(sql: string): MomentSql {
  return { timestamp: `(${sql})::timestamp`, nanoseconds: null, offset: null };
}

/** A time is printed as a moment of 1970-01-01. */
function timeMoment(sql: string): MomentSql {
  return {
    timestamp: `('1970-01-01'::timestamp + (${sql}) / 1000 * interval '1 microsecond')`,
    nanoseconds: `((${sql}) % 1000)`,
    offset: null,
  };
}

/** How a stored value comes apart for printing; undefined for a type that is no moment. */
export function momentOf(sql: string, type: DataType, zone: string): MomentSql | undefined {
  if (type.kind === 'DATE') return dateMoment(sql);
  if (type.kind === 'TIME') return timeMoment(sql);
  if (type.kind === 'TIMESTAMP_NTZ') return ntzMoment(sql);
  if (type.kind === 'TIMESTAMP_LTZ') return ltzMoment(sql, zone);
  return type.kind === 'TIMESTAMP_TZ' ? tzMoment(sql) : undefined;
}
