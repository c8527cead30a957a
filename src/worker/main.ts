#!/usr/bin/env node
import { writeSync } from 'node:fs';

// The driver would otherwise load a native library that it does not need, and look at this when it is imported.
process.env.SNOWFLAKE_DISABLE_MINICORE = '1';
// A part of the driver warns of Node 20's age, on stderr, where progress is.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const { runCli } = await import('./cli/run-cli.ts');
const { processHost, processIdentity } = await import('./host.ts');

/** Whoever reads the output has gone (`| head`): there is nobody to tell. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    writeSync(2, `${error.message}\n`);
    process.exit(1);
  });
}

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
  },
  process,
);
// The driver keeps sockets open that would hold the process for a while. Pipes on Windows are written asynchronously.
await new Promise<void>((resolve) => {
  process.stdout.write('', () => {
    resolve();
  });
});
process.exit(exitCode);
