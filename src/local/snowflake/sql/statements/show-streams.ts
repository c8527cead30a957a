import type { StreamEntry } from '../catalog/model.ts';
import { nameOf } from '../catalog/model.ts';
import { privilegesOn } from '../catalog/privileges.ts';
import { findStream, fullName, quotedName } from '../catalog/resolution.ts';
import { findStreamSource, staleAfter } from '../catalog/stream-source.ts';
import type { MemoryCell } from '../execution/results.ts';
import { statementTypes, textCell, textColumn, timeCell, timeColumn } from './outcome.ts';
import type { Handler, StatementRun } from './run.ts';
import { places, type Listing, type Show } from './show-scope.ts';

/** The columns of SHOW STREAMS and of DESCRIBE STREAM (sql-reference/sql/show-streams). */
const columns = [
  timeColumn('created_on'),
  ...[
    'name',
    'database_name',
    'schema_name',
    'owner',
    'comment',
    'table_name',
    'source_type',
    'base_tables',
    'type',
    'stale',
    'mode',
  ].map(textColumn),
  timeColumn('stale_after'),
  ...['invalid_reason', 'owner_role_type'].map(textColumn),
];

const terseColumns = [
  timeColumn('created_on'),
  ...['name', 'kind', 'database_name', 'schema_name', 'tableOn'].map(textColumn),
];

interface Found {
  readonly database: string;
  readonly schema: string;
  readonly stream: StreamEntry;
}

export function showStreams(statement: Show, run: StatementRun): Listing {
  const found = places(statement, run)
    .flatMap(({ database, schema }) =>
      Object.values(schema.streams).map((stream) => ({ database: database.name, schema: schema.name, stream })),
    )
    .filter(({ database, schema, stream }) => {
      const name = [database, schema, stream.name];
      return privilegesOn(run.catalog.current, run.state.role, 'STREAM', name, stream.owner).size > 0;
    })
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
  if (!statement.terse) return { columns, rows: found.map((each) => rowOf(each, run)), nameIndex: 1 };
  const rows = found.map((each) => {
    const { database, schema, stream } = each;
    const named = [stream.name, 'DELTA', database, schema, baseOf(stream, run)].map(textCell);
    return [timeCell(stream.createdAt), ...named];
  });
  return { columns: terseColumns, rows, nameIndex: 1 };
}

export const describeStream: Handler<'describeStream'> = (statement, run) => {
  const [database, schema, name] = fullName(statement.name, run.viewpoint, 'DESCRIBE');
  const stream = findStream(run.catalog.current, [database, schema, name], 'SELECT', run.viewpoint);
  const rows = [rowOf({ database, schema, stream }, run)];
  return { kind: 'rows', statementTypeId: statementTypes.describe, columns, rows };
};

function key({ database, schema, stream }: Found): string {
  return [database, schema, stream.name].join('\0');
}

function rowOf({ database, schema, stream }: Found, run: StatementRun): MemoryCell[] {
  const staleAt = staleAfter(stream, run.streams.of(stream.id), run.catalog);
  const broken = findStreamSource(stream, run.catalog) === undefined;
  return [
    timeCell(stream.createdAt),
    ...[
      stream.name,
      database,
      schema,
      stream.owner,
      stream.comment,
      baseOf(stream, run),
      stream.source.kind === 'TABLE' ? 'Table' : 'View',
      tablesOf(stream, run),
      'DELTA',
      String(broken || staleAt < run.now.getTime()),
      stream.mode,
    ].map(textCell),
    timeCell(staleAt),
    textCell('N/A'),
    textCell('ROLE'),
  ];
}

/** The table or view under its name of now. What is said of one that is gone is not confirmed on a page. */
function baseOf(stream: StreamEntry, run: StatementRun): string {
  const source = findStreamSource(stream, run.catalog);
  return source === undefined ? 'No privilege or table dropped' : quotedName(source.name);
}

function tablesOf(stream: StreamEntry, run: StatementRun): string {
  return stream.tables
    .flatMap((id) => run.catalog.relation(id) ?? [])
    .map((table) => quotedName(nameOf(table, run.catalog.current)))
    .join(',');
}
