import { readFile, stat } from 'node:fs/promises';
import type { FileAccess, FileStatus } from './host-access.ts';

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** The machine's own files. `userId` is the id of the running user (`process.getuid()`), undefined on Windows. */
export function nodeFileAccess(userId: number | undefined): FileAccess {
  return {
    async status(path): Promise<FileStatus | undefined> {
      try {
        const found = await stat(path);
        return {
          kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other',
          mode: userId === undefined ? undefined : found.mode & 0o777,
          ownedByUser: userId === undefined || found.uid === userId,
          ownedByRoot: userId !== undefined && found.uid === 0,
        };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    read: (path) => readFile(path, 'utf8'),
  };
}
