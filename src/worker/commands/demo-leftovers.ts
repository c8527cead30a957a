import { localStatus } from '../../local/local-environment.ts';

/** Ends what would be left of a demo whose process ends before it could clean up. */
export interface Leftovers {
  /** Takes note of the processes that run now. */
  watch(): Promise<void>;
  /** From here on they are left alone. */
  release(): void;
}

/**
 * A second Ctrl-C ends the process at once. The local parts are processes of their own and would stay; they are told to end
 * when this process does.
 */
export function killLeftovers(home: string): Leftovers {
  const processes = new Set<number>();
  const kill = (): void => {
    for (const pid of processes) {
      try {
        process.kill(pid, 'SIGTERM');
      } catch {
        // It has ended already.
      }
    }
  };
  process.once('exit', kill);
  return {
    watch: async () => {
      const { postgres, snowflake, snowflakeEngine } = await localStatus(home);
      for (const part of [postgres, snowflake, snowflakeEngine]) {
        if (part.state !== 'stopped') processes.add(part.pid);
      }
    },
    release: () => {
      process.off('exit', kill);
    },
  };
}
