import { apportion } from './apportion.ts';
import { streams } from './grid-plan.ts';
import type { AreaPlan } from './grid-plan.ts';
import type { Place } from './ground.ts';
import { Prng } from './prng.ts';
import { StreetGrid } from './street-grid.ts';
import type { Corner, Heading } from './street-grid.ts';

export type NodeKind = 'substation' | 'breaker' | 'pole' | 'pole-transformer' | 'pad-transformer';

export interface GridNode extends Place {
  readonly kind: NodeKind;
  /** From 1 within the substation; 0 for the substation itself. */
  readonly circuit: number;
  /** The node that feeds it; undefined for the substation. */
  readonly parent: GridNode | undefined;
  /** The whole grid's number of the pole or transformer; the circuit's for a breaker. */
  readonly number: number;
}

/** A normally open switch between the nearest poles of two circuits. */
export interface Tie {
  readonly from: GridNode;
  readonly to: GridNode;
}

export interface ServiceArea {
  readonly plan: AreaPlan;
  /** The substation, then breakers, poles and transformers, each kind by number; a parent comes before its children. */
  readonly nodes: readonly GridNode[];
  readonly ties: readonly Tie[];
}

interface StreetPole extends GridNode {
  readonly corner: Corner;
  /** The way that its line runs. */
  readonly heading: Heading;
}

interface Circuit {
  readonly number: number;
  readonly breaker: GridNode;
  /** Unit vector from the substation. */
  readonly direction: Place;
  /** How many poles it is to have, and the number of the first. */
  readonly size: number;
  readonly firstPole: number;
  readonly trunk: StreetPole[];
  readonly poles: StreetPole[];
}

/**
 * The distribution network of one substation: a few circuits, each a trunk that follows the streets outwards, laterals at right
 * angles to it, transformers on the poles, and buried loops from pole to pad to pad. The same for the same seed and plan, and in
 * memory as a whole: about 2,500 nodes.
 */
export function buildServiceArea(plan: AreaPlan, seed: number): ServiceArea {
  const random = Prng.stream(seed, streams.network, plan.index);
  const substation: GridNode = {
    kind: 'substation',
    x: plan.x,
    y: plan.y,
    circuit: 0,
    parent: undefined,
    number: plan.index + 1,
  };
  const streets = new StreetGrid(plan, random.between(-0.35, 0.35));
  const turn = random.uniform() * 2 * Math.PI;
  const sizes = apportion(
    plan.poles,
    Array.from({ length: plan.circuits }, () => random.between(0.7, 1.3)),
  );
  let firstPole = plan.firstPole;
  const circuits = Array.from({ length: plan.circuits }, (_, index): Circuit => {
    const angle = turn + (2 * Math.PI * (index + random.between(-0.2, 0.2))) / plan.circuits;
    const direction = { x: Math.cos(angle), y: Math.sin(angle) };
    const breaker: GridNode = {
      kind: 'breaker',
      x: plan.x + direction.x * 15,
      y: plan.y + direction.y * 15,
      circuit: index + 1,
      parent: substation,
      number: index + 1,
    };
    const size = sizes[index] ?? 0;
    const circuit = { number: index + 1, breaker, direction, size, firstPole, trunk: [], poles: [] };
    firstPole += size;
    return circuit;
  });
  /** Every trunk before any lateral, or the first circuit would fence the others in. */
  for (const circuit of circuits) growTrunk(circuit, Math.max(1, Math.round(circuit.size * 0.28)), streets, random);
  for (const circuit of circuits) growLaterals(circuit, streets, random);
  const perCircuit = apportion(
    plan.transformers,
    circuits.map((circuit) => circuit.poles.length),
  );
  const transformers: GridNode[] = [];
  for (const [index, circuit] of circuits.entries()) {
    addTransformers(transformers, circuit, perCircuit[index] ?? 0, plan.firstTransformer, random);
  }
  return {
    plan,
    nodes: [
      substation,
      ...circuits.map(({ breaker }) => breaker),
      ...circuits.flatMap(({ poles }) => poles),
      ...transformers,
    ],
    ties: circuits.map((circuit, index) => tieOf(circuit, circuits[(index + 1) % circuits.length] ?? circuit)),
  };
}

function addPole(
  circuit: Circuit,
  parent: GridNode,
  corner: Corner,
  heading: Heading,
  streets: StreetGrid,
  random: Prng,
): StreetPole {
  streets.occupy(corner);
  const { x, y } = streets.placeOf(corner);
  const pole: StreetPole = {
    kind: 'pole',
    x: x + random.between(-3, 3),
    y: y + random.between(-3, 3),
    circuit: circuit.number,
    parent,
    number: circuit.firstPole + circuit.poles.length,
    corner,
    heading,
  };
  circuit.poles.push(pole);
  return pole;
}

/** Outwards in the circuit's direction, in straight runs along one street or the other. */
function growTrunk(circuit: Circuit, length: number, streets: StreetGrid, random: Prng): void {
  const { direction, breaker } = circuit;
  let corner = streets.cornerNear({ x: breaker.x + direction.x * 45, y: breaker.y + direction.y * 45 });
  while (streets.isOccupied(corner)) corner = streets.step(corner, streets.headingTowards(direction));
  let heading = streets.headingTowards(direction);
  let parent: GridNode = breaker;
  while (circuit.trunk.length < length) {
    const pole = addPole(circuit, parent, corner, heading, streets, random);
    circuit.trunk.push(pole);
    parent = pole;
    const wanted = streets.headingAlong(direction, corner);
    if (random.chance(0.3)) heading = wanted;
    const choices = [heading, wanted, ...streets.sidesOf(heading)];
    const free = choices.find((choice) => !streets.isOccupied(streets.step(corner, choice)));
    corner = streets.step(corner, free ?? heading);
    heading = free ?? heading;
  }
}

/** Straight lines at right angles to a pole's own line, until the circuit has all its poles. */
function growLaterals(circuit: Circuit, streets: StreetGrid, random: Prng): void {
  const { size } = circuit;
  let failures = 0;
  while (circuit.poles.length < size) {
    const from = pickPole(random.chance(0.6) ? circuit.trunk : circuit.poles, random);
    if (!from) return;
    const heading = random.pick(streets.sidesOf(from.heading));
    const wanted = Math.min(2 + random.integer(12), size - circuit.poles.length);
    let parent: StreetPole = from;
    for (let span = 0; span < wanted; span += 1) {
      const corner = streets.step(parent.corner, heading);
      /** A crowded neighbourhood first lets lines run side by side, then over one another. */
      const taken = streets.isOccupied(corner) || (failures < 200 && streets.hasNeighbours(corner, heading));
      if (taken && failures < 1000) break;
      parent = addPole(circuit, parent, corner, heading, streets, random);
    }
    failures = parent === from ? failures + 1 : 0;
  }
}

function addTransformers(all: GridNode[], circuit: Circuit, count: number, first: number, random: Prng): void {
  const end = all.length + count;
  const add = (kind: NodeKind, parent: GridNode, x: number, y: number): GridNode => {
    const node: GridNode = { kind, x, y, circuit: circuit.number, parent, number: first + all.length };
    all.push(node);
    return node;
  };
  while (all.length < end) {
    const pole = pickPole(circuit.poles, random) ?? circuit.breaker;
    if (random.chance(0.88)) {
      /** A bank of three is how a three-phase customer is fed from single-phase units. */
      const units = Math.min(random.chance(0.2) ? 3 : 1, end - all.length);
      for (let unit = 0; unit < units; unit += 1) {
        add('pole-transformer', pole, pole.x + random.between(-1.5, 1.5), pole.y + random.between(-1.5, 1.5));
      }
      continue;
    }
    const pads = Math.min(4 + random.integer(10), end - all.length);
    let angle = random.uniform() * 2 * Math.PI;
    let from: GridNode = pole;
    for (let pad = 0; pad < pads; pad += 1) {
      const spacing = random.between(28, 40);
      from = add('pad-transformer', from, from.x + Math.cos(angle) * spacing, from.y + Math.sin(angle) * spacing);
      angle += random.between(-0.5, 0.5);
    }
  }
}

function pickPole(poles: readonly StreetPole[], random: Prng): StreetPole | undefined {
  return poles[random.integer(poles.length)];
}

function tieOf(a: Circuit, b: Circuit): Tie {
  let nearest: Tie = { from: a.breaker, to: b.breaker };
  let least = Infinity;
  for (const from of a.poles) {
    for (const to of b.poles) {
      const distance = (from.x - to.x) ** 2 + (from.y - to.y) ** 2;
      if (distance < least) {
        least = distance;
        nearest = { from, to };
      }
    }
  }
  return nearest;
}
