import { defaultExtension, type ColumnEntry, type RelationEntry } from '../catalog/model.ts';
import { applyFutureGrants } from '../catalog/privileges.ts';
import { fullName, lookUpRelation, quotedName, requireSchemaPrivilege } from '../catalog/resolution.ts';
import { compileQuery } from '../compile/query.ts';
import { compilationError, objectExists } from '../errors.ts';
import { varchar } from '../types/data-type.ts';
import { trackView } from './change-tracking.ts';
import { textProperty } from './create-container.ts';
import { checkNames } from './create-table.ts';
import { status } from './outcome.ts';
import type { Handler } from './run.ts';

/** A view keeps its text, which is resolved again in the view's own schema each time it is read, and the types that its columns had when it was made. */
export const createView: Handler<'createView'> = async (statement, run) => {
  const name = fullName(statement.name, run.viewpoint, 'CREATE VIEW');
  await run.endTransactionForDdl();
  const compiled = compileQuery(statement.query, {
    ...run.environment,
    context: run.context.forView(name),
  });
  if (statement.columns.length > 0 && statement.columns.length !== compiled.columns.length) {
    throw compilationError(
      2057,
      '42601',
      `Invalid column definition list: ${statement.columns.length} names for ${compiled.columns.length} columns`,
    );
  }
  const columns = compiled.columns.map((column, i): ColumnEntry => ({
    name: statement.columns[i]?.name ?? column.name,
    type: column.type.kind === 'NULL' ? varchar() : column.type,
    nullable: column.nullable,
    storage: '',
    default: null,
    identity: null,
    unique: false,
    comment: null,
  }));
  checkNames(columns);
  const tables = run.context.tablesRead();
  return run.catalog.change(async (draft, execute) => {
    const schema = requireSchemaPrivilege(draft, name[0], name[1], 'CREATE VIEW', run.viewpoint);
    const existing = lookUpRelation(schema, name[2], run.viewpoint.session);
    if (existing !== undefined) {
      if (statement.ifNotExists) return status(`${name[2]} already exists, statement succeeded.`);
      if (!statement.orReplace || existing.kind === 'TABLE') throw objectExists(quotedName(name));
    }
    if (Object.hasOwn(schema.streams, name[2])) throw objectExists(quotedName(name));
    const now = run.now.getTime();
    const view: RelationEntry = {
      kind: 'VIEW',
      id: draft.nextId++,
      name: name[2],
      createdAt: now,
      alteredAt: now,
      owner: run.state.role,
      comment: textProperty(statement.properties, 'COMMENT') ?? '',
      columns,
      primaryKey: [],
      lifetime: 'PERMANENT',
      session: null,
      changeTracking: false,
      tracked: [],
      retention: schema.retention,
      extension: defaultExtension,
      nextColumn: 1,
      text: statement.source,
      query: statement.querySource,
      secure: statement.secure,
    };
    schema.relations[name[2]] = view;
    if (statement.properties.get('CHANGE_TRACKING') === true) await trackView(view, tables, draft, execute, run);
    if (existing !== undefined && !statement.copyGrants) {
      draft.grants = draft.grants.filter(
        (grant) => grant.future || grant.kind !== 'VIEW' || !name.every((part, i) => part === grant.object[i]),
      );
    }
    applyFutureGrants(draft, 'VIEW', name, now);
    return status(`View ${name[2]} successfully created.`);
  });
};
