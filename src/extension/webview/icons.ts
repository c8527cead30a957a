import { svgElement } from './element.ts';

/** Paths on a field of 16 by 16, stroked with the colour of the text around them. */
const paths = {
  pending: ['M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z'],
  running: ['M8 2.5a5.5 5.5 0 0 1 5.5 5.5'],
  done: ['M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z', 'M5.5 8.2l1.8 1.8l3.3-3.8'],
  failed: ['M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z', 'M6 6l4 4', 'M10 6l-4 4'],
  cancelled: ['M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z', 'M4.2 4.2l7.6 7.6'],
  unreached: ['M5 8h6'],
  warning: ['M8 2.5l6 11h-12z', 'M8 6.5v3.5', 'M8 11.8v.2'],
} as const;

export type IconName = keyof typeof paths;

/** A picture that says nothing which the text beside it does not say. */
export function icon(name: IconName): SVGElement {
  return svgElement(
    'svg',
    {
      class: `icon icon-${name}`,
      viewBox: '0 0 16 16',
      width: 16,
      height: 16,
      'aria-hidden': 'true',
      focusable: 'false',
    },
    ...paths[name].map((path) => svgElement('path', { d: path })),
  );
}
