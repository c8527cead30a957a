import type { ErrorObject } from 'ajv';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { validators } from './params-validator.generated.mjs';

/** What is wrong with the params of a request, as the error to answer with; undefined where they are as the protocol says. */
export function invalidParams(method: string, params: unknown): ResponseError<undefined> | undefined {
  const validate = validators[method];
  if (validate === undefined || validate(params ?? null)) return undefined;
  const [first] = validate.errors ?? [];
  const what = first === undefined ? 'are not as the protocol says' : describe(first);
  return new ResponseError(ErrorCodes.InvalidParams, `The params of ${method}: ${what}.`);
}

function describe({ instancePath, keyword, message, params }: ErrorObject): string {
  const place = instancePath === '' ? 'they' : instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'additionalProperties')
    return `${place} have "${String(params.additionalProperty)}", which is none of them`;
  if (keyword === 'enum') return `${place} must be one of ${JSON.stringify(params.allowedValues)}`;
  return `${place} ${message ?? 'are not as the protocol says'}`;
}
