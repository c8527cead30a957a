import type { ExitCode } from '../../sync-core/errors.ts';
import { demo, type DemoArguments, type DemoOutcome } from '../commands/demo.ts';
import type { CliRun } from './cli-run.ts';
import { formatDuration, formatRows } from '../protocol/figures.ts';
import { howToCall } from './how-to-call.ts';
import type { Style } from './style.ts';
import { printOutcome } from './sync-command.ts';
import { syncedTableDocument } from '../documents/sync-document.ts';

export async function runDemo(run: CliRun, options: DemoArguments): Promise<ExitCode> {
  const { context, output, reporter, self } = run;
  const outcome = await demo(context, options, (table) => {
    if (table.status === 'success') printOutcome(run, table);
  });
  reporter.close();
  if (output.json) output.document(demoDocument(outcome));
  else output.text(formatDemo(outcome, howToCall(self, context.workingDir), output.style));
  return 0;
}

function demoDocument({ tables, change, query, ms, kept }: DemoOutcome): unknown {
  return {
    status: 'success',
    tables: tables.map(syncedTableDocument),
    change: { ...change, sync: syncedTableDocument(change.sync) },
    query,
    seconds: ms / 1_000,
    ...(kept !== undefined && { kept }),
  };
}

function formatDemo({ tables, change, query, ms, kept }: DemoOutcome, snowmelt: string, style: Style): string {
  const rows = tables.reduce((sum, { rowsSynced }) => sum + rowsSynced, 0);
  return [
    '',
    style.bold('What happened'),
    `  ${tables.length} tables, ${formatRows(rows)}, went from a Snowflake stand-in through the real driver into an embedded PostGIS;`,
    '  each was compared with what Snowflake says it sent, and swapped in as a whole.',
    `  Then the source was changed (${formatRows(change.rows)}) and ${change.table} synced again:`,
    `    ${style.dim(change.statement)}`,
    `  The changes and their geometry arrived, as generation ${change.sync.generation}. Everything took ${formatDuration(ms)}.`,
    '',
    style.bold('What is near a transformer'),
    `    ${style.dim(query.sql)}`,
    `  found ${query.rows} in ${formatDuration(query.ms)}, by the index ${query.index}:`,
    ...query.plan.map((line) => `    ${style.dim(line)}`),
    '',
    ...(kept === undefined
      ? [
          style.bold('Look at it yourself'),
          '  Run the demo with --keep, and both parts stay for psql and for more syncs.',
        ]
      : [
          style.bold('Look at it yourself'),
          `  psql ${kept.url}`,
          `  ${snowmelt} status --config ${kept.config}`,
          `  ${snowmelt} sync --config ${kept.config}`,
          `  Stop everything with: ${snowmelt} local stop --data-dir ${kept.home}`,
        ]),
    '',
    style.bold('With your own Snowflake account'),
    '  1. Have a connection in ~/.snowflake/connections.toml (`snow connection add`).',
    `  2. ${snowmelt} init, and name your tables in snowmelt.json.`,
    `  3. ${snowmelt} plan, then ${snowmelt} sync.`,
  ].join('\n');
}
