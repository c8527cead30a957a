import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ChunkFault } from '../../src/local/snowflake/wire/faults.ts';
import { startSnowflakeStandIn, type StandIn, type StandInOptions } from '../../src/local/snowflake/wire/stand-in.ts';
import { GeneratingEngine, generatedText } from '../integration/snowflake-wire-engine.ts';

interface Reply {
  readonly success: boolean;
  readonly code: string | null;
  readonly message: string | null;
  readonly data: Record<string, unknown> | null;
}
interface ChunkLink {
  readonly url: string;
  readonly rowCount: number;
}
interface Download {
  readonly status: number;
  readonly body: Buffer;
  /** The body came to its end in good order. */
  readonly complete: boolean;
}

describe('Snowflake wire protocol', () => {
  let engine: GeneratingEngine;
  let standIn: StandIn;
  const reports: string[] = [];

  const start = async (options: Partial<StandInOptions> = {}): Promise<void> => {
    engine = new GeneratingEngine();
    standIn = await startSnowflakeStandIn({
      engine,
      users: [
        { name: 'ANNA', password: 'right' },
        { name: 'MARA', password: 'right' },
      ],
      report: (line) => reports.push(line),
      ...options,
    });
  };
  const restart = async (options: Partial<StandInOptions>): Promise<void> => {
    await standIn.close();
    await start(options);
  };

  beforeEach(async () => {
    reports.length = 0;
    await start();
  });
  afterEach(() => standIn.close());

  const send = async (path: string, token: string | undefined, body?: object, method = 'POST'): Promise<Reply> => {
    const response = await fetch(`${standIn.accessUrl}${path}`, {
      method,
      headers: token === undefined ? {} : { Authorization: `Snowflake Token="${token}"` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.equal(response.status, 200, path);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    return (await response.json()) as Reply;
  };
  const logIn = async (user = 'ANNA', parameters: object = {}): Promise<{ token: string; masterToken: string }> => {
    const data = { ACCOUNT_NAME: 'standin', LOGIN_NAME: user, PASSWORD: 'right', SESSION_PARAMETERS: parameters };
    const reply = await send('/session/v1/login-request?requestId=1', undefined, { data });
    assert.equal(reply.success, true);
    return reply.data as { token: string; masterToken: string };
  };
  const query = (
    token: string,
    sqlText: string,
    requestId: string = crypto.randomUUID(),
    extra: object = {},
  ): Promise<Reply> => send(`/queries/v1/query-request?requestId=${requestId}`, token, { sqlText, ...extra });

  /** Fetches a chunk byte for byte, as it comes over the wire. */
  const download = (url: string, headers: Record<string, string>): Promise<Download> =>
    new Promise((resolve, reject) => {
      const collect = (response: IncomingMessage): void => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', () => undefined);
        response.on('close', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces), complete: response.complete });
        });
      };
      get(url, { headers }, collect).on('error', reject);
    });

  interface Large {
    readonly token: string;
    readonly queryId: string;
    readonly chunks: ChunkLink[];
    readonly headers: Record<string, string>;
    readonly rowset: string[][];
  }
  const large = async (rows = 20_000): Promise<Large> => {
    const { token } = await logIn();
    const { data } = await query(token, `ROWS ${rows} 150`);
    return {
      token,
      queryId: data?.queryId as string,
      chunks: data?.chunks as ChunkLink[],
      headers: data?.chunkHeaders as Record<string, string>,
      rowset: data?.rowset as string[][],
    };
  };

  describe('sessions', () => {
    it('reports what was asked for, over the defaults', async () => {
      const data = {
        ACCOUNT_NAME: 'STANDIN',
        LOGIN_NAME: 'anna',
        PASSWORD: 'right',
        SESSION_PARAMETERS: { query_tag: 't', TIMEZONE: 'UTC' },
      };
      const path = '/session/v1/login-request?databaseName=flux_db&schemaName=nowhere&warehouse=wh';
      const reply = await send(path, undefined, { data });
      const parameters = new Map(
        (reply.data?.parameters as { name: string; value: unknown }[]).map(({ name, value }) => [name, value]),
      );
      assert.equal(parameters.get('QUERY_TAG'), 't');
      assert.equal(parameters.get('TIMEZONE'), 'UTC');
      assert.equal(parameters.get('BINARY_OUTPUT_FORMAT'), 'HEX');
      assert.deepEqual(reply.data?.sessionInfo, {
        databaseName: 'FLUX_DB',
        schemaName: 'PUBLIC',
        warehouseName: 'WH',
        roleName: 'SYSADMIN',
      });
      assert.equal(reply.data.validityInSeconds, 3600);
      assert.equal(reply.data.masterValidityInSeconds, 14_400);
    });

    it('refuses tokens that are none, were renewed, have expired or whose session is closed', async () => {
      const { token, masterToken } = await logIn();
      assert.equal((await query('nonsense', 'ROWS 1')).code, '390104');
      assert.equal((await query(masterToken, 'ROWS 1')).code, '390104');

      const renewed = await send('/session/token-request', masterToken, {
        requestType: 'RENEW',
        oldSessionToken: token,
      });
      const next = renewed.data as { sessionToken: string; masterToken: string };
      assert.equal((await query(token, 'ROWS 1')).code, '390112');
      assert.equal((await query(next.sessionToken, 'ROWS 1')).success, true);

      standIn.faults.expireSessionTokens();
      assert.equal((await query(next.sessionToken, 'ROWS 1')).code, '390112');
      standIn.faults.expireMasterTokens();
      const late = await send('/session/token-request', next.masterToken, {
        requestType: 'RENEW',
        oldSessionToken: next.sessionToken,
      });
      assert.equal(late.code, '390114');

      const other = await logIn();
      assert.equal((await send('/session?delete=true', other.token)).success, true);
      assert.equal((await send('/session/heartbeat', other.token)).code, '390111');
    });

    it('lets session tokens expire by themselves', async () => {
      await restart({ sessionTokenLifetime: 0 });
      const { token } = await logIn();
      assert.equal((await send('/session/heartbeat', token)).code, '390112');
    });

    it('cancels what runs when the session is closed', async () => {
      const { token } = await logIn();
      const running = query(token, 'WAIT 60000');
      while (!engine.executed.includes('WAIT 60000')) await new Promise((resolve) => setImmediate(resolve));
      await send('/session?delete=true', token);
      assert.equal((await running).code, '000604');
      assert.equal(engine.openSessions.size, 0);
    });
  });

  describe('statements', () => {
    it('reads gzip bodies, and bodies that only claim to be', async () => {
      const { token } = await logIn();
      for (const encode of [gzipSync, (text: string) => Buffer.from(text)]) {
        const response = await fetch(`${standIn.accessUrl}/queries/v1/query-request?requestId=${crypto.randomUUID()}`, {
          method: 'POST',
          headers: { Authorization: `Snowflake Token="${token}"`, 'Content-Encoding': 'gzip' },
          body: encode(JSON.stringify({ sqlText: 'ROWS 1' })),
        });
        assert.equal(((await response.json()) as Reply).success, true);
      }
    });

    it('runs a repeated request once', async () => {
      const { token } = await logIn();
      const replies = await Promise.all([query(token, 'WAIT 20', 'same'), query(token, 'WAIT 20', 'same')]);
      const third = await query(token, 'WAIT 20', 'same');
      assert.equal(new Set([...replies, third].map((reply) => reply.data?.queryId)).size, 1);
      assert.equal(engine.executed.filter((text) => text === 'WAIT 20').length, 1);
    });

    it('says "in progress" when patience is over, and the result at last', async () => {
      await restart({ patience: 5 });
      const { token } = await logIn();
      let reply = await query(token, 'WAIT 60');
      let polls = 0;
      while (reply.code === '333333') {
        assert.equal(reply.success, true);
        reply = await send(reply.data?.getResultUrl as string, token, undefined, 'GET');
        polls++;
      }
      assert.ok(polls > 0);
      assert.deepEqual(reply.data?.rowset, [['60']]);
    });

    it('runs asynchronously and tells how it stands', async () => {
      const { token } = await logIn();
      const reply = await query(token, 'WAIT 60000', 'later', { asyncExec: true });
      assert.equal(reply.code, '333334');
      const queryId = reply.data?.queryId as string;
      const status = async (id: string) => {
        const { data } = await send(`/monitoring/queries/${id}`, token, undefined, 'GET');
        return (data?.queries as { status: string; errorCode: string }[])[0];
      };
      assert.equal((await status(queryId))?.status, 'RUNNING');
      assert.equal((await send('/queries/v1/abort-request', token, { requestId: 'later' })).success, true);
      assert.equal((await send(`/queries/${queryId}/result`, token, undefined, 'GET')).code, '000604');
      assert.equal((await status(queryId))?.status, 'ABORTED');
      assert.equal((await send(`/queries/${queryId}/abort-request`, token)).code, '000605');

      const failed = await query(token, 'NONSENSE');
      const after = await status(failed.data?.queryId as string);
      assert.equal(after?.status, 'FAILED_WITH_ERROR');
      assert.equal(after.errorCode, '001003');
      assert.equal(await status('01000000-0000-0000-0000-000000000000'), undefined);
    });

    it('cancels at STATEMENT_TIMEOUT_IN_SECONDS', async () => {
      const { token } = await logIn('ANNA', { STATEMENT_TIMEOUT_IN_SECONDS: 0.02 });
      const reply = await query(token, 'WAIT 60000');
      assert.equal(reply.code, '000630');
    });

    it("keeps one user's results from another", async () => {
      const anna = await logIn('ANNA');
      const { data } = await query(anna.token, 'ROWS 1');
      const path = `/queries/${data?.queryId as string}/result`;
      assert.equal((await send(path, anna.token, undefined, 'GET')).success, true);
      assert.equal((await send(path, (await logIn('ANNA')).token, undefined, 'GET')).success, true);
      assert.equal((await send(path, (await logIn('MARA')).token, undefined, 'GET')).code, '000709');
    });
  });

  describe('result chunks', () => {
    it('are gzip streams of JSON rows without the outer brackets, the same each time', async () => {
      const { chunks, headers, rowset } = await large();
      const texts: (string | undefined)[] = rowset.map(([text]) => text);
      for (const chunk of chunks) {
        const first = await download(chunk.url, headers);
        assert.equal(first.status, 200);
        assert.deepEqual((await download(chunk.url, headers)).body, first.body);
        const rows = JSON.parse(`[${gunzipSync(first.body).toString()}]`) as string[][];
        assert.equal(rows.length, chunk.rowCount);
        texts.push(...rows.map(([text]) => text));
      }
      assert.equal(texts.length, 20_000);
      assert.equal(
        texts.findIndex((text, index) => text !== generatedText(index, 150)),
        -1,
      );
    });

    it('need the signature and the key, and no session', async () => {
      const { chunks, headers, token } = await large();
      const url = chunks[0]!.url;
      await send('/session?delete=true', token);
      assert.equal((await download(url, headers)).status, 200);
      assert.equal((await download(url, {})).status, 400);
      assert.equal((await download(url.replace('/0?', '/1?'), headers)).status, 403);
      assert.equal((await download(url.replace(/issued=\d/, 'issued=9'), headers)).status, 403);
      standIn.faults.expireLinks();
      const expired = await download(url, headers);
      assert.equal(expired.status, 403);
      assert.match(expired.body.toString(), /Request has expired/);
    });

    it('get fresh links with the result', async () => {
      const { chunks, headers, token, queryId } = await large();
      standIn.faults.expireLinks();
      const again = await send(`/queries/${queryId}/result`, token, undefined, 'GET');
      const fresh = again.data?.chunks as ChunkLink[];
      assert.equal((await download(chunks[0]!.url, headers)).status, 403);
      assert.equal((await download(fresh[0]!.url, headers)).status, 200);
    });
  });

  describe('faults', () => {
    const faulty = async (
      fault: ChunkFault,
      chunk = 1,
    ): Promise<{ broken: Download; whole: Download; rows: number }> => {
      const { chunks, headers } = await large();
      standIn.faults.rules.onChunk({ fault, chunk });
      assert.equal((await download(chunks[0]!.url, headers)).complete, true);
      const broken = await download(chunks[chunk]!.url, headers);
      return { broken, whole: await download(chunks[chunk]!.url, headers), rows: chunks[chunk]!.rowCount };
    };

    it('cuts a chunk at a byte, once', async () => {
      const { broken, whole } = await faulty({ kind: 'cut', afterBytes: 1000 });
      assert.equal(broken.complete, false);
      assert.equal(broken.body.length, 1000);
      assert.deepEqual(broken.body, whole.body.subarray(0, 1000));
      assert.equal(whole.complete, true);
    });

    it('ends a gzip stream early, in good order', async () => {
      const { broken, whole } = await faulty({ kind: 'truncated-gzip', keepBytes: 1000 });
      assert.equal(broken.complete, true);
      assert.equal(broken.body.length, 1000);
      assert.throws(() => gunzipSync(broken.body), /unexpected end of file/);
      assert.equal(whole.complete, true);
    });

    it('answers with a status', async () => {
      for (const status of [403, 500, 503]) {
        const { broken, whole } = await faulty({ kind: 'status', status });
        assert.equal(broken.status, status);
        assert.equal(whole.status, 200);
      }
    });

    it('sends JSON that is none', async () => {
      const { broken, whole, rows } = await faulty({ kind: 'corrupt-json' });
      assert.equal(broken.complete, true);
      assert.throws(() => JSON.parse(`[${gunzipSync(broken.body).toString()}]`) as unknown, SyntaxError);
      assert.equal((JSON.parse(`[${gunzipSync(whole.body).toString()}]`) as unknown[]).length, rows);
    });

    it('stalls until released', async () => {
      const { chunks, headers } = await large();
      standIn.faults.rules.onChunk({ fault: { kind: 'stall', afterBytes: 500 }, times: Infinity });
      const received = await new Promise<Buffer>((resolve, reject) => {
        const request = get(chunks[0]!.url, { headers }, (response) => {
          let bytes = Buffer.alloc(0);
          response.on('data', (piece: Buffer) => {
            bytes = Buffer.concat([bytes, piece]);
            if (bytes.length >= 500) standIn.faults.rules.release();
          });
          response.on('error', () => undefined);
          response.on('close', () => {
            resolve(bytes);
          });
        });
        request.on('error', reject);
      });
      assert.equal(received.length, 500);
      assert.equal((await download(chunks[0]!.url, headers)).complete, true);
    });

    it('drops and refuses requests', async () => {
      const { token } = await logIn();
      standIn.faults.rules.onRequest({ fault: { kind: 'drop' }, path: /query-request$/ });
      await assert.rejects(query(token, 'ROWS 1'), TypeError);
      standIn.faults.rules.onRequest({ fault: { kind: 'status', status: 503 }, path: /query-request$/ });
      const refused = await fetch(`${standIn.accessUrl}/queries/v1/query-request`, { method: 'POST' });
      assert.equal(refused.status, 503);
      await refused.body?.cancel();
      assert.equal((await query(token, 'ROWS 1')).success, true);
    });
  });

  it('answers unknown endpoints with 404 and reports them', async () => {
    const response = await fetch(`${standIn.accessUrl}/queries/v1/explode`, { method: 'POST' });
    assert.equal(response.status, 404);
    await response.body?.cancel();
    assert.deepEqual(reports, ['unknown endpoint: POST /queries/v1/explode']);
  });

  it('takes telemetry', async () => {
    assert.equal((await send('/telemetry/send', undefined, { logs: [] })).success, true);
  });

  it('refuses what is not JSON', async () => {
    const { token } = await logIn();
    const response = await fetch(`${standIn.accessUrl}/queries/v1/query-request`, {
      method: 'POST',
      headers: { Authorization: `Snowflake Token="${token}"` },
      body: '{"sqlText":',
    });
    assert.equal(((await response.json()) as Reply).code, '390000');
  });

  it('frees results when it closes', async () => {
    const { queryId } = await large();
    await standIn.close();
    assert.deepEqual(engine.disposed, [queryId]);
    await start();
  });
});
