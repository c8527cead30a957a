import type { ErrorObject } from 'ajv';

/** Whether a value has the form of snowmelt.json; `errors` are those of the last call. */
export declare const validate: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};

/** The names of settings that each definition of the schema allows; the top level's are under ''. */
export declare const settings: Readonly<Record<string, readonly string[]>>;
