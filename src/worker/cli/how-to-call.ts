import { basename, isAbsolute, relative } from 'node:path';

/**
 * What a person types to call this program again from `workingDir`: `snowmelt` where it is installed, otherwise the runtime and the
 * script.
 */
export function howToCall(self: readonly [program: string, ...args: string[]], workingDir: string): string {
  const [program, ...args] = self;
  const script = args.at(-1) ?? '';
  if (/^snowmelt(?:\.cmd|\.exe)?$/.test(basename(script))) return 'snowmelt';
  const near = relative(workingDir, script);
  const shown = near.startsWith('..') || isAbsolute(near) ? script : near;
  return [basename(program).replace(/\.exe$/, ''), ...args.slice(0, -1), shown].join(' ');
}
