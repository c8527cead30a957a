import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SyncEvent, SyncEventBody } from '../../src/sync-core/events.ts';
import { JsonReporter } from '../../src/worker/cli/json-reporter.ts';
import { LineReporter } from '../../src/worker/cli/line-reporter.ts';
import { LiveReporter } from '../../src/worker/cli/live-reporter.ts';
import { renderProgressLine, type TableProgress } from '../../src/worker/cli/progress-bar.ts';
import { createReporter } from '../../src/worker/cli/reporter.ts';
import { createStyle } from '../../src/worker/cli/style.ts';
import { RecordedStream, recordedOutput } from '../support/recorded-output.ts';

const plain = createStyle(false);

const loading: TableProgress = {
  table: 'topology_connections_cache',
  startedAt: 0,
  step: 'stage',
  rows: 61_437,
  totalRows: 153_592,
  bytes: 8_765_432,
  rowsPerSecond: 45_123,
  waiting: undefined,
};

function eventOf(body: SyncEventBody, table = 'roads'): SyncEvent {
  return { ...body, table, target: 'local', run: 'r1' };
}

describe('progress line', () => {
  it('shows everything where there is room', () => {
    assert.equal(
      renderProgressLine(loading, 160, 4_200, plain),
      'topology_connections_cache  stage    4.20 s   40 %  [########............]  61,437/153,592 rows  45,123 rows/s  8.77 MB',
    );
  });

  it('leaves out what matters least first, and cuts the name last', () => {
    const widths = [111, 105, 85, 70, 50, 30, 20];
    assert.deepEqual(
      widths.map((width) => renderProgressLine(loading, width, 4_200, plain)),
      [
        'topology_connections_cache  stage    4.20 s   40 %  [########............]  61,437/153,592 rows  45,123 rows/s',
        'topology_connections_cache  stage    4.20 s   40 %  [########............]  61,437/153,592 rows',
        'topology_connections_cache  stage    4.20 s   40 %  [########............]',
        'topology_connections_cache  stage    4.20 s   40 %',
        'topology_connections_cache  stage    4.20 s   40 %',
        'topology_con…  stage    4.20 s',
        'topology_co…  stage…',
      ].map((line, index) => line.slice(0, widths[index])),
    );
  });

  it('never exceeds the width', () => {
    const progress = fc.record({
      table: fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme-ascii' }),
      startedAt: fc.constant(0),
      step: fc.constantFrom('plan' as const, 'stage' as const, undefined),
      rows: fc.nat(),
      totalRows: fc.option(fc.nat()),
      bytes: fc.nat(),
      rowsPerSecond: fc.nat(),
      waiting: fc.option(fc.string({ maxLength: 200 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(progress, fc.integer({ min: 1, max: 200 }), fc.nat(), (state, width, now) => {
        const line = renderProgressLine(state, width, now, plain);
        assert.ok(line.length <= width, `${line.length} > ${width}: ${line}`);
        assert.doesNotMatch(line, /undefined|NaN/);
      }),
    );
  });

  it('shows no bar where the source has not said how many rows there are', () => {
    const line = renderProgressLine({ ...loading, totalRows: null }, 160, 4_200, plain);
    assert.equal(line, 'topology_connections_cache  stage    4.20 s  61,437 rows  45,123 rows/s  8.77 MB');
  });

  it('shows what is waited for in place of the figures', () => {
    const line = renderProgressLine(
      { ...loading, step: 'swap', waiting: 'waited 2.00 s for the lock' },
      160,
      4_200,
      plain,
    );
    assert.equal(line, 'topology_connections_cache  swap     4.20 s  waited 2.00 s for the lock');
    const narrow = renderProgressLine(
      { ...loading, step: 'swap', waiting: 'waited 2.00 s for the lock' },
      60,
      4_200,
      plain,
    );
    assert.equal(narrow, 'topology_connections_cache  swap     4.20 s  waited 2.00 s …');
  });
});

describe('reporters', () => {
  const holder = { pid: 42, user: 'ann', applicationName: 'qgis', query: 'SELECT *\n  FROM roads', ageMs: 90_000 };

  it('are chosen by what stderr is', () => {
    const terminal = new RecordedStream({ isTTY: true });
    assert.ok(createReporter(recordedOutput({ json: true }, { stderr: terminal }).output, {}) instanceof JsonReporter);
    assert.ok(createReporter(recordedOutput({}, { stderr: terminal }).output, {}) instanceof LiveReporter);
    assert.ok(
      createReporter(recordedOutput({ verbose: true }, { stderr: terminal }).output, {}) instanceof LineReporter,
    );
    assert.ok(
      createReporter(recordedOutput({}, { stderr: terminal }).output, { TERM: 'dumb' }) instanceof LineReporter,
    );
    assert.ok(createReporter(recordedOutput().output, {}) instanceof LineReporter);
  });

  it('print plain lines with the figures of each step', () => {
    const { output, stderr, stdout } = recordedOutput();
    const reporter = new LineReporter(output);
    reporter.event(eventOf({ kind: 'run-started', startedAt: '2026-03-01T00:00:00Z' }));
    reporter.event(eventOf({ kind: 'step-started', step: 'plan' }));
    reporter.event(
      eventOf({ kind: 'warning', warning: { code: 'x', message: 'A column is odd.', remedy: 'Rename it.' } }),
    );
    reporter.event(eventOf({ kind: 'step-finished', step: 'plan', ms: 310 }));
    const progress = { step: 'stage', rows: 1_000, bytes: 50_000, rowsPerSecond: 500, totalRows: 1_000 } as const;
    reporter.event(eventOf({ kind: 'progress', ...progress }));
    reporter.event(eventOf({ kind: 'step-finished', step: 'stage', ms: 2_000 }));
    reporter.event(eventOf({ kind: 'waiting', reason: 'lock', holders: [holder], waitedMs: 500 }));
    reporter.event(eventOf({ kind: 'waiting', reason: 'lock', holders: [holder], waitedMs: 1_000 }));
    reporter.event(eventOf({ kind: 'step-finished', step: 'swap', ms: 1_500 }));
    assert.equal(stdout.text, '');
    assert.deepEqual(stderr.lines, [
      'roads: run r1 in local',
      'roads: warning: A column is odd. Rename it.',
      'roads: plan    310 ms',
      'roads: stage   2.00 s, 1,000 rows, 50.0 kB, 500 rows/s',
      'roads: waited 500 ms for the lock; held by pid 42 of ann (qgis), transaction open for 1 min 30 s: SELECT * FROM roads',
      'roads: swap    1.50 s',
    ]);
  });

  it('print statements only when asked, and no secrets in them', () => {
    const statement = eventOf({
      kind: 'statement',
      system: 'postgres',
      text: "ALTER ROLE a PASSWORD 'hunter22'",
      ms: 3,
    });
    const quiet = recordedOutput();
    new LineReporter(quiet.output).event(statement);
    new JsonReporter(recordedOutput({ json: true }).output).event(statement);
    assert.equal(quiet.stderr.text, '');
    const verbose = recordedOutput({ verbose: true });
    new LineReporter(verbose.output).event(statement);
    assert.deepEqual(verbose.stderr.lines, ['roads: postgres 3 ms', "    ALTER ROLE a PASSWORD '***'"]);
  });

  it('print JSON lines that programs can read', () => {
    const { output, stderr } = recordedOutput({ json: true });
    const reporter = new JsonReporter(output);
    const event = eventOf({ kind: 'step-finished', step: 'plan', ms: 3 });
    reporter.event(event);
    reporter.notice({ kind: 'info', message: 'Started.' });
    assert.deepEqual(
      stderr.lines.map((line): unknown => JSON.parse(line)),
      [event, { kind: 'notice', level: 'info', message: 'Started.' }],
    );
  });

  it('keep one line for every running table on a terminal, and leave none behind', () => {
    const stderr = new RecordedStream({ isTTY: true, columns: 60 });
    const { output } = recordedOutput({ color: false }, { stderr });
    let now = 0;
    const reporter = new LiveReporter(output, () => now);
    const screen = new Screen();
    const shown = (): string[] => screen.after(stderr.text);
    reporter.event(eventOf({ kind: 'run-started', startedAt: '' }, 'roads'));
    reporter.event(eventOf({ kind: 'run-started', startedAt: '' }, 'poles'));
    now = 1_000;
    reporter.event(eventOf({ kind: 'step-started', step: 'plan' }, 'roads'));
    reporter.print(() => {
      output.note('something that stays');
    });
    assert.deepEqual(shown(), ['something that stays', 'roads  plan     1.00 s', 'poles  connect  1.00 s']);
    reporter.notice({ kind: 'warning', message: 'careful' });
    reporter.event(eventOf({ kind: 'run-finished', outcome: 'success', rows: 1, bytes: 1, ms: 1 }, 'roads'));
    assert.deepEqual(shown(), ['something that stays', 'warning: careful', 'poles  connect  1.00 s']);
    reporter.close();
    assert.deepEqual(shown(), ['something that stays', 'warning: careful']);
  });

  it('replace a passing notice by the next one', () => {
    const stderr = new RecordedStream({ isTTY: true, columns: 60 });
    const { output } = recordedOutput({ color: false }, { stderr });
    const reporter = new LiveReporter(output);
    reporter.notice({ kind: 'progress', message: 'loading' });
    reporter.notice({ kind: 'progress', message: 'creating' });
    assert.deepEqual(new Screen().after(stderr.text), ['creating']);
    reporter.notice({ kind: 'info', message: 'done' });
    assert.deepEqual(new Screen().after(stderr.text), ['done']);
    reporter.close();
  });
});

const escape = '\x1b';

/** The part of a terminal that the display uses: newline, carriage return, cursor up, clear line, clear to the end. */
class Screen {
  after(text: string): string[] {
    const lines = [''];
    let row = 0;
    const [, ...parts] = `${escape}m${text}`.replaceAll('\n', `${escape}N`).replaceAll('\r', '').split(escape);
    for (const part of parts) {
      const [, count = '', command = '', shown = ''] = /^\[?(\d*)([A-Zm])([^]*)$/.exec(part) ?? [];
      if (command === 'A') row -= Number(count);
      else if (command === 'J') lines.splice(row, lines.length, '');
      else if (command === 'K') lines[row] = '';
      else if (command === 'N') row += 1;
      lines[row] = (lines[row] ?? '') + shown;
    }
    assert.ok(row >= 0, 'the cursor left the screen');
    return lines.slice(0, -1);
  }
}
