import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planGrid, smallestScale } from '../../src/local/sample/grid-plan.ts';
import { buildServiceArea } from '../../src/local/sample/service-area.ts';
import type { GridNode } from '../../src/local/sample/service-area.ts';

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('the plan of the sample grid', () => {
  it('has the counts of the seed system at scale 1, for any seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const plan = planGrid({ scale: 1, seed });
        assert.deepEqual([plan.connections, plan.transformers, plan.trees], [153_592, 91_554, 49_265]);
      }),
      { numRuns: 20 },
    );
  });

  it('adds up at every scale', () => {
    fc.assert(
      fc.property(fc.double({ min: smallestScale, max: 20, noNaN: true }), seeds, (scale, seed) => {
        const plan = planGrid({ scale, seed });
        assert.equal(plan.connections, Math.round(153_592 * scale));
        const next = { pole: 1, transformer: 1, connection: 1, tree: 1 };
        for (const area of plan.areas) {
          assert.ok(area.poles >= area.circuits, `${area.poles} poles for ${area.circuits} circuits`);
          assert.equal(area.connections, area.circuits + area.poles + area.transformers + area.ties);
          assert.equal(area.firstPole, next.pole);
          assert.equal(area.firstTransformer, next.transformer);
          assert.equal(area.firstConnection, next.connection);
          assert.equal(area.firstTree, next.tree);
          next.pole += area.poles;
          next.transformer += area.transformers;
          next.connection += area.connections;
          next.tree += area.trees;
        }
        assert.equal(next.transformer - 1, plan.transformers);
        assert.equal(next.connection - 1, plan.connections);
        assert.equal(next.tree - 1, plan.trees);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a size that it cannot make', () => {
    for (const scale of [0, -1, 0.0009, Number.NaN, Infinity]) {
      assert.throws(() => planGrid({ scale, seed: 1 }), { name: 'RangeError', message: /scale .* at least 0\.001/u });
    }
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN]) {
      assert.throws(() => planGrid({ scale: 1, seed }), {
        name: 'RangeError',
        message: /seed must be a whole number/u,
      });
    }
  });
});

describe('the network of a substation', () => {
  const areas = fc
    .record({ scale: fc.constantFrom(0.001, 0.01, 0.1, 1), seed: seeds, area: fc.nat() })
    .map(({ scale, seed, area }) => {
      const plan = planGrid({ scale, seed });
      return buildServiceArea(plan.areas[area % plan.areas.length]!, seed);
    });

  it('is a tree from the substation, with exactly the planned parts and ties between its circuits', () => {
    fc.assert(
      fc.property(areas, ({ plan, nodes, ties }) => {
        const seen = new Set<GridNode>();
        const numbers = { breaker: 1, pole: plan.firstPole, transformer: plan.firstTransformer };
        for (const [index, node] of nodes.entries()) {
          if (index === 0) {
            assert.equal(node.kind, 'substation');
          } else {
            assert.ok(node.parent && seen.has(node.parent), 'fed by a node before it');
            assert.ok(node.parent.circuit === 0 || node.parent.circuit === node.circuit, 'fed from its own circuit');
            const kind = node.kind === 'breaker' || node.kind === 'pole' ? node.kind : 'transformer';
            assert.equal(node.number, numbers[kind]);
            numbers[kind] += 1;
          }
          seen.add(node);
        }
        assert.equal(seen.size, 1 + plan.circuits + plan.poles + plan.transformers);
        assert.equal(numbers.pole, plan.firstPole + plan.poles);
        assert.equal(ties.length, plan.ties);
        for (const { from, to } of ties) assert.notEqual(from.circuit, to.circuit);
        assert.equal(new Set(ties.map(({ from }) => from.circuit)).size, ties.length);
      }),
      { numRuns: 30 },
    );
  });

  it('has spans of the length of a span', () => {
    fc.assert(
      fc.property(areas, ({ nodes }) => {
        const lengths = nodes
          .filter(({ kind, parent }) => kind === 'pole' && parent?.kind === 'pole')
          .map(({ x, y, parent }) => Math.hypot(x - parent!.x, y - parent!.y));
        assert.ok(lengths.length > 0);
        for (const length of lengths) assert.ok(length > 35 && length < 57, `a span of ${length} m`);
      }),
      { numRuns: 30 },
    );
  });
});
