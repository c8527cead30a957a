/** Which secret of a configuration is meant. */
export interface SecretSubject {
  /** Stable within the configuration: `target/cloud/password`, `source/password`. */
  readonly id: string;
  /** For people, in the middle of a sentence: `the password of target "cloud"`. */
  readonly label: string;
}

export function targetPassword(target: string): SecretSubject {
  return { id: `target/${target}/password`, label: `the password of target ${JSON.stringify(target)}` };
}

/** @param option the name of the secret in the file: `password`, `token`, … */
export function sourceSecret(option: string): SecretSubject {
  return { id: `source/${option}`, label: `${option} of the Snowflake source` };
}
