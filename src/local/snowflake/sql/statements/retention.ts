import type { ObjectProperties } from '../ast.ts';
import { defaultExtension, type RelationEntry } from '../catalog/model.ts';
import { compilationError } from '../errors.ts';

/** The most days of Time Travel that a table may have (user-guide/data-time-travel, "Data retention period"). */
const longest: Readonly<Record<RelationEntry['lifetime'], number>> = { PERMANENT: 90, TRANSIENT: 1, TEMPORARY: 1 };

/** What the table keeps: its own DATA_RETENTION_TIME_IN_DAYS, or its schema's. */
export function retentionOf(
  properties: ObjectProperties,
  lifetime: RelationEntry['lifetime'],
  inherited: number,
): Pick<RelationEntry, 'retention' | 'extension'> {
  const most = longest[lifetime];
  return {
    retention: days(properties, 'DATA_RETENTION_TIME_IN_DAYS', most) ?? Math.min(inherited, most),
    extension: days(properties, 'MAX_DATA_EXTENSION_TIME_IN_DAYS', 90) ?? defaultExtension,
  };
}

/** A number of days, or undefined where the property is not set. */
export function days(properties: ObjectProperties, name: string, most: number): number | undefined {
  const value = properties.get(name);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value <= most) return value;
  throw compilationError(1008, '22023', `invalid value [${value}] for parameter '${name}'`);
}
