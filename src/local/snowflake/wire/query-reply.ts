import type { WireRow } from '../engine.ts';
import type { ChunkLinks } from './result-download.ts';
import { rowType } from './row-type.ts';
import { effectiveParameter, reportedParameters } from './session-parameters.ts';
import type { Statement } from './statement.ts';
import { succeeded, WireError, type Envelope } from './wire-error.ts';

/** Six digits, as every code of the service is written. */
export function sixDigits(code: number): string {
  return String(code).padStart(6, '0');
}

/** The reply while a statement is still at work: the driver polls `getResultUrl`, unless it asked for asynchronous execution. */
export function inProgress(statement: Statement, asynchronous: boolean): Envelope {
  const { queryId } = statement.request;
  return {
    data: {
      queryId,
      getResultUrl: `/queries/${queryId}/result`,
      queryAbortsAfterSecs: 300,
      progressDesc: null,
    },
    code: asynchronous ? '333334' : '333333',
    message: asynchronous
      ? 'Asynchronous execution in progress. Use provided query id to perform query monitoring and management.'
      : 'Query execution in progress.',
    success: true,
  };
}

function failed(statement: Statement): Envelope {
  const { error } = statement;
  const { queryId } = statement.request;
  if (error === null)
    return new WireError('000612', `Result for query ${queryId} has expired`, { queryId }).toEnvelope();
  return {
    data: {
      internalError: statement.status === 'FAILED_WITH_INCIDENT',
      unredactedFromSecureObject: false,
      errorCode: sixDigits(error.code),
      age: 0,
      sqlState: error.sqlState,
      queryId,
      line: -1,
      pos: -1,
      type: error.code < 2000 ? 'COMPILATION' : 'EXECUTION',
    },
    code: sixDigits(error.code),
    message: error.message,
    success: false,
  };
}

/** The reply for a statement that has finished: its result with links to its chunks, or its error. */
export function finished(statement: Statement, links: (chunks: number) => ChunkLinks): Envelope {
  const { result, plan, session, finalObjects, request } = statement;
  if (result === null || plan === null) return failed(statement);

  const set = session.state.parameters;
  const formats = {
    geography: String(effectiveParameter(set, 'GEOGRAPHY_OUTPUT_FORMAT')),
    geometry: String(effectiveParameter(set, 'GEOMETRY_OUTPUT_FORMAT')),
  };
  const storage = plan.chunks.length === 0 ? undefined : links(plan.chunks.length);
  const rowset: readonly WireRow[] = plan.inline;
  return succeeded({
    parameters: reportedParameters(set),
    rowtype: result.columns.map((column) => rowType(column, formats)),
    rowset,
    total: result.rowCount,
    returned: result.rowCount,
    queryId: request.queryId,
    databaseProvider: null,
    finalDatabaseName: finalObjects.database,
    finalSchemaName: finalObjects.schema,
    finalWarehouseName: finalObjects.warehouse,
    finalRoleName: finalObjects.role,
    numberOfBinds: Object.keys(request.binds ?? {}).length,
    arrayBindSupported: false,
    statementTypeId: result.statementTypeId,
    version: 1,
    sendResultTime: Date.now(),
    queryResultFormat: 'json',
    queryContext: { entries: [{ id: 0, timestamp: (statement.finished ?? 0) * 1000, priority: 0 }] },
    ...(storage === undefined
      ? {}
      : {
          chunks: plan.chunks.map((chunk, index) => ({
            url: storage.urls[index],
            rowCount: chunk.rowCount,
            uncompressedSize: chunk.estimatedBytes,
            compressedSize: Math.ceil(chunk.estimatedBytes / 5),
          })),
          qrmk: storage.key,
          chunkHeaders: storage.headers,
        }),
  });
}
