import { CancellationTokenSource, type MessageConnection } from 'vscode-jsonrpc/node';
import { throwIfAborted } from '../../sync-core/abort.ts';
import type { SecretAccess } from '../../sync-core/config/resolve-secret.ts';
import { SyncError } from '../../sync-core/errors.ts';
import { SecretResult } from './params-validator.generated.mjs';
import type { SecretParams } from '../protocol/protocol.ts';

/** What of a request a secret is needed for. */
export interface SecretNeed {
  /** The configuration that asks for it. */
  readonly config: string;
  readonly operation: string | null;
}

/**
 * Asks the client for secrets. What it answers is returned and kept nowhere.
 *
 * @param canAnswer whether the client has said that it answers `secret/get`.
 */
export function clientPrompt(
  connection: MessageConnection,
  canAnswer: boolean,
  { config, operation }: SecretNeed,
): NonNullable<SecretAccess['prompt']> {
  return async (subject, signal) => {
    throwIfAborted(signal);
    if (!canAnswer) {
      throw new SyncError('secret.unavailable', `There is nobody to ask for ${subject.label}.`, {
        remedy:
          'Use a client that answers "secret/get", or take it from {"env": "NAME"} or {"command": […]} in snowmelt.json.',
      });
    }
    const cancellation = new CancellationTokenSource();
    const params: SecretParams = { id: subject.id, label: subject.label, config, operation };
    let stop = (): void => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      stop = () => {
        cancellation.cancel();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', stop, { once: true });
    });
    try {
      const answer: unknown = await Promise.race([
        connection.sendRequest<unknown>('secret/get', params, cancellation.token),
        aborted,
      ]);
      if (SecretResult(answer)) return answer.secret ?? undefined;
    } catch (error) {
      throwIfAborted(signal);
      throw new SyncError('secret.unavailable', `The client could not ask for ${subject.label}.`, {
        cause: error,
        remedy: 'The log of the client may say why.',
      });
    } finally {
      signal?.removeEventListener('abort', stop);
      cancellation.dispose();
    }
    throw new SyncError('secret.unavailable', `The client's answer to "secret/get" for ${subject.label} is none.`, {
      remedy: 'This is a fault of the client: the answer must be {"secret": TEXT} or {"secret": null}.',
    });
  };
}
