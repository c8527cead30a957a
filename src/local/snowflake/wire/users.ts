/** Someone who may log in to the stand-in, with every credential that is registered for them. */
export interface StandInUser {
  /** Compared without regard to case, as Snowflake does with log-in names. */
  readonly name: string;
  readonly password?: string;
  /** Where given, a password log-in needs this passcode as well (USERNAME_PASSWORD_MFA). */
  readonly passcode?: string;
  /** PEM texts of the public keys registered for key-pair log-in: RSA_PUBLIC_KEY and RSA_PUBLIC_KEY_2. */
  readonly publicKeys?: readonly string[];
  readonly programmaticAccessTokens?: readonly string[];
  readonly oauthTokens?: readonly string[];
  /** The role of a session that asks for none. Default `SYSADMIN`. */
  readonly defaultRole?: string;
  /** The roles that the user may take. Default `ACCOUNTADMIN`, `SYSADMIN` and `PUBLIC`. */
  readonly roles?: readonly string[];
}

/** The role that a user's session starts in when it asks for none. */
export function defaultRole(user: StandInUser): string {
  return user.defaultRole ?? 'SYSADMIN';
}

/** Whether a user has been granted a role, by its exact name. */
export function mayTakeRole(user: StandInUser, role: string): boolean {
  return role === defaultRole(user) || (user.roles ?? ['ACCOUNTADMIN', 'SYSADMIN', 'PUBLIC']).includes(role);
}
