import type { ErrorDocument } from '../../worker/protocol/protocol.ts';
import { formatBytes, formatCount, formatRows } from '../../worker/protocol/figures.ts';
import type { ErrorView, FactView, HolderView, RunActionView } from './run-view.ts';

/** An error with what a person can do about it. */
export function errorView(error: ErrorDocument, options: { readonly canForce: boolean }): ErrorView {
  return {
    code: error.code,
    message: error.message,
    remedy: error.remedy ?? null,
    facts: errorFacts(error),
    holders: holdersOf(error),
    causes: error.causes ?? [],
    actions: errorActions(error, options.canForce),
  };
}

function errorActions({ code }: ErrorDocument, canForce: boolean): RunActionView[] {
  const actions: RunActionView[] = [{ action: 'rerun', label: 'Retry' }];
  if (canForce && code.startsWith('guard.')) actions.push({ action: 'force', label: 'Sync Anyway…' });
  if (code === 'secret.unavailable' || code.endsWith('.auth')) {
    actions.push({ action: 'setPassword', label: 'Set Password…' });
  }
  if (code.endsWith('.connect') || code.endsWith('.tls') || code === 'postgres.connectionLost') {
    actions.push({ action: 'testConnection', label: 'Test Connection' });
  }
  if (isSettled(code)) actions.push({ action: 'openConfiguration', label: 'Open Configuration' });
  actions.push({ action: 'showLog', label: 'Show Log' });
  return actions;
}

/** Whether a setting of the configuration can be what is wrong, or what helps. */
function isSettled(code: ErrorDocument['code']): boolean {
  if (/^(config|connection|secret|source|target|value|guard|incremental)\./.test(code)) return true;
  return /\.(connect|auth|tls|objectMissing)$/.test(code) || code === 'swap.lockTimeout';
}

function errorFacts(error: ErrorDocument): FactView[] {
  const facts: FactView[] = [];
  const { details } = error;
  if (error.step !== undefined) facts.push({ label: 'Step', value: error.step });
  if (isRecord(details)) {
    const count = (label: string, name: string, format: (value: number) => string): void => {
      const value = details[name];
      if (typeof value === 'number') facts.push({ label, value: format(value) });
    };
    const text = (label: string, name: string): void => {
      const value = details[name];
      if (typeof value === 'string') facts.push({ label, value });
    };
    count('Source', 'sourceRows', formatRows);
    count('Live table', 'liveRows', formatRows);
    count('Allowed to shrink by', 'maxShrink', (share) => `${formatCount(share * 100)}%`);
    count('Snowflake sent', 'expectedRows', formatRows);
    count('Snowflake sent', 'expectedBytes', formatBytes);
    count('Arrived', 'arrivedRows', formatRows);
    count('Arrived', 'arrivedBytes', formatBytes);
    text('Column', 'column');
    text('Row', 'key');
    text('Held by', 'holder');
    text('Since', 'since');
    count('Attempts', 'attempts', formatCount);
  }
  facts.push({ label: 'Code', value: error.code });
  return facts;
}

function holdersOf({ code, details }: ErrorDocument): readonly HolderView[] {
  if (code !== 'swap.lockTimeout' || !isRecord(details) || !Array.isArray(details.holders)) return [];
  return (details.holders as readonly (Omit<HolderView, 'application'> & { readonly applicationName: string })[]).map(
    holderView,
  );
}

/** A session that is in the way, as the worker reports it. */
export function holderView(holder: Omit<HolderView, 'application'> & { readonly applicationName: string }): HolderView {
  const { pid, user, applicationName, query, ageMs } = holder;
  return { pid, user, application: applicationName, query, ageMs };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
