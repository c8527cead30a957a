/** Why an incremental mode that was begun did not bring the changes over. Nothing was changed. */
export interface Fallback {
  readonly fallback: string;
}

export function isFallback(outcome: object): outcome is Fallback {
  return 'fallback' in outcome;
}
