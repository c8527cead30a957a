/** Names that package.json has too; test/unit/extension-manifest.test.ts holds both to each other. */

export const commands = {
  syncTable: 'snowmelt.syncTable',
  syncAll: 'snowmelt.syncAll',
  syncChanged: 'snowmelt.syncChanged',
  verify: 'snowmelt.verify',
  plan: 'snowmelt.plan',
  rollBack: 'snowmelt.rollBack',
  cancel: 'snowmelt.cancel',
  configureRoleTimeouts: 'snowmelt.configureRoleTimeouts',
  startLocal: 'snowmelt.startLocal',
  stopLocal: 'snowmelt.stopLocal',
  testConnection: 'snowmelt.testConnection',
  setPassword: 'snowmelt.setPassword',
  openConfiguration: 'snowmelt.openConfiguration',
  createConfiguration: 'snowmelt.createConfiguration',
  createSample: 'snowmelt.createSample',
  copyConnectionString: 'snowmelt.copyConnectionString',
  openPsql: 'snowmelt.openPsql',
  showLog: 'snowmelt.showLog',
  openWalkthrough: 'snowmelt.openWalkthrough',
  refresh: 'snowmelt.refresh',
  countExactly: 'snowmelt.countExactly',
  chooseTarget: 'snowmelt.chooseTarget',
  openRun: 'snowmelt.openRun',
  rerun: 'snowmelt.rerun',
  loadMoreRuns: 'snowmelt.loadMoreRuns',
  clean: 'snowmelt.clean',
  runMapQuery: 'snowmelt.runMapQuery',
} as const;

export type CommandId = (typeof commands)[keyof typeof commands];

export const views = {
  container: 'snowmelt',
  cacheTables: 'snowmelt.cacheTables',
  runs: 'snowmelt.runs',
  connections: 'snowmelt.connections',
} as const;

/** Keys of `when` clauses. */
export const contextKeys = {
  /** A configuration is in the workspace, whatever is wrong with it. */
  hasConfigurationFile: 'snowmelt.hasConfigurationFile',
  /** A readable configuration is in the workspace. */
  hasConfiguration: 'snowmelt.hasConfiguration',
  /** The configurations have been looked for. */
  isReady: 'snowmelt.isReady',
  /** At least one run that this window has started is under way. */
  isRunning: 'snowmelt.isRunning',
  /** The embedded PostGIS runs, as far as is known. */
  localRunning: 'snowmelt.localRunning',
  /** Some target of the workspace is embedded. */
  hasEmbeddedTarget: 'snowmelt.hasEmbeddedTarget',
  /** A configuration names a role for `timeouts`. */
  hasRole: 'snowmelt.hasRole',
  /** A configuration has a secret that is asked for. */
  hasPromptedSecret: 'snowmelt.hasPromptedSecret',
} as const;

/** Settings, below `snowmelt.`. */
export const settings = {
  /** Hours after which a table that was not synced again counts as stale; 0: never. */
  staleAfterHours: 'staleAfterHours',
  /** Whether Snowflake is asked, when the views are looked at, how the sources stand. */
  askSnowflake: 'askSnowflake',
  /** `never`, `onError`, `always`: when the run panel opens by itself. */
  openRunPanel: 'openRunPanel',
  /** The folder of the embedded parts. */
  dataDir: 'dataDir',
  /** The level of `Verify`. */
  verifyLevel: 'verifyLevel',
} as const;
