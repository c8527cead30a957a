import assert from 'node:assert/strict';
import {
  customSettings,
  defaultSettings,
  quoteText,
  readSettings,
  startupSettings,
  switchSettings,
} from '../../src/local/postgis/session-settings.ts';
import type { SessionSettings } from '../../src/local/postgis/session-settings.ts';

function settings(values: Record<string, string>, authorization = 'postgres', role = 'none'): SessionSettings {
  return { authorization, role, values: new Map(Object.entries(values)) };
}

describe('switchSettings', () => {
  it('does nothing where nothing differs', () => {
    assert.equal(switchSettings(defaultSettings, settings({})), '');
    assert.equal(switchSettings(settings({ a: '1' }, 'app', 'r'), settings({ a: '1' }, 'app', 'r')), '');
  });

  it('changes only what differs, as the superuser, and ends as the role', () => {
    assert.equal(
      switchSettings(
        settings({ same: '1', gone: 'x', 'my.own': 'y' }),
        settings({ same: '1', new: "it's" }, 'app', 'reader'),
      ),
      `SET SESSION AUTHORIZATION "postgres"; RESET "gone"; RESET "my"."own"; ` +
        `SELECT set_config('new', 'it''s', false); SET SESSION AUTHORIZATION "app"; SET ROLE "reader"`,
    );
  });

  it('quotes what users name', () => {
    assert.match(switchSettings(defaultSettings, settings({}, 'o"dd')), /SET SESSION AUTHORIZATION "o""dd"$/);
    assert.equal(quoteText(String.raw`a\'b`), String.raw`E'a\\''b'`);
  });
});

describe('readSettings', () => {
  it('tells users from parameters', () => {
    const rows = [
      ['work_mem', '8192'],
      ['role', 'reader'],
      ['session_authorization', 'app'],
      ['my.own', null],
    ];
    assert.deepEqual(readSettings(rows), settings({ work_mem: '8192' }, 'app', 'reader'));
  });
});

describe('startupSettings', () => {
  const read = (parameters: Record<string, string>) =>
    Object.fromEntries(startupSettings(new Map(Object.entries(parameters))));

  it("leaves the protocol's own parameters out", () => {
    assert.deepEqual(
      read({ user: 'u', database: 'd', replication: 'false', '_pq_.x': '1', application_name: 'psql' }),
      {
        application_name: 'psql',
      },
    );
  });

  it('reads options as libpq writes them', () => {
    assert.deepEqual(read({ options: String.raw`-c work_mem=7MB -cgeqo=off --search-path=a,\ b  -c my.own=x\\y` }), {
      work_mem: '7MB',
      geqo: 'off',
      search_path: 'a, b',
      'my.own': String.raw`x\y`,
    });
  });

  it('lets a parameter override an option', () => {
    assert.deepEqual(read({ options: '-c TimeZone=UTC', TimeZone: 'Asia/Tokyo' }), { TimeZone: 'Asia/Tokyo' });
  });
});

describe('customSettings', () => {
  it('finds the names that pg_settings does not list', () => {
    assert.deepEqual(customSettings(`SET app.User = 1; set local a.b.c to 'x'; SELECT set_config('x.y', '1', false)`), [
      'app.user',
      'a.b.c',
      'x.y',
    ]);
    assert.deepEqual(customSettings('SET work_mem = 1; UPDATE t SET n = t.n'), []);
  });
});
