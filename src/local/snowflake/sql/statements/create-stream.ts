import type { StatementOf } from '../ast.ts';
import { relationsOf, type CatalogDocument, type RelationEntry, type StreamEntry } from '../catalog/model.ts';
import { findRelation, fullName, lookUpRelation, quotedName, requireSchemaPrivilege } from '../catalog/resolution.ts';
import { compilationError, insufficientPrivileges, objectExists, unsupported, wrongKind } from '../errors.ts';
import { RowHistory } from '../history/row-history.ts';
import { owns, trackTable, trackView } from './change-tracking.ts';
import { textProperty } from './create-container.ts';
import { status } from './outcome.ts';
import type { Handler, StatementRun } from './run.ts';

type Execute = (sql: string) => Promise<number>;

/**
 * A new stream begins at its own commit, or at the point that is given. It turns change tracking on where that is off, which
 * takes the owner of the table, or of the view (sql-reference/sql/create-stream).
 */
export const createStream: Handler<'createStream'> = async (statement, run) => {
  const name = fullName(statement.name, run.viewpoint, 'CREATE STREAM');
  const sourceName = fullName(statement.source, run.viewpoint, 'CREATE STREAM');
  const start = statement.start === null ? null : run.context.moment(statement.start);
  await run.endTransactionForDdl();
  const tables = run.context.tablesBelow(statement.source);
  return run.catalog.change(async (draft, execute, changes) => {
    const schema = requireSchemaPrivilege(draft, name[0], name[1], 'CREATE STREAM', run.viewpoint);
    const existing = Object.hasOwn(schema.streams, name[2]) ? schema.streams[name[2]] : undefined;
    if (existing !== undefined) {
      if (statement.ifNotExists) return status(`${name[2]} already exists, statement succeeded.`);
      if (!statement.orReplace) throw objectExists(quotedName(name));
      run.streams.drop(changes, existing.id);
    }
    if (lookUpRelation(schema, name[2], run.viewpoint.session) !== undefined) throw objectExists(quotedName(name));
    const source = findRelation(draft, sourceName, 'SELECT', run.viewpoint);
    if (source.kind !== statement.sourceKind) {
      throw wrongKind(source.kind, statement.sourceKind);
    }
    if (source.session !== null) throw unsupported('a stream on a temporary table');
    await track(source, tables, draft, execute, run);
    if (start !== null) {
      const end = run.context.latestMoment();
      for (const table of relationsOf(draft).filter(({ id }) => tables.includes(id))) {
        new RowHistory(table, run.catalog.versions.of(table.id), run.now).appended(start, end);
      }
    }
    const stream: StreamEntry = {
      id: draft.nextId++,
      name: name[2],
      createdAt: run.now.getTime(),
      owner: run.state.role,
      comment: textProperty(statement.properties, 'COMMENT') ?? '',
      mode: flag(statement, 'APPEND_ONLY') ? 'APPEND_ONLY' : 'DEFAULT',
      source: { kind: statement.sourceKind, id: source.id, name: [...sourceName] },
      tables: [...tables],
    };
    schema.streams[name[2]] = stream;
    if (!statement.copyGrants) {
      draft.grants = draft.grants.filter(
        (grant) => grant.kind !== 'STREAM' || !name.every((part, i) => part === grant.object[i]),
      );
    }
    run.streams.create(changes, stream.id, start, flag(statement, 'SHOW_INITIAL_ROWS'), run.now);
    return status(`Stream ${name[2]} successfully created.`);
  }, run.signal);
};

function flag({ properties }: StatementOf<'createStream'>, name: string): boolean {
  const value = properties.get(name) ?? false;
  if (typeof value !== 'boolean')
    throw compilationError(1008, '22023', `invalid value [${value}] for parameter '${name}'`);
  return value;
}

async function track(
  source: RelationEntry,
  tables: readonly number[],
  draft: CatalogDocument,
  execute: Execute,
  run: StatementRun,
): Promise<void> {
  if (!source.changeTracking && !owns(source, draft, run)) {
    throw insufficientPrivileges(source.kind.toLowerCase(), source.name);
  }
  if (source.kind === 'TABLE') await trackTable(source, execute);
  else await trackView(source, tables, draft, execute, run);
}
