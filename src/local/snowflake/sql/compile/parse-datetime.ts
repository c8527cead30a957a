import { unsupported } from '../errors.ts';
import type { FormatElement } from './datetime-format.ts';

const digits: Readonly<Record<string, string>> = {
  YYYY: '([0-9]{1,6})',
  YY: '([0-9]{2})',
  MM: '([0-9]{1,2})',
  DD: '([0-9]{1,2})',
  HH24: '([0-9]{1,2})',
  HH12: '([0-9]{1,2})',
  MI: '([0-9]{1,2})',
  SS: '([0-9]{1,2})',
  MON: '([A-Za-z]{3})',
  MMMM: '([A-Za-z]{3,9})',
  AM: '([AaPp][Mm])',
  PM: '([AaPp][Mm])',
  TZH: '([+-][0-9]{1,2})',
  TZM: '([0-9]{2})',
  'TZH:TZM': '([+-][0-9]{1,2}:?[0-9]{2}|Z)',
  TZHTZM: '([+-][0-9]{1,2}:?[0-9]{2}|Z)',
};

/** A Postgres regular expression that reads text in a format, and the field that each of its groups is. */
export function parsePattern(elements: readonly FormatElement[]): { pattern: string; fields: readonly string[] } {
  const fields: string[] = [];
  let pattern = '^';
  for (const element of elements) {
    if (element.kind === 'literal') {
      pattern += element.text.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&');
    } else if (element.kind === 'fraction') {
      fields.push('FF');
      const some = element.digits === 0 ? '{0,9}' : `{1,${element.digits}}`;
      pattern += element.dot ? `(?:\\.([0-9]${some}))?` : `([0-9]${some})`;
    } else {
      const group = digits[element.kind];
      if (group === undefined) throw unsupported(`reading the date format element ${element.kind}`);
      fields.push(element.kind);
      pattern += group;
    }
  }
  return { pattern: `${pattern}$`, fields };
}
