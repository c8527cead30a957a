import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatProblems } from '../../src/sync-core/config/format-problems.ts';
import { parseConfig } from '../../src/sync-core/config/parse-config.ts';
import type { ConfigProblem } from '../../src/sync-core/errors.ts';

const source = '"source": {"connection": "default"}';
const targets = '"targets": {"local": {"embedded": true}}';

/** Problems of a file that has these tables and is right otherwise. */
function tableProblems(tables: string): readonly ConfigProblem[] {
  return parseConfig(`{${source}, ${targets}, "tables": ${tables}}`).problems;
}

function messages(problems: readonly ConfigProblem[]): string[] {
  return problems.map(({ message }) => message);
}

/** The one message that is expected. */
function only(problems: readonly ConfigProblem[]): ConfigProblem {
  assert.equal(problems.length, 1, JSON.stringify(messages(problems)));
  return problems[0]!;
}

/** The piece of the text that a problem marks. */
function marked(text: string, problem: ConfigProblem): string {
  return text.slice(problem.offset, problem.offset + problem.length);
}

describe('parseConfig', () => {
  it('takes comments, trailing commas and a byte order mark', () => {
    const { config, problems } = parseConfig(
      `\uFEFF{ // the source\n${source}, /* and */ ${targets}, "tables": {"roads": {"source": "A.B.ROADS",},}, }`,
    );
    assert.deepEqual(problems, []);
    assert.equal(config?.tables.roads?.source, 'A.B.ROADS');
  });

  it('reports everything at once, in the order of the text, each at its place', () => {
    const text = [
      '{',
      '  "source": { "acount": "x", "connection": "default" },',
      '  "targets": { "local": { "embedded": true, "port": 5 } },',
      '  "defaultTarget": "lokal",',
      '  "tables": {',
      '    "roads": { "source": "A.B.ROADS", "stratgy": "rename", "lockTimeout": "5m", "drift": "evolv" }',
      '  }',
      '}',
    ].join('\n');
    const { config, problems } = parseConfig(text);
    assert.equal(config, undefined);
    assert.deepEqual(
      problems.map((problem) => [problem.line, marked(text, problem), problem.suggestion]),
      [
        [2, '"acount"', 'account'],
        [3, '"port"', undefined],
        [4, '"lokal"', 'local'],
        [6, '"stratgy"', 'strategy'],
        [6, '"5m"', '5min'],
        [6, '"evolv"', 'evolve'],
      ],
    );
    assert.deepEqual(problems[3]?.path, ['tables', 'roads', 'stratgy']);
    for (const { message } of problems) assert.doesNotMatch(message, /must NOT|must be equal|must have/);
  });

  it('counts lines and columns from 1, over every kind of line ending', () => {
    for (const ending of ['\n', '\r\n', '\r']) {
      const text = ['{', `  ${source},`, `  ${targets},`, '\t"tables": 5', '}'].join(ending);
      const { line, column, length } = only(parseConfig(text).problems);
      assert.deepEqual([line, column, length], [4, 12, 1]);
    }
  });

  describe('of text that is not JSON', () => {
    it('says what is expected, and where', () => {
      const cases: readonly (readonly [text: string, message: RegExp])[] = [
        ['', /The file is empty/],
        ['   \n ', /The file is empty/],
        ['// nothing', /expected here/],
        ['{', /closing brace/],
        ["{'a': 1}", /double quotes/],
        ['{a: 1}', /double quotes/],
        ['{"a": "x', /not closed/],
        ['{"a": /* x', /comment is not closed/],
        ['{"a" 1}', /colon/],
        ['{"a": "\\q"}', /escape/],
        ['{"a": 1}}', /ended before/],
        ['[1, 2', /closing bracket/],
        ['{"a": "x\ty"}', /control character/],
      ];
      for (const [text, message] of cases) {
        const { config, problems } = parseConfig(text);
        assert.equal(config, undefined, text);
        assert.ok(
          messages(problems).some((found) => message.test(found)),
          `${text}: ${messages(problems).join(' ')}`,
        );
      }
    });

    it('goes on after a missing comma', () => {
      const { config, problems } = parseConfig(`{${source} ${targets}, "tables": {"roads": {"sorce": "A.B.C"}}}`);
      assert.equal(config, undefined);
      assert.deepEqual(
        messages(problems).map((message) => message.slice(0, 19)),
        ['A comma is missing ', 'Unknown setting "so'],
      );
    });

    it('reports several faults', () => {
      const { problems } = parseConfig('{"a": tru, "b": fals, "c": }');
      assert.ok(problems.length >= 3);
    });

    it('reports a file that is nested beyond measure', () => {
      for (const bracket of ['[', '{"a":']) {
        const { config, problems } = parseConfig(bracket.repeat(200_000));
        assert.equal(config, undefined);
        assert.match(only(problems).message, /nested too deeply/);
      }
    });
  });

  it('reports a name that stands twice, which JSON would let pass', () => {
    const text = `{${source}, ${targets},\n"tables": {"a": {"source": "X"},\n"a": {"source": "Y"}}}`;
    const problem = only(parseConfig(text).problems);
    assert.match(problem.message, /second time; the first is on line 2/);
    assert.equal(problem.line, 3);
  });

  it('reports what is missing at the top', () => {
    assert.deepEqual(messages(parseConfig('{}').problems), [
      '"source" is missing.',
      '"targets" is missing.',
      '"tables" is missing.',
    ]);
    assert.match(only(parseConfig('[]').problems).message, /must be an object, not a list/);
    assert.match(only(parseConfig('null').problems).message, /must be an object, not null/);
  });

  describe('of the source', () => {
    const problemsOf = (written: string): readonly ConfigProblem[] =>
      parseConfig(`{"source": ${written}, ${targets}, "tables": {}}`).problems;

    it('leaves to Snowflake’s own files what a named connection may have', () => {
      assert.deepEqual(problemsOf('{}'), []);
      assert.deepEqual(problemsOf('{"connection": "prod", "role": "R", "warehouse": "W"}'), []);
      assert.deepEqual(problemsOf('{"connection": "prod", "authenticator": "SNOWFLAKE_JWT"}'), []);
    });

    it('asks for what the way to log in needs', () => {
      assert.deepEqual(messages(problemsOf('{"account": "o-a"}')), [
        'SNOWFLAKE needs a user (user).',
        'SNOWFLAKE needs a password (password).',
      ]);
      assert.deepEqual(messages(problemsOf('{"account": "o-a", "user": "ann", "authenticator": "snowflake_jwt"}')), [
        'SNOWFLAKE_JWT needs a private key (privateKeyPath).',
      ]);
      assert.deepEqual(problemsOf('{"account": "o-a", "user": "ann", "privateKeyPath": "key.p8"}'), []);
      assert.deepEqual(problemsOf('{"account": "o-a", "authenticator": "externalbrowser"}'), []);
    });

    it('suggests the authenticator that was meant', () => {
      const problem = only(problemsOf('{"connection": "prod", "authenticator": "EXTERNAL_BROWSER"}'));
      assert.equal(problem.suggestion, 'EXTERNALBROWSER');
      assert.deepEqual(problem.path, ['source', 'authenticator']);
    });

    it('does not take an address for an account', () => {
      const problem = only(
        problemsOf('{"account": "o-a.snowflakecomputing.com", "user": "ann", "password": {"env": "P"}}'),
      );
      assert.equal(problem.suggestion, 'o-a');
    });

    it('refuses two names for one thing', () => {
      assert.match(only(problemsOf('{"user": "a", "username": "b"}')).message, /"user" or "username", not both/);
      assert.match(only(problemsOf('{"token": {"env": "T"}, "tokenFilePath": "t"}')).message, /not both/);
    });
  });

  describe('of a secret', () => {
    const problemsOf = (secret: string): readonly ConfigProblem[] =>
      parseConfig(`{${source}, "targets": {"db": {"host": "h", "password": ${secret}}}, "tables": {}}`).problems;

    it('refuses one that is written down, says why, and shows it nowhere', () => {
      const text = `{${source}, "targets": {"db": {"host": "h", "password": "hunter2"}}, "tables": {}}`;
      const { problems } = parseConfig(text);
      const problem = only(problems);
      assert.match(problem.message, /must not be written here.*"env".*"command".*"prompt"/);
      assert.doesNotMatch(formatProblems(problems, text, { path: 'x' }), /hunter2/);
    });

    it('refuses one inside a url', () => {
      const text = `{${source}, "targets": {"db": {"url": "postgresql://ann:hunter2@h/db"}}, "tables": {}}`;
      const { problems } = parseConfig(text);
      assert.match(only(problems).message, /url contains a password/);
      assert.doesNotMatch(formatProblems(problems, text, { path: 'x' }), /hunter2/);
    });

    it('wants exactly one place', () => {
      assert.match(only(problemsOf('{}')).message, /Say where the secret is kept/);
      assert.match(only(problemsOf('{"env": "A", "prompt": true}')).message, /"env" or "prompt", not both/);
      assert.match(only(problemsOf('{"command": []}')).message, /at least one item/);
      assert.match(only(problemsOf('{"prompt": false}')).message, /must be true/);
      assert.equal(only(problemsOf('{"env": "${PGPW}"}')).suggestion, 'PGPW');
      assert.match(only(problemsOf('{"env": "a b"}')).message, /not the name of an environment variable/);
    });
  });

  describe('of targets', () => {
    const problemsOf = (written: string, more = ''): readonly ConfigProblem[] =>
      parseConfig(`{${source}, "targets": ${written}${more}, "tables": {}}`).problems;

    it('wants a default where there are several', () => {
      const several = '{"a": {"embedded": true}, "b": {"host": "h"}}';
      assert.match(only(problemsOf(several)).message, /several targets/);
      assert.deepEqual(problemsOf(several, ', "defaultTarget": "b"'), []);
      assert.deepEqual(problemsOf('{"a": {"embedded": {"port": 5433}}}'), []);
    });

    it('wants at least one, which says what it is', () => {
      assert.match(only(problemsOf('{}')).message, /no target/);
      assert.match(only(problemsOf('{"a": {}}')).message, /Say which Postgres/);
      assert.match(only(problemsOf('{"a": {"embedded": false}}')).message, /must be true or an object, not false/);
      assert.match(only(problemsOf('{"a": {"url": "postgresql://h", "host": "h"}}')).message, /"url" or "host"/);
    });

    it('checks urls, ports, durations and names', () => {
      assert.equal(only(problemsOf('{"a": {"url": "postgresql://h/db?sslmod=require"}}')).suggestion, 'sslmode');
      assert.match(only(problemsOf('{"a": {"url": "http://h"}}')).message, /starts with postgresql/);
      assert.match(only(problemsOf('{"a": {"host": "h", "port": 70000}}')).message, /at most 65535/);
      assert.match(only(problemsOf('{"a": {"host": "h", "port": 5432.5}}')).message, /whole number/);
      assert.match(only(problemsOf('{"a": {"host": "h", "connectTimeout": 5}}')).message, /with a unit, such as/);
      assert.match(only(problemsOf('{"a b": {"embedded": true}}')).message, /name of a target/);
      assert.match(only(problemsOf('{"a": {"host": "h,i"}}')).message, /Several hosts/);
    });

    it('knows the names that others have for a setting', () => {
      assert.equal(only(problemsOf('{"a": {"host": "h", "dbname": "d"}}')).suggestion, 'database');
    });

    it('keeps names apart that differ only in case', () => {
      const problems = problemsOf('{"a": {"embedded": true}, "A": {"host": "h"}}', ', "defaultTarget": "a"');
      assert.match(only(problems).message, /differ only in case/);
    });
  });

  describe('of tables', () => {
    it('wants a source or a query', () => {
      assert.match(only(tableProblems('{"a": {}}')).message, /Say where the rows come from/);
      assert.match(only(tableProblems('{"a": {"source": "X", "query": "SELECT 1"}}')).message, /not both/);
      assert.match(only(tableProblems('{"a": {"source": "SELECT * FROM X"}}')).message, /call it "query"/);
      assert.match(only(tableProblems('{"a": {"source": "A.B.C.D"}}')).message, /more parts/);
      assert.match(only(tableProblems('{"a": {"source": "my table"}}')).message, /needs double quotes/);
      assert.match(only(tableProblems('{"a": {"query": " ; "}}')).message, /is empty/);
      assert.deepEqual(tableProblems('{"a": {"query": ["SELECT 1", "AS x"]}}'), []);
    });

    it('keeps two tables from one relation', () => {
      assert.match(
        only(tableProblems('{"a": {"source": "X"}, "b": {"source": "Y", "target": "PUBLIC.A"}}')).message,
        /"b" and "a" both write to public\.a/,
      );
      assert.deepEqual(tableProblems('{"a": {"source": "X"}, "b": {"source": "Y", "target": "other.a"}}'), []);
      const sameButCase = tableProblems('{"a": {"source": "X"}, "A": {"source": "Y"}}');
      assert.ok(messages(sameButCase).some((message) => message.includes('differ only in case')));
    });

    it('checks relation names', () => {
      assert.match(only(tableProblems(`{"${'a'.repeat(64)}": {"source": "X"}}`)).message, /64 bytes/);
      assert.match(only(tableProblems('{"a.b.c": {"source": "X"}}')).message, /more parts than schema\.table/);
      assert.match(only(tableProblems('{"a.": {"source": "X"}}')).message, /not the name of a relation/);
      assert.match(only(tableProblems('{"m.a": {"source": "X", "schema": "n"}}')).message, /"schema" another one/);
      assert.deepEqual(tableProblems('{"m.a": {"source": "X", "schema": "M"}}'), []);
    });

    it('checks that columns do not exclude each other', () => {
      const columns = (written: string): readonly ConfigProblem[] =>
        tableProblems(`{"a": {"source": "X", ${written}}}`);
      assert.match(
        only(columns('"key": ["id"], "columns": {"exclude": ["ID"]}')).message,
        /id is in the key, and left out/,
      );
      assert.match(only(columns('"key": ["id", "ID"]')).message, /twice/);
      assert.equal(only(columns('"key": ["id"], "columns": {"rename": {"ID": "ident"}}')).suggestion, 'ident');
      assert.deepEqual(columns('"key": ["ident"], "columns": {"rename": {"ID": "ident"}}'), []);
      assert.deepEqual(columns('"key": ["id"], "columns": {"exclude": ["ID"], "rename": {"OTHER": "id"}}'), []);
      assert.match(only(columns('"columns": {"rename": {"A": "x", "B": "X"}}')).message, /would both be called x/);
      assert.match(
        only(columns('"columns": {"exclude": ["a"], "rename": {"A": "x"}}')).message,
        /left out by "exclude"/,
      );
    });

    it('checks that computed columns do not collide', () => {
      const geom = '{"type": "geometry", "as": "f(x)"}';
      const columns = (written: string): readonly ConfigProblem[] =>
        tableProblems(`{"a": {"source": "X", ${written}}}`);
      assert.match(only(columns(`"computed": {"geom": ${geom}, "GEOM": ${geom}}`)).message, /two computed columns/);
      assert.match(
        only(columns(`"columns": {"rename": {"G": "geom"}}, "computed": {"geom": ${geom}}`)).message,
        /already what "G" is renamed to/,
      );
      assert.match(
        only(columns(`"columns": {"types": {"geom": "text"}}, "computed": {"geom": ${geom}}`)).message,
        /has its type in "computed"/,
      );
      assert.deepEqual(messages(columns('"computed": {"geom": {}}')), ['"type" is missing.', '"as" is missing.']);
    });

    it('checks indexes', () => {
      const index = (written: string): readonly ConfigProblem[] =>
        tableProblems(`{"a": {"source": "X", "indexes": [${written}]}}`);
      assert.deepEqual(index('"a", {"columns": ["b", {"expression": "lower(c)", "order": "desc"}], "name": "i"}'), []);
      assert.match(only(index('"lower(a)"')).message, /looks like an expression/);
      assert.match(only(index('{"columns": ["lower(a)"]}')).message, /looks like an expression/);
      assert.match(only(index('{"columns": []}')).message, /at least one item/);
      assert.match(only(index('{}')).message, /"columns" is missing/);
      assert.match(only(index('5')).message, /Item 1 of "indexes" must be a string or an object, not 5/);
      assert.equal(only(index('{"columns": ["a"], "method": "gits"}')).suggestion, 'gist');
      assert.match(only(index('{"columns": [{}]}')).message, /"column" or an "expression"/);
      assert.match(only(index('{"columns": [{"column": "a", "expression": "b"}]}')).message, /not both/);
      assert.match(only(index('{"columns": ["a"], "method": "gist", "unique": true}')).message, /Only a btree index/);
      assert.match(only(index('{"columns": ["a"], "method": "gin", "include": ["b"]}')).message, /cannot carry/);
      assert.match(
        only(index('{"columns": ["a"], "name": "i"}, {"columns": ["b"], "name": "I"}')).message,
        /two indexes called i/,
      );
    });

    it('checks that a mode has what it needs', () => {
      const table = (written: string): readonly ConfigProblem[] => tableProblems(`{"a": {${written}}}`);
      assert.match(only(table('"source": "X", "incremental": "row-diff"')).message, /needs a "key"/);
      assert.match(only(table('"source": "X", "strategy": "merge"')).message, /"merge" needs a "key"/);
      assert.match(
        only(table('"query": "SELECT 1", "key": ["a"], "incremental": "changes"')).message,
        /can use "row-diff"/,
      );
      assert.equal(only(table('"source": "X", "key": ["a"], "incremental": "rowdiff"')).suggestion, 'row-diff');
      assert.match(
        only(table('"source": "X", "key": ["a"], "incremental": {"mode": "changes", "buckets": 4}')).message,
        /for the mode "row-diff"/,
      );
      assert.match(
        only(table('"source": "X", "key": ["a"], "incremental": {"stream": "S"}')).message,
        /"mode" is missing/,
      );
      assert.deepEqual(table('"source": "X", "key": ["a"], "incremental": {"mode": "stream", "stream": "A.B.S"}'), []);
      const byDefault = parseConfig(
        `{${source}, ${targets}, "defaults": {"strategy": "merge"}, "tables": {"a": {"source": "X"}}}`,
      );
      assert.match(only(byDefault.problems).message, /"merge" needs a "key"/);
    });

    it('explains a fraction, and times without a unit', () => {
      assert.match(only(tableProblems('{"a": {"source": "X", "maxShrink": 50}}')).message, /fraction: 0\.5 is half/);
      assert.match(only(tableProblems('{"a": {"source": "X", "lockWait": 5}}')).message, /with a unit/);
      assert.match(only(tableProblems('{"a": {"source": "X", "lockTimeout": "0"}}')).message, /without limit/);
      assert.match(only(tableProblems('{"a": {"source": "X", "keepGenerations": -1}}')).message, /at least 0/);
      assert.match(only(tableProblems('{"a": {"source": "X", "key": []}}')).message, /at least one item/);
    });
  });

  it('treats names that JavaScript has a meaning for as names', () => {
    const { config, problems } = parseConfig(
      `{${source}, ${targets}, "tables": {"__proto__": {"source": "X"}, "constructor": {"source": "Y"}}}`,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(Object.keys(config?.tables ?? {}), ['__proto__', 'constructor']);
    assert.ok(parseConfig('{"__proto__": {"source": 1}, "toString": 2}').problems.length >= 2);
  });

  it('never throws, and is not content with garbage', () => {
    const json = fc.json();
    const brokenJson = fc.tuple(json, fc.nat(), fc.string({ maxLength: 3 })).map(([text, at, piece]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + piece + text.slice(place);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), json, brokenJson), (text) => {
        const { config, problems } = parseConfig(text);
        assert.equal(config, undefined);
        assert.ok(problems.length > 0);
        formatProblems(problems, text, { path: 'snowmelt.json' });
      }),
      { numRuns: 500 },
    );
  });

  it('never throws on values of the wrong form in any place', () => {
    const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant({}), fc.constant([]));
    const settings = fc.constantFrom(
      'source',
      'query',
      'target',
      'key',
      'columns',
      'computed',
      'indexes',
      'incremental',
      'strategy',
      'schema',
      'lockTimeout',
      'maxShrink',
      'exclude',
      'rename',
      'types',
      'type',
      'as',
      'name',
      'method',
      'mode',
      'stream',
      'buckets',
      'env',
      'command',
      'prompt',
      'url',
      'host',
      'password',
      'embedded',
      'account',
      'user',
      'authenticator',
      'expression',
      'column',
      'include',
    );
    const object = fc.dictionary(settings, fc.oneof(anything, fc.dictionary(settings, anything)), { maxKeys: 5 });
    const table = fc.dictionary(
      settings,
      fc.oneof(anything, object, fc.array(fc.oneof(anything, object), { maxLength: 3 })),
      { maxKeys: 8 },
    );
    fc.assert(
      fc.property(
        fc.record(
          {
            source: fc.oneof(object, anything),
            targets: fc.oneof(fc.dictionary(fc.string(), fc.oneof(object, anything), { maxKeys: 3 }), anything),
            defaultTarget: fc.oneof(fc.string(), anything),
            role: fc.oneof(object, anything),
            defaults: fc.oneof(table, anything),
            tables: fc.oneof(fc.dictionary(fc.string(), fc.oneof(table, anything), { maxKeys: 3 }), anything),
          },
          { requiredKeys: [] },
        ),
        (file) => {
          const text = JSON.stringify(file, undefined, 2);
          const { config, problems } = parseConfig(text);
          assert.equal(
            config === undefined,
            problems.some(({ severity }) => severity === 'error'),
          );
          const offsets = problems.map(({ offset }) => offset);
          assert.deepEqual(
            offsets,
            [...offsets].sort((a, b) => a - b),
          );
          for (const { offset, length, message } of problems) {
            assert.ok(offset >= 0 && offset + length <= text.length);
            assert.doesNotMatch(message, /undefined|\[object Object\]/);
          }
          formatProblems(problems, text, { path: 'snowmelt.json' });
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('formatProblems', () => {
  it('shows place, line and caret', () => {
    const text = `{\n\t${source}, ${targets},\n\t"tables": {"roads": {"sorce": "A"}}\n}`;
    assert.equal(
      formatProblems(parseConfig(text).problems, text, { path: 'snowmelt.json' }),
      [
        'snowmelt.json:3:23 error: Unknown setting "sorce". Did you mean "source"?',
        ' 3 | \t"tables": {"roads": {"sorce": "A"}}',
        '   | \t                     ^^^^^^^',
      ].join('\n'),
    );
  });

  it('shows a part of a long line', () => {
    const text = `{${source}, ${targets}, "tables": {"roads": {"source": "A", "key": ["${'x'.repeat(300)}"], "sorce": 1}}}`;
    const [, line, caret] = formatProblems(parseConfig(text).problems.slice(-1), text, { path: 'f' }).split('\n');
    assert.ok(line!.length < 140);
    assert.equal(line!.slice(caret!.indexOf('^'), caret!.lastIndexOf('^') + 1), '"sorce"');
  });

  it('is empty for no problems', () => {
    assert.equal(formatProblems([], '{}', { path: 'f' }), '');
  });
});
