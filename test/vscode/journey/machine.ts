import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseConfig } from '../../../src/sync-core/config/parse-config.ts';
import { SnowflakeSession } from '../../../src/sync-core/snowflake/session.ts';

// What the driver has to say to whoever imports it is of no interest here.
process.env.SNOWFLAKE_DISABLE_MINICORE = '1';
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const run = promisify(execFile);

/** Somebody's machine: a home and an empty folder, below the temporary folder, where nothing of the project can be reached. */
export class Machine {
  readonly home: string;
  /** The folder that is opened. */
  readonly folder: string;
  readonly vsix: string;
  /** For the server and all that it starts. */
  readonly env: NodeJS.ProcessEnv;

  private constructor(home: string) {
    this.home = home;
    this.folder = join(home, 'grid-maps');
    this.vsix = join(home, 'snowmelt.vsix');
    this.env = { HOME: home, NODE_PATH: undefined };
  }

  static async create(): Promise<Machine> {
    const machine = new Machine(await mkdtemp(join(tmpdir(), 'snowmelt-journey-')));
    await mkdir(machine.folder);
    return machine;
  }

  /** Runs a statement at the Snowflake that the configuration in the folder names, as an administrator of the source would. */
  async changeSource(statement: string): Promise<void> {
    const { config, problems } = parseConfig(await readFile(join(this.folder, 'snowmelt.json'), 'utf8'));
    const source = config?.source as { accessUrl: string; account: string; user: string } | undefined;
    if (source === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
    const { accessUrl, account, user: username } = source;
    const password = (await this.snowmelt('local', 'status', '--password')).trim();
    const session = await SnowflakeSession.open({ accessUrl, account, username, password }, { queryTag: 'journey' });
    try {
      await session.execute(statement);
    } finally {
      await session.close();
    }
  }

  /** Runs the command that came with the installed extension. */
  async snowmelt(...args: string[]): Promise<string> {
    const extensions = join(this.home, 'extensions');
    const [installed] = (await readdir(extensions)).filter((name) => name.startsWith('snowmelt.'));
    if (installed === undefined) throw new Error(`Snowmelt is not installed in ${extensions}`);
    const program = join(extensions, installed, 'dist/snowmelt.mjs');
    return (await run(process.execPath, [program, ...args], { env: { ...process.env, ...this.env } })).stdout;
  }

  /** Stops what still runs on it, and removes it. */
  async remove(): Promise<void> {
    await this.snowmelt('local', 'stop').catch(() => undefined);
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}
