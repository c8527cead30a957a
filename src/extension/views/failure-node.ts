import type { ErrorDocument } from '../../worker/protocol/protocol.ts';
import type { Subject } from '../commands/subject.ts';
import { firstSentence } from '../format.ts';
import { commands } from '../ids.ts';
import { commandLink, paragraphs, plain } from './markdown.ts';
import type { ItemAction, TreeNode } from './tree-node.ts';

/** What decides what a person can do about a failure. */
export interface FailureContext {
  readonly subject: Subject;
  /** A password or token of this connection is kept by the editor. */
  readonly prompted: boolean;
  /** The connection is to an embedded PostGIS. */
  readonly embedded: boolean;
}

/** A failure in the place of what could not be read: one sentence, and one thing to do about it. */
export function failureNode(id: string, error: ErrorDocument, context: FailureContext): TreeNode {
  const action = remedyAction(error, context);
  const sentence = firstSentence(error.message);
  return {
    id,
    subject: context.subject,
    item: {
      label: sentence,
      description: action.title,
      tooltip: failureTooltip(error, context),
      icon: { id: 'error', color: 'list.errorForeground' },
      action,
      spoken: `${sentence} ${action.title}`,
    },
  };
}

type Remedy = 'secret' | 'configuration' | 'server' | 'log';

/** What is the most likely to help; for every other code to try again. */
const remedies: Readonly<Partial<Record<ErrorDocument['code'], Remedy>>> = {
  'snowflake.auth': 'secret',
  'postgres.auth': 'secret',
  'secret.unavailable': 'secret',
  'config.invalid': 'configuration',
  'config.notFound': 'configuration',
  'connection.invalid': 'configuration',
  'postgres.tls': 'configuration',
  usage: 'configuration',
  'local.failed': 'server',
  'postgres.connect': 'server',
  internal: 'log',
};

/** The one thing to do about an error. */
export function remedyAction({ code }: ErrorDocument, { subject, prompted, embedded }: FailureContext): ItemAction {
  const remedy = remedies[code];
  if (remedy === 'log') return { kind: 'command', title: 'Show Log', command: commands.showLog };
  if (remedy === 'secret' && prompted) {
    return { kind: 'command', title: 'Set Password…', command: commands.setPassword, subject };
  }
  if (remedy === 'secret' || remedy === 'configuration') {
    return { kind: 'command', title: 'Open Configuration', command: commands.openConfiguration, subject };
  }
  if (remedy === 'server' && embedded) {
    return { kind: 'command', title: 'Start Local PostGIS', command: commands.startLocal, subject };
  }
  return { kind: 'command', title: 'Retry', command: commands.refresh, subject };
}

/** The whole of an error, as Markdown. */
export function failureText({ message, remedy, causes = [] }: ErrorDocument): string {
  return paragraphs(
    `$(error) ${plain(message)}`,
    ...causes.map((cause) => plain(cause)),
    remedy !== undefined && `**What to do:** ${plain(remedy)}`,
  );
}

function failureTooltip(error: ErrorDocument, context: FailureContext): string {
  const action = remedyAction(error, context);
  const links = [
    ...(action.kind === 'command' ? [commandLink(action.title, action.command, action.subject)] : []),
    ...(error.code === 'internal' ? [] : [commandLink('Show Log', commands.showLog)]),
  ];
  return paragraphs(failureText(error), links.join(' · '));
}
