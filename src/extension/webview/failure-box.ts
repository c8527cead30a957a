import type { FailureUpdate } from '../panels/messages.ts';
import { element } from './element.ts';
import { icon } from './icons.ts';

/** In the place of everything else: why there is nothing to see. */
export function failureBox({ message, remedy }: FailureUpdate): HTMLElement {
  return element(
    'section',
    { class: 'box bad', role: 'alert' },
    element('h1', {}, icon('failed'), 'Nothing to show'),
    element('p', {}, message),
    remedy !== null && element('p', { class: 'remedy' }, remedy),
  );
}
