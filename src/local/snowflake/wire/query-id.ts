import { randomBytes } from 'node:crypto';

const epoch = Date.UTC(2018, 0, 1);
const instance = randomBytes(2).toString('hex');
let sequence = 0;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0').slice(-digits);

/**
 * A query id in Snowflake's form: a UUID's shape without its version bits, growing with time to the minute
 * (`01b2c3d4-0506-1234-0000-0001abcd5678`). Unique within this process and, but for a chance of 1 in 65,536, between
 * two processes in the same millisecond.
 */
export function newQueryId(now = Date.now()): string {
  sequence = (sequence + 1) % 0x1_0000_0000;
  const sinceEpoch = now - epoch;
  const minutes = Math.floor(sinceEpoch / 60_000);
  return `01${hex(minutes, 6)}-${hex(sinceEpoch % 60_000, 4)}-${hex(sequence, 4)}-0000-${instance}${hex(sequence, 8)}`;
}
