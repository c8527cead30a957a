import type { ErrorObject } from 'ajv';

interface Validator {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/** Whether params have the form that the protocol says, by method; `errors` are those of the last call. */
export declare const validators: Readonly<Record<string, Validator>>;
