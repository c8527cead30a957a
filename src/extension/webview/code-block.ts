import { editor } from './editor-api.ts';
import { button, element } from './element.ts';
import { sqlTokens } from './sql-tokens.ts';

/** Above this many characters, colours would take longer than they help. */
const mostColoured = 20_000;

/** A statement with its buttons. @param title what it is called in the editor that it can be opened in. */
export function codeBlock(title: string, text: string): HTMLElement {
  const code = element('code');
  if (text.length > mostColoured) code.textContent = text;
  else {
    code.append(
      ...sqlTokens(text).map((token) =>
        token.kind === 'plain' ? token.text : element('span', { class: `sql-${token.kind}` }, token.text),
      ),
    );
  }
  return element(
    'div',
    { class: 'code' },
    element('pre', { tabindex: 0, role: 'region', 'aria-label': title }, code),
    element(
      'div',
      { class: 'code-actions' },
      copyButton('Copy', text, title),
      button(
        'Open in Editor',
        () => {
          editor.postMessage({ type: 'open-sql', title, text });
        },
        { class: 'secondary', 'aria-label': `Open in editor: ${title}` },
      ),
    ),
  );
}

/** Says for a moment that it has copied. */
export function copyButton(label: string, text: string, what: string): HTMLButtonElement {
  const made = button(
    label,
    () => {
      editor.postMessage({ type: 'copy', text });
      made.textContent = 'Copied';
      setTimeout(() => {
        made.textContent = label;
      }, 1_500);
    },
    { class: 'secondary', 'aria-label': `Copy: ${what}` },
  );
  return made;
}
