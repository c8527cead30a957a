/**
 * What a tree item is, for the `when` clauses of package.json: flags with spaces between them, each looked for by
 * `viewItem =~ /\bflag\b/`. test/unit/extension-manifest.test.ts holds package.json to this list.
 */
export const contextFlags = [
  /** A table of a target. */
  'table',
  /** …that a run of this window is at work on. */
  'running',
  /** …whose source has changed, or that is too old. */
  'stale',
  /** …that can be rolled back. */
  'hasGenerations',
  /** …beside which an abandoned run has left something. */
  'leftBehind',
  /** An earlier generation of a table. */
  'generation',
  /** A target of a configuration. */
  'target',
  /** …that is the one that the views show. */
  'chosen',
  /** …that is an embedded PostGIS. */
  'embedded',
  /** …which runs. */
  'embeddedRunning',
  /** …that is a server. */
  'server',
  /** Snowflake, as a configuration connects to it. */
  'source',
  /** A target or source with a secret that is asked for. */
  'prompted',
  /** A run of the ledger. */
  'run',
  /** …that has failed, was cancelled or was abandoned. */
  'unsuccessful',
  /** …that can be started anew: a sync. */
  'rerunnable',
  /** A run that this window has started and that is under way. */
  'liveRun',
  /** A configuration. */
  'project',
] as const;

export type ContextFlag = (typeof contextFlags)[number];

/** The `contextValue` of a tree item. */
export function contextValue(...flags: readonly (ContextFlag | false | undefined)[]): string {
  return flags.filter((flag) => flag !== false && flag !== undefined).join(' ');
}
