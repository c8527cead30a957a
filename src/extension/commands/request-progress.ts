import * as vscode from 'vscode';
import { newOperation } from '../process/operation.ts';
import type { WorkerClient } from '../process/worker-client.ts';

/** What a request that a person waits for is made with. */
export interface PersonRequest {
  readonly operation: string;
  readonly token: vscode.CancellationToken;
  readonly progress: vscode.Progress<{ readonly message?: string; readonly increment?: number }>;
}

/** Shows a notification that can be cancelled while a person waits, with what the worker says meanwhile. */
export async function withProgress<T>(
  worker: Pick<WorkerClient, 'onNotice'>,
  title: string,
  work: (request: PersonRequest) => Promise<T>,
): Promise<T> {
  const operation = newOperation('person');
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
    const notices = worker.onNotice((notice) => {
      if (notice.operation === operation && notice.level === 'progress') progress.report({ message: notice.message });
    });
    try {
      return await work({ operation, token, progress });
    } finally {
      notices.dispose();
    }
  });
}
