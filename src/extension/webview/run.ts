import type { PanelUpdate } from '../panels/messages.ts';
import { converse } from './editor-api.ts';
import { element } from './element.ts';
import { failureBox } from './failure-box.ts';
import { RunPage } from './run-page.ts';

/** The script of the run panel. */
const main = document.querySelector('main') ?? document.body.appendChild(element('main'));
let page: RunPage | undefined;

converse((update: PanelUpdate) => {
  switch (update.type) {
    case 'run':
      page ??= new RunPage(main);
      page.show(update);
      break;
    case 'failure':
      page = undefined;
      main.replaceChildren(failureBox(update));
      break;
    case 'report':
      break;
  }
});
