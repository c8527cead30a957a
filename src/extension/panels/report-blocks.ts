import type { FailedTableDocument } from '../../worker/protocol/protocol.ts';
import type { ReportActionView, ReportBlock, ReportCell, ReportFact, ReportSection } from './report-view.ts';

/** A table that could not be looked at, and why. */
export function failedSection({ table, error }: FailedTableDocument, again: ReportActionView): ReportSection {
  const { message, remedy, causes, code } = error;
  const facts: ReportFact[] = [{ label: 'Code', value: code }];
  if (error.step !== undefined) facts.unshift({ label: 'Step', value: error.step });
  return {
    table,
    badge: { text: 'Failed', tone: 'bad' },
    blocks: [
      { kind: 'notice', tone: 'bad', message, remedy: remedy ?? null },
      ...(causes ?? []).map((cause): ReportBlock => ({
        kind: 'notice',
        tone: 'neutral',
        message: cause,
        remedy: null,
      })),
      { kind: 'facts', facts },
    ],
    actions: [again, openConfiguration, { action: 'showLog', label: 'Show Log' }],
  };
}

export const openConfiguration: ReportActionView = { action: 'openConfiguration', label: 'Open Configuration' };

export const text = (value: string, change?: ReportCell['change']): ReportCell => cell('text', value, change);
export const code = (value: string, change?: ReportCell['change']): ReportCell => cell('code', value, change);
export const muted = (value: string): ReportCell => cell('muted', value);

function cell(style: ReportCell['style'], value: string, change?: ReportCell['change']): ReportCell {
  return { text: value, style, ...(change !== undefined && { change }) };
}
