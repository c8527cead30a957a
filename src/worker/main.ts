#!/usr/bin/env node
import { writeSync } from 'node:fs';

// The driver would otherwise load a native library that it does not need, and look at this when it is imported.
process.env.SNOWFLAKE_DISABLE_MINICORE = '1';
// A part of the driver warns of Node 20's age, on stderr, where progress is.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const { claimStdio } = await import('./claim-stdio.ts');
const { runCli } = await import('./cli/run-cli.ts');
const { processHost, processIdentity } = await import('./host.ts');

/** Whoever reads the output has gone (`| head`): there is nobody to tell. */
function endUnheard(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  writeSync(2, `${error.message}\n`);
  process.exit(1);
}
for (const stream of [process.stdout, process.stderr]) stream.on('error', endUnheard);

const stdio = { isClaimed: false };

const [program, script = '', ...argv] = [process.execPath, ...process.argv.slice(1)];
const exitCode = await runCli(
  argv,
  {
    host: processHost(),
    identity: processIdentity('cli'),
    stdin: process.stdin,
    workingDir: process.cwd(),
    loadActions: async () => (await import('./cli/actions.ts')).actions,
    self: [program, ...process.execArgv, script],
    claimStdio: () => {
      stdio.isClaimed = true;
      for (const stream of [process.stdout, process.stderr]) stream.off('error', endUnheard);
      return claimStdio(process);
    },
  },
  process,
);
// Pipes may be written asynchronously. A protocol has seen to that itself, and its client may have ceased to read.
if (!stdio.isClaimed) {
  await new Promise<void>((resolve) => {
    process.stdout.write('', () => {
      resolve();
    });
  });
}
// The driver keeps sockets open that would hold the process for a while.
process.exit(exitCode);
