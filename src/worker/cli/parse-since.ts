const msPerUnit: Readonly<Record<string, number>> = {
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/**
 * A time in the past: an ISO 8601 date or time, in this machine's zone where it names none, or how long ago it is (`90min`, `24h`, `7d`).
 *
 * @param now this machine's time, in ms.
 * @returns undefined for a text that is neither.
 */
export function parseSince(text: string, now: number): Date | undefined {
  const age = /^(\d{1,6})\s*(s|min|h|d|w)$/.exec(text.trim());
  if (age !== null) return new Date(now - Number(age[1]) * (msPerUnit[age[2] ?? ''] ?? NaN));
  const date = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:\d\d)?)?$/i.exec(text.trim());
  if (date === null) return undefined;
  const [, day = '', time = '00:00', zone = ''] = date;
  const parsed = new Date(`${day}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(parsed.getTime()) ? undefined : parsed;
}
