import { apportion } from './apportion.ts';
import { Prng } from './prng.ts';

/** How much sample data, and which. */
export interface SampleSize {
  /** 1 gives the row counts of the seed system; at least {@link smallestScale}. */
  readonly scale: number;
  /** A non-negative safe integer. */
  readonly seed: number;
}

export const defaultSampleSize: SampleSize = { scale: 1, seed: 42 };
export const smallestScale = 0.001;

/** Rows at scale 1: those of the seed system's topology view, transformers and vegetation. */
export const rowsAtScaleOne = { connections: 153_592, transformers: 91_554, trees: 49_265 } as const;
const substationsAtScaleOne = 62;
const metresBetweenSubstations = 4400;

/** One substation and what it feeds. Numbers that begin with `first` are of the whole grid's, from 1. */
export interface AreaPlan {
  /** From 0. */
  readonly index: number;
  /** The substation, in metres from the city's middle. */
  readonly x: number;
  readonly y: number;
  readonly circuits: number;
  readonly poles: number;
  readonly transformers: number;
  /** Normally open switches between neighbouring circuits. */
  readonly ties: number;
  readonly connections: number;
  readonly trees: number;
  readonly firstPole: number;
  readonly firstTransformer: number;
  readonly firstConnection: number;
  readonly firstTree: number;
}

export interface GridPlan {
  readonly seed: number;
  readonly assets: number;
  readonly connections: number;
  readonly transformers: number;
  readonly trees: number;
  readonly areas: readonly AreaPlan[];
}

/**
 * How many of everything each substation gets, so that the totals are exact. An area's network is a tree (every asset but the
 * substation has one feeding connection) and its ties: `connections = circuits + poles + transformers + ties`.
 * Throws RangeError for a size that is out of range.
 */
export function planGrid(size: SampleSize): GridPlan {
  const { scale, seed } = checkSampleSize(size);
  const connections = Math.round(rowsAtScaleOne.connections * scale);
  const transformers = Math.round(rowsAtScaleOne.transformers * scale);
  const trees = Math.round(rowsAtScaleOne.trees * scale);
  const count = Math.max(1, Math.round(substationsAtScaleOne * scale));
  const random = Prng.stream(seed, streams.plan);
  const weights = Array.from({ length: count }, () => random.between(0.6, 1.4));
  const connectionsOf = apportion(connections, weights);
  const transformersOf = apportion(transformers, weights);
  const treesOf = apportion(trees, weights);

  const next = { pole: 1, transformer: 1, connection: 1, tree: 1 };
  const areas = Array.from({ length: count }, (_, index): AreaPlan => {
    const circuits = 4 + random.integer(4);
    const ties = circuits;
    const own = { connections: connectionsOf[index] ?? 0, transformers: transformersOf[index] ?? 0 };
    const poles = own.connections - own.transformers - circuits - ties;
    const area = {
      index,
      ...substationPlace(index, count, random),
      circuits,
      poles,
      ties,
      ...own,
      trees: treesOf[index] ?? 0,
      firstPole: next.pole,
      firstTransformer: next.transformer,
      firstConnection: next.connection,
      firstTree: next.tree,
    };
    next.pole += poles;
    next.transformer += area.transformers;
    next.connection += area.connections;
    next.tree += area.trees;
    return area;
  });
  const assets = areas.reduce((sum, area) => sum + 1 + area.circuits + area.poles + area.transformers, 0);
  return { seed, assets, connections, transformers, trees, areas };
}

/** The first number of each part's random stream, so that no two parts share one. */
export const streams = {
  plan: 1,
  network: 2,
  assets: 3,
  connections: 4,
  transformers: 5,
  vegetation: 6,
  benchmark: 7,
} as const;

/** Throws RangeError with a sentence for the person who chose the numbers. */
export function checkSampleSize(size: SampleSize): SampleSize {
  if (!(size.scale >= smallestScale && Number.isFinite(size.scale))) {
    throw new RangeError(`the sample data's scale must be a number of at least ${smallestScale}, not ${size.scale}`);
  }
  if (!Number.isSafeInteger(size.seed) || size.seed < 0) {
    throw new RangeError(
      `the sample data's seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${size.seed}`,
    );
  }
  return size;
}

/** Along a sunflower's spiral, which spreads any number of points evenly over a disc, somewhat denser towards its middle. */
function substationPlace(index: number, count: number, random: Prng): { x: number; y: number } {
  const goldenAngle = Math.PI * (3 - Math.sqrt(5));
  const share = (index + 0.5) / count;
  const radius = metresBetweenSubstations * 0.56 * Math.sqrt(count * share) * (0.85 + 0.15 * share);
  const angle = index * goldenAngle;
  const jitter = metresBetweenSubstations * 0.15;
  return {
    x: radius * Math.cos(angle) + random.between(-jitter, jitter),
    y: radius * Math.sin(angle) + random.between(-jitter, jitter),
  };
}
