import type { ErrorObject } from 'ajv';
import type { ClientRequests, SecretResult as Answer } from '../protocol/protocol.ts';

/** Whether a value has the form of its type; `errors` are those of the last call. */
export interface Validator {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/** By method; `shutdown` has no params. */
export declare const paramsValidators: Readonly<Record<Exclude<keyof ClientRequests, 'shutdown'>, Validator>>;

/** Of the client's answer to `secret/get`. */
export declare const SecretResult: (data: unknown) => data is Answer;
