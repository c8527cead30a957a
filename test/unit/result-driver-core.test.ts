import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { checkDriver, createDriverConnection } from '../../src/sync-core/snowflake/driver-core.ts';
import { isNetworkFailure, toSnowflakeError } from '../../src/sync-core/snowflake/snowflake-error.ts';
import { parseResultReply } from '../../src/sync-core/snowflake/result-reply.ts';

process.env.SNOWFLAKE_DISABLE_MINICORE = '1';

/**
 * The sources of snowflake-sdk 3.3.0 that src/sync-core/snowflake/driver-core.ts, chunk-download.ts and result-reply.ts were
 * written against, and what each is relied on for. When one differs, read it again before its hash is changed here.
 */
const reliedOn: Readonly<Record<string, readonly [what: string, sha256: string]>> = {
  'lib/snowflake.js': [
    'how the package makes its core',
    'c10379c66d19708d06b1a1ab8a09618ab0a845b1b60cb2174cc75cef942debaf',
  ],
  'lib/core.js': [
    'httpClientClass is instantiated once for a connection, with its configuration',
    'a5f302284b247a08a7ba37061a6110e63803fd67c84fec12fe63f0f72938c87e',
  ],
  'lib/http/node_untyped.js': [
    'getAgent: proxy, OCSP or CRL, keep-alive, the cache',
    'd3a6f6a758d96766a5b3df2090d4ee01894f484412021c7066d0c6823cd8d9ae',
  ],
  'lib/http/base.js': [
    'request: the callback gets the parsed body of every reply',
    '7520a9feff97cfb89fca852138f8cddd05cf8571eccbe675db49cd725c449618',
  ],
  'lib/services/sf.js': [
    'every reply to a statement comes through request',
    '881e8874783c9abafdbdad90ee949c8caaea9b9089b6970cd089b1ac39510cf9',
  ],
  'lib/services/large_result_set.js': [
    'chunks come through request; an error is retried',
    'f98b5cd2216b74a754bba2fd8aee5fdd073af80c42477bf469eab75601a72bd4',
  ],
  'lib/connection/result/result.js': [
    'the reply: rowset, chunks, chunkHeaders, qrmk',
    'c93849d709f305ff33250c3f0197b6f96b03e174b51c031ea2641810edfde9c5',
  ],
  'lib/connection/result/chunk.js': [
    'the body of a chunk is JSON without its outer brackets',
    'bcb3755d272e20f4c4bdc4ce73f2d2b8bbcda4b4e357ab2beb50d06e567d1fd0',
  ],
  'lib/connection/statement.js': [
    'streamResult: no chunk is fetched before the rows are asked for; fetchResult',
    'd3472ce19a64e6f7d09b55aaa0af21639e8a9cde69e1922e15e49e4ac4d4ae3f',
  ],
};

const root = join(createRequire(import.meta.url).resolve('snowflake-sdk'), '..');

describe('the seam to the driver', () => {
  for (const [file, [what, sha256]] of Object.entries(reliedOn)) {
    it(`is as it was: ${what} (${file})`, () => {
      const found = createHash('sha256')
        .update(readFileSync(join(root, file)))
        .digest('hex');
      assert.equal(found, sha256, `${file} of the driver has changed`);
    });
  }

  it('says what is missing in a driver that has changed', () => {
    class Client {
      request(): void {
        assert.fail();
      }
      getAgent(): void {
        assert.fail();
      }
    }
    const modules = {
      createCore: () => assert.fail(),
      httpClientClass: Client,
      loggerClass: Client,
      name: 'JavaScript',
      version: '3.3.0',
      userAgent: 'JavaScript/3.3.0',
    };
    assert.equal(checkDriver(modules).httpClientClass, Client);
    class NoAgent {
      request(): void {
        assert.fail();
      }
    }
    const changes: readonly (readonly [Partial<Record<keyof typeof modules, unknown>>, RegExp])[] = [
      [{ createCore: {} }, /lib\/core/],
      [{ httpClientClass: undefined }, /lib\/http\/node/],
      [{ httpClientClass: NoAgent }, /getAgent/],
      [{ loggerClass: undefined }, /lib\/logger/],
      [{ version: undefined }, /lib\/util/],
    ];
    for (const [change, message] of changes) {
      assert.throws(
        () => checkDriver({ ...modules, ...change }),
        (error) => isSyncError(error, 'internal') && message.test(error.message),
      );
    }
  });

  it("downloads with the driver's own agents: its proxy, its checks of certificates, one for each host", async () => {
    const options = { account: 'A', username: 'U', password: 'p' };
    const bucket = new URL('https://bucket.s3.amazonaws.com/results/1?signature=x');
    const { links } = await createDriverConnection(options);
    assert.equal(links.agentFor(bucket).constructor.name, 'Agent');
    assert.match(links.agentFor(bucket).createConnection.toString(), /secureSocket/, 'OCSP');
    assert.equal(links.agentFor(bucket), links.agentFor(bucket));

    const proxied = await createDriverConnection({ ...options, proxyHost: 'proxy.example', proxyPort: 3128 });
    const agent = proxied.links.agentFor(bucket);
    assert.equal(agent.constructor.name, 'SnowflakeHttpsProxyAgent');
    assert.ok('proxy' in agent && agent.proxy instanceof URL);
    assert.equal(agent.proxy.host, 'proxy.example:3128');
    const direct = { ...options, proxyHost: 'proxy.example', proxyPort: 3128, noProxy: '*.amazonaws.com' };
    assert.notEqual(
      (await createDriverConnection(direct)).links.agentFor(bucket).constructor.name,
      'SnowflakeHttpsProxyAgent',
    );
  });

  it('reports a chunk that the driver gave up as a result that is cut, which is not tried again', () => {
    for (const code of [402001, 402002, '402001']) {
      const given = Object.assign(new Error('Network error.'), { name: 'NetworkError', code });
      const failure = toSnowflakeError(given, 'SELECT 1');
      assert.ok(isSyncError(failure, 'snowflake.resultCut'));
      assert.equal(isNetworkFailure(failure.cause), false);
    }
  });
});

describe('a reply with a result', () => {
  const data = {
    queryId: 'q',
    rowtype: [{}],
    rowset: [['a'], [null]],
    chunks: [{ url: 'https://x/1', rowCount: 7, compressedSize: 1, uncompressedSize: 5 }],
    chunkHeaders: { 'x-ms-blob': 'b' },
    qrmk: 'key',
  };

  it('is copied before the driver changes it', () => {
    const chunks = [...data.chunks];
    const reply = parseResultReply({ success: true, data: { ...data, chunks } });
    chunks.unshift({ url: 'other', rowCount: 0, compressedSize: 0, uncompressedSize: 0 });
    assert.deepEqual(reply, {
      queryId: 'q',
      columnCount: 1,
      inline: [['a'], [null]],
      chunks: [{ url: 'https://x/1', rowCount: 7 }],
      chunkHeaders: { 'x-ms-blob': 'b' },
    });
  });

  it('has the headers of the master key where it has no others', () => {
    assert.deepEqual(parseResultReply({ data: { ...data, chunkHeaders: null } })?.chunkHeaders, {
      'x-amz-server-side-encryption-customer-algorithm': 'AES256',
      'x-amz-server-side-encryption-customer-key': 'key',
    });
    assert.deepEqual(parseResultReply({ data: { ...data, chunkHeaders: null, qrmk: null } })?.chunkHeaders, {});
  });

  it('may have no chunks, and is told from every other reply', () => {
    assert.deepEqual(parseResultReply({ data: { ...data, chunks: undefined } })?.chunks, []);
    assert.deepEqual(parseResultReply({ data: { ...data, chunks: null } })?.chunks, []);
    for (const other of [undefined, null, '', 'text', { data: null }, { data: { queryId: 'q', getResultUrl: '/' } }]) {
      assert.equal(parseResultReply(other), undefined);
    }
  });
});
