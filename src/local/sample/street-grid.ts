import type { Place } from './ground.ts';

/** A crossing of two streets. */
export interface Corner {
  readonly i: number;
  readonly j: number;
}

/** One of the four ways out of a corner. */
export interface Heading {
  readonly i: -1 | 0 | 1;
  readonly j: -1 | 0 | 1;
}

const metresPerSpan = 46;
const reach = 1 << 14;

/** Streets at right angles around a substation, a span of wire apart, turned against north, and which corners have a pole. */
export class StreetGrid {
  readonly #origin: Place;
  readonly #cos: number;
  readonly #sin: number;
  readonly #occupied = new Set<number>();

  constructor(origin: Place, angle: number) {
    this.#origin = origin;
    this.#cos = Math.cos(angle);
    this.#sin = Math.sin(angle);
  }

  placeOf({ i, j }: Corner): Place {
    const { x, y } = this.#origin;
    return {
      x: x + metresPerSpan * (i * this.#cos - j * this.#sin),
      y: y + metresPerSpan * (i * this.#sin + j * this.#cos),
    };
  }

  cornerNear(place: Place): Corner {
    const { i, j } = this.#turned({ x: place.x - this.#origin.x, y: place.y - this.#origin.y });
    return { i: Math.round(i / metresPerSpan), j: Math.round(j / metresPerSpan) };
  }

  /** The street that runs most in a direction. */
  headingTowards(direction: Place): Heading {
    return steer(this.#turned(direction));
  }

  /** The street that leads from a corner back to the line which leaves the origin in a direction, and outwards along it. */
  headingAlong(direction: Place, corner: Corner): Heading {
    const { i, j } = this.#turned(direction);
    const out = Math.max(1, Math.abs(corner.i * i + corner.j * j)) + 3;
    return steer({ i: i * out - corner.i, j: j * out - corner.j });
  }

  step(corner: Corner, heading: Heading): Corner {
    return { i: corner.i + heading.i, j: corner.j + heading.j };
  }

  /** Left and right. */
  sidesOf(heading: Heading): [Heading, Heading] {
    return heading.i === 0
      ? [
          { i: 1, j: 0 },
          { i: -1, j: 0 },
        ]
      : [
          { i: 0, j: 1 },
          { i: 0, j: -1 },
        ];
  }

  occupy(corner: Corner): void {
    this.#occupied.add(key(corner));
  }

  isOccupied(corner: Corner): boolean {
    return this.#occupied.has(key(corner));
  }

  /** Whether a line that comes to the corner along a heading would touch another one, at its side or ahead. */
  hasNeighbours(corner: Corner, heading: Heading): boolean {
    return (
      this.isOccupied(this.step(corner, heading)) ||
      this.sidesOf(heading).some((side) => this.isOccupied(this.step(corner, side)))
    );
  }

  #turned({ x, y }: Place): { i: number; j: number } {
    return { i: x * this.#cos + y * this.#sin, j: y * this.#cos - x * this.#sin };
  }
}

function steer({ i, j }: { i: number; j: number }): Heading {
  return Math.abs(i) >= Math.abs(j) ? { i: i < 0 ? -1 : 1, j: 0 } : { i: 0, j: j < 0 ? -1 : 1 };
}

function key({ i, j }: Corner): number {
  return (i + reach) * 2 * reach + j + reach;
}
