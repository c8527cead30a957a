import { formatAge, formatDuration } from '../../worker/protocol/figures.ts';
import type { ConnectionDocument, ErrorDocument, ProjectTarget } from '../../worker/protocol/protocol.ts';
import type { Subject } from '../commands/subject.ts';
import { firstSentence, formatDateTime, joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { ConnectionTest } from '../model/connection-tests.ts';
import type { TargetState } from '../model/target-state.ts';
import { contextValue } from './context-value.ts';
import { failureText } from './failure-node.ts';
import { commandLink, factTable, paragraphs, plain } from './markdown.ts';
import type { ItemContent, ItemIcon } from './tree-node.ts';

/** How a connection stands, in the word that its icon stands for. */
export type ConnectionCondition = 'untested' | 'testing' | 'connected' | 'failed' | 'stopped';

const icons: Readonly<Record<ConnectionCondition, ItemIcon>> = {
  untested: { id: 'circle-outline' },
  testing: { id: 'loading~spin' },
  connected: { id: 'pass', color: 'testing.iconPassed' },
  failed: { id: 'error', color: 'list.errorForeground' },
  stopped: { id: 'debug-disconnect', color: 'disabledForeground' },
};

/** What is known of a connection, from its latest test and from being looked at. */
export interface ConnectionState {
  readonly condition: ConnectionCondition;
  readonly error: ErrorDocument | undefined;
  readonly test: ConnectionTest | undefined;
}

/** Of Snowflake: a test says more than that it has answered about the tables, unless it has failed to since. */
export function sourceState(test: ConnectionTest | undefined, target: TargetState | undefined): ConnectionState {
  if (test?.state === 'testing') return { condition: 'testing', error: undefined, test };
  if (test?.state === 'failed') return { condition: 'failed', error: test.error, test };
  if (target?.sourceError !== undefined) return { condition: 'failed', error: target.sourceError, test: undefined };
  const answered = target?.tables.some(({ source }) => source?.status === 'success') === true;
  return { condition: test !== undefined || answered ? 'connected' : 'untested', error: undefined, test };
}

/** Of a target: whatever was seen last, be it by a test or by looking at its tables. */
export function targetConnectionState(
  test: ConnectionTest | undefined,
  target: TargetState | undefined,
): ConnectionState {
  if (test?.state === 'testing') return { condition: 'testing', error: undefined, test };
  const testedAt = test?.at ?? 0;
  const seenLater = (target?.seenAt ?? 0) >= testedAt;
  if (target?.state === 'stopped') return { condition: 'stopped', error: undefined, test };
  if (target?.state === 'failed') return { condition: 'failed', error: target.error, test };
  if (test?.state === 'failed' && !seenLater) return { condition: 'failed', error: test.error, test };
  const connected = test?.state === 'connected' || target?.state === 'ready';
  return { condition: connected ? 'connected' : 'untested', error: undefined, test };
}

/** Snowflake, as a configuration connects to it. */
export function sourceItem(
  source: { readonly description: string; readonly prompted: boolean },
  state: ConnectionState,
  subject: Subject,
  now: number,
): ItemContent {
  const document = documentOf(state);
  const session =
    document === undefined
      ? undefined
      : [document.role, document.warehouse !== null && `on ${document.warehouse}`].filter(Boolean).join(' ');
  return {
    label: 'Snowflake',
    description: joinFacts(source.description, session, statusText(state)),
    icon: icons[state.condition],
    contextValue: contextValue('source', source.prompted && 'prompted'),
    tooltip: tooltip(`Snowflake: ${source.description}`, state, subject, source.prompted, now),
    spoken: speak(`Snowflake connection ${source.description}`, state, session),
  };
}

/** A target of a configuration. */
export function targetItem(
  target: ProjectTarget,
  state: ConnectionState,
  options: { readonly subject: Subject; readonly chosen: boolean; readonly running: boolean; readonly now: number },
): ItemContent {
  const { subject, chosen, running, now } = options;
  const embedded = target.kind === 'embedded';
  const prompted = target.secrets.length > 0;
  const document = documentOf(state);
  const server = document === undefined ? undefined : serverText(document);
  const mark = chosen ? 'chosen' : undefined;
  return {
    label: target.name,
    description: joinFacts(
      target.description,
      server,
      embedded ? runningText(state, running) : statusText(state),
      mark,
    ),
    icon: icons[state.condition],
    contextValue: contextValue(
      'target',
      chosen && 'chosen',
      embedded ? 'embedded' : 'server',
      embedded && running && 'embeddedRunning',
      prompted && 'prompted',
    ),
    tooltip: tooltip(`${target.name}: ${target.description}`, state, subject, prompted, now),
    spoken: speak(`Target ${target.name}, ${target.description}`, state, joinFacts(server, mark).replace(' · ', ', ')),
  };
}

function documentOf({ test }: ConnectionState): ConnectionDocument | undefined {
  return test?.state === 'connected' ? test.document : undefined;
}

function serverText({ version, postgisVersion }: ConnectionDocument): string {
  return `PostgreSQL ${version}${postgisVersion === null ? ', without PostGIS' : `, PostGIS ${postgisVersion}`}`;
}

function statusText({ condition, error, test }: ConnectionState): string | undefined {
  if (condition === 'testing') return 'testing…';
  // What failed stands below, with what to do about it.
  if (error !== undefined) return 'failed';
  return test?.state === 'connected' ? formatDuration(test.document.ms) : undefined;
}

function runningText(state: ConnectionState, running: boolean): string | undefined {
  if (state.condition === 'stopped') return 'stopped';
  return statusText(state) ?? (running ? 'running' : undefined);
}

const conditions: Readonly<Record<ConnectionCondition, string>> = {
  untested: 'not tested yet',
  testing: 'being tested',
  connected: 'connected',
  failed: 'failed',
  stopped: 'stopped',
};

function speak(what: string, { condition, error }: ConnectionState, more: string | undefined): string {
  const facts = [what, conditions[condition], more].filter((fact) => fact !== undefined && fact !== '').join(', ');
  return error === undefined ? `${facts}.` : `${facts}: ${firstSentence(error.message)}`;
}

function tooltip(title: string, state: ConnectionState, subject: Subject, prompted: boolean, now: number): string {
  const { error, test, condition } = state;
  const document = documentOf(state);
  return paragraphs(
    `**${plain(title)}** · ${conditions[condition]}`,
    error !== undefined && failureText(error),
    document !== undefined && connectionFacts(document),
    (test?.state === 'connected' || test?.state === 'failed') &&
      `Tested ${plain(formatDateTime(test.at))}${now - test.at > 3_600_000 ? ` (${formatAge(now - test.at)})` : ''}`,
    joinFacts(
      condition === 'stopped' && commandLink('Start Local PostGIS', commands.startLocal, subject),
      condition !== 'stopped' && commandLink('Test Connection', commands.testConnection, subject),
      prompted && commandLink('Set Password…', commands.setPassword, subject),
      subject.kind === 'target' && commandLink('Copy Connection String', commands.copyConnectionString, subject),
      commandLink('Open Configuration', commands.openConfiguration, subject),
    ),
  );
}

function connectionFacts(document: ConnectionDocument): string {
  const { side, user, version, role, warehouse, database, ms } = document;
  const fact = (text: string | null): string | null => (text === null ? null : plain(text));
  return factTable(
    ['', ''],
    [
      ['Version', plain(side === 'source' ? `Snowflake ${version}` : serverText(document))],
      ['User', plain(user)],
      ['Role', fact(role)],
      ['Warehouse', fact(warehouse)],
      ['Database', fact(database)],
      ['Latency', formatDuration(ms)],
    ],
  );
}
