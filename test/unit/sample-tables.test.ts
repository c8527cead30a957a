import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { benchmarkTable } from '../../src/local/sample/benchmark-tables.ts';
import { copyText, copyTimestamp, copyTimestampTz } from '../../src/local/sample/copy-text.ts';
import { multiPolygonHex, polygonHex } from '../../src/local/sample/ewkb-hex.ts';
import { baseTables } from '../../src/local/sample/base-tables.ts';
import { planGrid } from '../../src/local/sample/grid-plan.ts';
import { texasOffset } from '../../src/local/sample/sample-clock.ts';
import type { SampleTable } from '../../src/local/sample/sample-table.ts';

function read(table: SampleTable): string[][] {
  const text = [...table.chunks()].join('');
  assert.ok(text.endsWith('\n'));
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => line.split('\t'));
}

function tablesAt(scale: number, seed: number): Map<string, SampleTable> {
  return new Map(baseTables(planGrid({ scale, seed })).map((table) => [table.name, table]));
}

function column(table: SampleTable, name: string): number {
  const index = table.columns.findIndex((definition) => definition.startsWith(`${name} `));
  assert.notEqual(index, -1);
  return index;
}

describe('the tables of the sample data', () => {
  const tables = tablesAt(0.02, 42);
  const table = (name: string): SampleTable => tables.get(name)!;

  it('have as many rows as they say, each with a field per column', () => {
    for (const one of [...tables.values(), benchmarkTable({ shape: 'grid-assets', rows: 500 }, 42)]) {
      const rows = read(one);
      assert.equal(rows.length, one.rows, one.name);
      for (const row of rows) assert.equal(row.length, one.columns.length, one.name);
    }
    assert.equal(table('GRID_CONNECTIONS').rows, 3072);
    assert.equal(table('TRANSFORMERS').rows, 1831);
    assert.equal(table('VEGETATION_RISK').rows, 985);
  });

  it('are the same for the same seed, in whole rows per chunk, and others for another', () => {
    const digest = (from: Map<string, SampleTable>) =>
      [...from.values()].map((one) => {
        const hash = createHash('sha256');
        for (const chunk of one.chunks()) {
          assert.ok(chunk.endsWith('\n'));
          hash.update(chunk);
        }
        return hash.digest('hex');
      });
    const first = digest(tables);
    assert.deepEqual(digest(tablesAt(0.02, 42)), first);
    for (const [index, other] of digest(tablesAt(0.02, 43)).entries()) assert.notEqual(other, first[index]);
  });

  it('keep what no NULL may be in free of it', () => {
    for (const one of tables.values()) {
      const required = one.columns.flatMap((definition, index) => (definition.endsWith('NOT NULL') ? [index] : []));
      for (const row of read(one)) for (const index of required) assert.notEqual(row[index], '\\N');
    }
  });

  it('have NULL in every column where it may be, but for those that a map needs', () => {
    const always = new Set(['PHASES', 'CIRCUIT_ID', 'SUBSTATION_ID', 'DISTANCE_TO_LINE_M', 'CONNECTION_TYPE']);
    for (const name of ['TRANSFORMERS', 'VEGETATION_RISK']) {
      const one = table(name);
      const rows = read(one);
      for (const [index, definition] of one.columns.entries()) {
        const [columnName = ''] = definition.split(' ');
        if (definition.endsWith('NOT NULL') || always.has(columnName)) continue;
        if (name === 'VEGETATION_RISK' && /LATITUDE|LONGITUDE|OBSERVED_AT/u.test(columnName)) continue;
        assert.ok(
          rows.some((row) => row[index] === '\\N'),
          `${name}.${columnName}`,
        );
      }
    }
  });

  it('connect assets that there are, each pair once', () => {
    const assets = new Set(read(table('GRID_ASSETS')).map(([id]) => id));
    assert.equal(assets.size, table('GRID_ASSETS').rows);
    const connections = read(table('GRID_CONNECTIONS'));
    const pairs = new Set<string>();
    for (const [, from, to] of connections) {
      assert.ok(assets.has(from) && assets.has(to), `${from ?? ''} to ${to ?? ''}`);
      pairs.add(`${from ?? ''} ${to ?? ''}`);
    }
    assert.equal(pairs.size, connections.length);
  });

  it('put every transformer where its asset is, or nowhere', () => {
    const places = new Map(read(table('GRID_ASSETS')).map((row) => [row[0], `${row[5] ?? ''} ${row[6] ?? ''}`]));
    for (const row of read(table('TRANSFORMERS'))) {
      const place = `${row[3] ?? ''} ${row[4] ?? ''}`;
      if (place !== '\\N \\N') assert.equal(place, places.get(row[0]));
    }
  });

  it('hold what a careless pipe breaks', () => {
    const manufacturers = new Set(
      read(table('TRANSFORMERS')).map((row) => row[column(table('TRANSFORMERS'), 'MANUFACTURER')]),
    );
    for (const awkward of [
      '',
      "O'Brien & Sons",
      'Back\\\\Bay Switchgear',
      'Tabulated\\tWindings',
      '東海変圧器',
      'Ohm ⚡ Co. 𝛀',
    ]) {
      assert.ok(manufacturers.has(awkward), awkward);
    }
    const attributes = read(table('TRANSFORMERS')).map((row) => row[column(table('TRANSFORMERS'), 'ATTRIBUTES')]!);
    assert.ok(attributes.includes('null') && attributes.includes('\\N'));
    const canopies = read(table('VEGETATION_RISK')).map((row) => row[column(table('VEGETATION_RISK'), 'CANOPY')]!);
    assert.ok(canopies.some((hex) => hex.startsWith('0106000020')));
  });

  it('keep VARIANT as canonical JSON: keys in order, no spaces', () => {
    const canonical = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, inner]) => [key, canonical(inner)]),
      );
    };
    const index = column(table('TRANSFORMERS'), 'ATTRIBUTES');
    for (const row of read(table('TRANSFORMERS'))) {
      const text = row[index]!.replaceAll('\\\\', '\\');
      if (text !== '\\N') assert.equal(JSON.stringify(canonical(JSON.parse(text))), text);
    }
  });
});

describe('values in COPY text', () => {
  it('escape what COPY takes for its own', () => {
    assert.equal(copyText('a\tb\nc\rd\\e\\N'), String.raw`a\tb\nc\rd\\e\\N`);
  });

  it('carry nanoseconds beside the microseconds', () => {
    const moment = Date.UTC(2025, 2, 9, 8, 5, 6, 78);
    assert.equal(copyTimestamp(moment, 123_456), '("2025-03-09 08:05:06.078123",456)');
    assert.equal(copyTimestampTz(moment, 0, -300), '("2025-03-09 08:05:06.078000",0,-300)');
  });

  it('write polygons as EWKB in WGS 84', () => {
    const shell = [0, 0, 1, 0, 1, 1, 0, 0];
    const ring =
      '04000000' + [0, 0, 1, 0, 1, 1, 0, 0].map((n) => (n === 1 ? '000000000000f03f' : '0'.repeat(16))).join('');
    assert.equal(polygonHex([shell]), `0103000020e610000001000000${ring}`);
    assert.equal(polygonHex([shell, shell]), `0103000020e610000002000000${ring}${ring}`);
    const plain = `010300000001000000${ring}`;
    assert.equal(multiPolygonHex([[shell], [shell]]), `0106000020e610000002000000${plain}${plain}`);
  });

  it('know when Texas turns its clocks', () => {
    const offsets = (iso: string) => [Date.parse(iso) - 1, Date.parse(iso)].map(texasOffset);
    assert.deepEqual(offsets('2025-03-09T08:00:00Z'), [-360, -300]);
    assert.deepEqual(offsets('2025-11-02T07:00:00Z'), [-300, -360]);
    assert.deepEqual(offsets('2024-03-10T08:00:00Z'), [-360, -300]);
  });
});
