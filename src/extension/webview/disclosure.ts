import { element, type Child } from './element.ts';
import type { PanelMemory } from './panel-memory.ts';

/** A part that can be folded, and that stays as the person left it. The heading is in the outline of the page. */
export function disclosure(
  memory: PanelMemory,
  part: { readonly name: string; readonly title: string; readonly open: boolean; readonly level: 2 | 3 },
  ...children: readonly Child[]
): { readonly root: HTMLDetailsElement; readonly title: HTMLElement } {
  const title = element(part.level === 2 ? 'h2' : 'h3', {}, part.title);
  const root = element('details', { class: 'fold' }, element('summary', {}, title), ...children);
  root.open = memory.isOpen(part.name) ?? part.open;
  root.addEventListener('toggle', () => {
    memory.setOpen(part.name, root.open);
  });
  return { root, title };
}
