/** The reply envelope that every JSON endpoint of the service uses. */
export interface Envelope {
  readonly data: unknown;
  readonly code: string | null;
  readonly message: string | null;
  readonly success: boolean;
}

/** A successful reply that carries `data`. */
export function succeeded(data: unknown): Envelope {
  return { data, code: null, message: null, success: true };
}

/**
 * A refusal in the service's own shape: HTTP 200 with `success: false`, a six-digit code and a message. Thrown by a
 * route's handler, it becomes the reply.
 */
export class WireError extends Error {
  override readonly name = 'WireError';
  /** Six digits, as the service writes them: `390100`, `000604`. */
  readonly code: string;
  readonly data: unknown;

  constructor(code: string, message: string, data: unknown = null) {
    super(message);
    this.code = code;
    this.data = data;
  }

  toEnvelope(): Envelope {
    return { data: this.data, code: this.code, message: this.message, success: false };
  }
}
