import type { FileStatus, HostAccess } from '../../src/sync-core/config/host-access.ts';

/** A file of a machine that there is not. */
export interface FakeFile {
  readonly text: string;
  readonly mode?: number;
  readonly ownedByUser?: boolean;
  readonly ownedByRoot?: boolean;
  readonly kind?: FileStatus['kind'];
}

export interface FakeHostOptions {
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string | FakeFile>;
  readonly platform?: NodeJS.Platform;
  readonly homeDir?: string;
  readonly userName?: string;
}

/** A machine with just these variables and files; files belong to the user and are private unless they say otherwise. */
export function fakeHost(options: FakeHostOptions = {}): HostAccess & { readonly reads: string[] } {
  const reads: string[] = [];
  const fileAt = (path: string): FakeFile | undefined => {
    const file = options.files?.[path];
    return typeof file === 'string' ? { text: file } : file;
  };
  return {
    reads,
    env: options.env ?? {},
    platform: options.platform ?? 'linux',
    homeDir: options.homeDir ?? '/home/ann',
    userName: options.userName ?? 'ann',
    files: {
      status(path) {
        const file = fileAt(path);
        return Promise.resolve(
          file && {
            kind: file.kind ?? 'file',
            mode: options.platform === 'win32' ? undefined : (file.mode ?? 0o600),
            ownedByUser: file.ownedByUser ?? true,
            ownedByRoot: file.ownedByRoot ?? false,
          },
        );
      },
      read(path) {
        reads.push(path);
        const file = fileAt(path);
        if (file !== undefined) return Promise.resolve(file.text);
        return Promise.reject(Object.assign(new Error(`ENOENT: no such file ${path}`), { code: 'ENOENT' }));
      },
    },
  };
}
