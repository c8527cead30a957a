import { SyncError } from '../errors.ts';
import type { SecretReference } from './resolved.ts';
import type { SecretSubject } from './secret-subject.ts';

/** What a command that prints a secret ended with. */
export interface SecretCommandResult {
  /** Null where it was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
}

/** The ways in which secrets are obtained; the library has none of its own. */
export interface SecretAccess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Runs a program without a shell and without an input. Rejects where it cannot be started, with an AbortError where
   * `signal` fired; whatever it prints to stderr is thrown away.
   */
  readonly runCommand: (
    command: readonly [program: string, ...args: string[]],
    options: { readonly signal: AbortSignal },
  ) => Promise<SecretCommandResult>;
  /** Asks a person, who may decline: undefined. Undefined as a whole where there is nobody to ask. */
  readonly prompt:
    ((subject: SecretSubject, signal: AbortSignal | undefined) => Promise<string | undefined>) | undefined;
  /** Cancels what is waited for. */
  readonly signal?: AbortSignal | undefined;
  /** How long a command may take, in ms; by default 60 s, since it may itself ask for a finger or a PIN. */
  readonly commandTimeoutMs?: number | undefined;
}

const defaultCommandTimeoutMs = 60_000;

/**
 * Obtains a secret. One newline at the end of what a command prints is cut off, for that is how programs end their output;
 * everything else stays.
 *
 * @param subject what the secret is, for whoever is asked and for messages.
 * @throws SyncError `secret.unavailable`, which names the variable or the program but never shows a value or an output;
 *   `cancelled` where the signal fired.
 */
export async function resolveSecret(
  reference: SecretReference,
  access: SecretAccess,
  subject: SecretSubject,
): Promise<string> {
  if ('env' in reference) return fromEnvironment(reference.env, access, subject);
  if ('command' in reference) return fromCommand(reference.command, access, subject);
  return fromPrompt(access, subject);
}

function fromEnvironment(name: string, access: SecretAccess, { label }: SecretSubject): string {
  const value = access.env[name];
  if (value !== undefined && value !== '') return value;
  const state = value === undefined ? 'is not set' : 'is empty';
  throw new SyncError('secret.unavailable', `The environment variable ${name}, for ${label}, ${state}.`, {
    remedy: `Set ${name}, or change where the secret comes from in snowmelt.json.`,
  });
}

async function fromCommand(
  command: readonly [program: string, ...args: string[]],
  access: SecretAccess,
  { label }: SecretSubject,
): Promise<string> {
  const [program] = command;
  const timeoutMs = access.commandTimeoutMs ?? defaultCommandTimeoutMs;
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort();
  }, timeoutMs);
  const signal = access.signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, access.signal]);
  const fail = (what: string): SyncError<'secret.unavailable'> =>
    new SyncError('secret.unavailable', `The command ${JSON.stringify(program)}, for ${label}, ${what}.`, {
      remedy: `Run it by hand to see what it says: its output is never shown here.`,
    });
  try {
    access.signal?.throwIfAborted();
    const { exitCode, stdout } = await access.runCommand(command, { signal });
    if (exitCode !== 0) throw fail(exitCode === null ? 'was killed' : `failed with exit code ${exitCode}`);
    const secret = stdout.replace(/\r?\n$/, '');
    if (secret === '') throw fail('printed nothing');
    return secret;
  } catch (error) {
    if (error instanceof SyncError) throw error;
    if (access.signal?.aborted === true) throw cancelled(error);
    if (timeout.signal.aborted) throw fail(`did not end within ${timeoutMs / 1000} s`);
    throw fail(`could not be started (${systemCode(error)})`);
  } finally {
    clearTimeout(timer);
  }
}

async function fromPrompt(access: SecretAccess, subject: SecretSubject): Promise<string> {
  if (access.prompt === undefined) {
    throw new SyncError('secret.unavailable', `There is nobody to ask for ${subject.label}: this is not a terminal.`, {
      remedy: 'Take it from {"env": "NAME"} or {"command": […]} in snowmelt.json where nobody sits in front of it.',
    });
  }
  try {
    access.signal?.throwIfAborted();
    const secret = await access.prompt(subject, access.signal);
    if (secret !== undefined && secret !== '') return secret;
  } catch (error) {
    if (access.signal?.aborted === true) throw cancelled(error);
    throw error;
  }
  throw new SyncError('secret.unavailable', `Nothing was entered for ${subject.label}.`, {
    remedy: 'Run it again and enter it.',
  });
}

function cancelled(cause: unknown): SyncError<'cancelled'> {
  return new SyncError('cancelled', 'Cancelled.', { cause });
}

/** The system's name for what went wrong; its message is not shown, for it may contain the command's arguments. */
function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason';
}
