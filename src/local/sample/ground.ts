/** A place in metres east and north of the middle of the sample's city. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Houston, Texas. */
const middle = { latitude: 29.7604, longitude: -95.3698 };
const metresPerDegree = 111_320;
/** That times the cosine of the latitude, as a constant: the last digit of a cosine depends on who computes it. */
const metresPerDegreeEast = 96_637;

export function longitudeOf(x: number): number {
  return middle.longitude + x / metresPerDegreeEast;
}

export function latitudeOf(y: number): number {
  return middle.latitude + y / metresPerDegree;
}

/** To 7 decimals, about 1 cm: what a field survey records. */
export function surveyed(degrees: number): number {
  return Math.round(degrees * 1e7) / 1e7;
}
