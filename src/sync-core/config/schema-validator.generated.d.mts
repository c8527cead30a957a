import type { ErrorObject } from 'ajv';

/** Whether a value has the form of snowmelt.json; `errors` are those of the last call, with the schemas that they are of. */
export declare const validate: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
