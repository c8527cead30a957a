import { displaySnowflakeIdentifier } from '../../sync-core/snowflake/identifiers.ts';
import type { Listing } from '../../sync-core/snowflake/list-objects.ts';
import type { SourceListDocument } from '../protocol/protocol.ts';

export function sourceListDocument({ items, truncated }: Listing): SourceListDocument {
  return {
    status: 'success',
    items: items.map((item) => ({ ...item, quoted: displaySnowflakeIdentifier(item.name) })),
    truncated,
  };
}
