import type { PanelUpdate } from '../panels/messages.ts';
import { converse } from './editor-api.ts';
import { element } from './element.ts';
import { ReportPage } from './report-page.ts';

/** The script of a report. */
const main = document.querySelector('main') ?? document.body.appendChild(element('main'));
const page = new ReportPage(main);

converse((update: PanelUpdate) => {
  if (update.type === 'report') page.show(update);
});
