import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isUrlProblem, parseConnectionUrl, type UrlProblem } from '../../src/sync-core/postgres/connection-url.ts';

function problemOf(url: string): UrlProblem {
  const parsed = parseConnectionUrl(url);
  assert.ok(isUrlProblem(parsed), `${url} was read as ${JSON.stringify(parsed)}`);
  return parsed;
}

describe('parseConnectionUrl', () => {
  it('reads the forms of libpq', () => {
    const cases: Readonly<Record<string, Record<string, string>>> = {
      'postgresql://': {},
      'postgresql://localhost': { host: 'localhost' },
      'postgresql://localhost:5433': { host: 'localhost', port: '5433' },
      'postgresql://localhost/mydb': { host: 'localhost', dbname: 'mydb' },
      'postgresql://user@localhost': { user: 'user', host: 'localhost' },
      'postgres://user:secret@localhost': { user: 'user', password: 'secret', host: 'localhost' },
      'postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp': {
        user: 'other',
        host: 'localhost',
        dbname: 'otherdb',
        connect_timeout: '10',
        application_name: 'myapp',
      },
      'postgresql:///mydb?host=localhost&port=5433': { dbname: 'mydb', host: 'localhost', port: '5433' },
      'postgresql://[2001:db8::1234]/database': { host: '2001:db8::1234', dbname: 'database' },
      'postgresql://[::1]:5433': { host: '::1', port: '5433' },
      'postgresql://%2Fvar%2Flib%2Fpostgresql/dbname': { host: '/var/lib/postgresql', dbname: 'dbname' },
      'postgresql:///db?host=/tmp': { dbname: 'db', host: '/tmp' },
      'postgresql://u%40corp:p%3Aw%2F%25@h/d%20b': { user: 'u@corp', password: 'p:w/%', host: 'h', dbname: 'd b' },
      'postgresql://a:b?c@h': { user: 'a', password: 'b?c', host: 'h' },
      'postgresql://a:b:c@h': { user: 'a', password: 'b:c', host: 'h' },
      'postgresql://:pw@h': { password: 'pw', host: 'h' },
      'postgresql://h?options=-c%20geqo%3Doff': { host: 'h', options: '-c geqo=off' },
      'postgresql://h?application_name=a+b': { host: 'h', application_name: 'a+b' },
      'postgresql://h?ssl=true': { host: 'h', sslmode: 'require' },
      'postgresql://h:1?port=2&port=3': { host: 'h', port: '3' },
      'postgresql://h?': { host: 'h' },
      'postgresql://h?port=1&': { host: 'h', port: '1' },
      'postgresql://h?gssencmode=prefer&target_session_attrs=any': { host: 'h' },
      'postgresql://@:/?user=': {},
    };
    for (const [url, expected] of Object.entries(cases)) assert.deepEqual(parseConnectionUrl(url), expected, url);
  });

  it('refuses several hosts', () => {
    for (const url of [
      'postgresql://a,b/db',
      'postgresql://a:1,b:2',
      'postgresql://[::1],[::2]/db',
      'postgresql:///db?host=a,b',
      'postgresql://h?port=1,2',
    ]) {
      assert.match(problemOf(url).problem, /Several hosts/, url);
    }
  });

  it('refuses a parameter that it does not know, and suggests one', () => {
    assert.equal(problemOf('postgresql://h?sslmod=require').suggestion, 'sslmode');
    assert.equal(problemOf('postgresql://h?application_nam=x').suggestion, 'application_name');
    assert.equal(problemOf('postgresql://h?database=x').suggestion, 'dbname');
    assert.equal(problemOf('postgresql://h?qwertz=x').suggestion, undefined);
    assert.match(problemOf('postgresql://h?SSLMODE=require').problem, /Unknown parameter "SSLMODE"/);
    assert.equal(problemOf('postgresql://h?SSLMODE=require').suggestion, 'sslmode');
  });

  it('refuses a parameter that would change something which Snowmelt does not have', () => {
    assert.match(problemOf('postgresql://h?target_session_attrs=read-write').problem, /not supported/);
    assert.match(problemOf('postgresql://h?channel_binding=require').problem, /not supported/);
    assert.match(problemOf('postgresql://h?service=x').problem, /not supported/);
  });

  it('says what is wrong with a text that is none', () => {
    assert.match(problemOf('jdbc:postgresql://h/db').problem, /JDBC/);
    assert.match(problemOf('host=h dbname=d').problem, /name=value/);
    assert.equal(problemOf('postgre://h').suggestion, 'postgres');
    assert.match(problemOf('').problem, /starts with postgresql/);
    assert.match(problemOf('postgresql://h?a').problem, /has no value/);
    assert.match(problemOf('postgresql://h?port=1=2').problem, /second =/);
    assert.match(problemOf('postgresql://[::1').problem, /closing bracket/);
    assert.match(problemOf('postgresql://[]').problem, /between the brackets/);
    assert.match(problemOf('postgresql://[::1]x').problem, /After the IPv6/);
    assert.match(problemOf('postgresql://::1/db').problem, /brackets/);
    assert.match(problemOf('postgresql://h/%zz').problem, /two hexadecimal/);
    assert.match(problemOf('postgresql://h/%00').problem, /NUL/);
    assert.match(problemOf('postgresql://h/%ff').problem, /not UTF-8/);
  });

  it('shows nothing of a password that was not encoded', () => {
    for (const url of [
      'postgresql://ann:hun/ter2@h/db',
      'postgresql://ann:hun@ter2@h/db',
      'postgresql://ann:1/hunter2@h/db',
      'postgresql://ann:hun%ter2@h',
    ]) {
      assert.doesNotMatch(JSON.stringify(problemOf(url)), /hun|ter2/, url);
    }
  });

  it('reads back whatever was encoded', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !value.includes('\0'));
    const host = text.filter((value) => !value.includes(','));
    const port = fc.integer({ min: 1, max: 65535 }).map(String);
    fc.assert(
      fc.property(text, text, host, port, text, text, (user, password, hostName, portText, dbname, name) => {
        const encode = encodeURIComponent;
        const url = `postgresql://${encode(user)}:${encode(password)}@${encode(hostName)}:${portText}/${encode(dbname)}?application_name=${encode(name)}`;
        assert.deepEqual(parseConnectionUrl(url), {
          user,
          password,
          host: hostName,
          port: portText,
          dbname,
          application_name: name,
        });
      }),
    );
  });

  it('never throws', () => {
    const pieces = fc.constantFrom(
      'a',
      ':',
      '@',
      '/',
      '?',
      '&',
      '=',
      '%',
      '%41',
      '%ff',
      '[',
      ']',
      ',',
      '\0',
      'sslmode',
      'é',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces).map((parts) => `postgresql://${parts.join('')}`),
        ),
        (url) => {
          const parsed = parseConnectionUrl(url);
          if (isUrlProblem(parsed)) assert.notEqual(parsed.problem, '');
          else for (const value of Object.values(parsed)) assert.ok(value !== '' && !value.includes('\0'));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
