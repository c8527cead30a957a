import type { PanelMessage, PanelUpdate } from '../panels/messages.ts';

interface EditorApi {
  postMessage(message: PanelMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): EditorApi;

/** It can be acquired only once. */
export const editor = acquireVsCodeApi();

/** Listens to the extension, then says that it does. */
export function converse(receive: (update: PanelUpdate) => void): void {
  window.addEventListener('message', ({ data }: MessageEvent<PanelUpdate>) => {
    receive(data);
  });
  editor.postMessage({ type: 'ready' });
}
