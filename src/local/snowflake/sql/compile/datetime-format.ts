import { compilationError } from '../errors.ts';

/** One element of a date or time format model, or literal text. */
export type FormatElement =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'fraction'; readonly digits: number; readonly dot: boolean }
  | { readonly kind: Exclude<FieldName, 'FF'> };

const fields = [
  'YYYY',
  'YY',
  'MMMM',
  'MON',
  'MM',
  'DY',
  'DD',
  'HH24',
  'HH12',
  'AM',
  'PM',
  'MI',
  'SS',
  'TZH:TZM',
  'TZHTZM',
  'TZH',
  'TZM',
  'FF',
] as const;
export type FieldName = (typeof fields)[number];

/**
 * Reads a format model (sql-reference/date-time-input-output, "Date and time formats"): the elements above in any case, FF with 0
 * to 9 digits (9 without), text in double quotes; whatever else stands there is itself, letters too, as TO_CHAR's example
 * 'mm/dd/yyyy, hh24:mi hours' shows. Throws 100096 for a quote that is never closed.
 */
export function parseDatetimeFormat(format: string): FormatElement[] {
  const elements: FormatElement[] = [];
  let i = 0;
  const literal = (text: string): void => {
    const last = elements.at(-1);
    if (last?.kind === 'literal') elements[elements.length - 1] = { kind: 'literal', text: last.text + text };
    else elements.push({ kind: 'literal', text });
  };
  while (i < format.length) {
    const rest = format.slice(i).toUpperCase();
    const field = fields.find((name) => rest.startsWith(name));
    if (format.charAt(i) === '"') {
      const end = format.indexOf('"', i + 1);
      if (end < 0) throw invalidFormat(format);
      literal(format.slice(i + 1, end));
      i = end + 1;
    } else if (field === 'FF') {
      const digit = /^FF([0-9])/u.exec(rest)?.[1];
      const last = elements.at(-1);
      const dot = last?.kind === 'literal' && last.text.endsWith('.');
      if (last?.kind === 'literal' && dot) {
        elements.pop();
        if (last.text.length > 1) elements.push({ kind: 'literal', text: last.text.slice(0, -1) });
      }
      elements.push({ kind: 'fraction', digits: digit === undefined ? 9 : Number(digit), dot });
      i += digit === undefined ? 2 : 3;
    } else if (field !== undefined) {
      elements.push({ kind: field });
      i += field.length;
    } else {
      literal(format.charAt(i));
      i++;
    }
  }
  return elements;
}

function invalidFormat(format: string): Error {
  return compilationError(100096, '22007', `Can't parse format '${format}'.`);
}
