import type { Statement, StatementKind } from '../ast.ts';
import { alterSession } from './alter-session.ts';
import { alterTable } from './alter-table.ts';
import { createDatabase, createSchema } from './create-container.ts';
import { createRole, createWarehouse, grant, grantRole } from './grant.ts';
import { createStream } from './create-stream.ts';
import { createTable } from './create-table.ts';
import { createView } from './create-view.ts';
import { describe, describeResult } from './describe.ts';
import { drop } from './drop.ts';
import { deleteRows, insert, truncate, update } from './dml.ts';
import { merge } from './merge.ts';
import type { Outcome } from './outcome.ts';
import { query } from './query.ts';
import type { Handler, StatementRun } from './run.ts';
import { show } from './show.ts';
import { describeStream } from './show-streams.ts';
import { begin, commit, rollback } from './transaction.ts';
import { use } from './use.ts';

/** The handler of each kind of statement. A new kind is a type in ast.ts, a rule in the parser, a file here and a line below. */
const handlers: { readonly [K in StatementKind]: Handler<K> } = {
  query,
  createDatabase,
  createSchema,
  createTable,
  createView,
  createStream,
  createRole,
  createWarehouse,
  drop,
  alterTable,
  alterSession,
  truncate,
  insert,
  update,
  delete: deleteRows,
  merge,
  begin,
  commit,
  rollback,
  use,
  show,
  describe,
  describeResult,
  describeStream,
  grant,
  grantRole,
};

export async function executeStatement(statement: Statement, run: StatementRun): Promise<Outcome> {
  const handler: (statement: never, run: StatementRun) => Promise<Outcome> | Outcome = handlers[statement.kind];
  return handler(statement as never, run);
}
