import { isAbsolute } from 'node:path';
import type { ErrorObject } from 'ajv';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { paramsValidators } from './params-validator.generated.mjs';
import type { ClientRequests } from '../protocol/protocol.ts';

type Method = Exclude<keyof ClientRequests, 'shutdown'>;

/** Params that are paths: a worker has no folder that its client would know. */
const paths = ['config', 'dataDir'] as const;

/**
 * The params of a request, which have the form that the protocol gives them.
 *
 * @throws ResponseError `InvalidParams` that names every place that has not.
 */
export function checkParams<M extends Method>(method: M, params: unknown): ClientRequests[M]['params'] {
  const validate = paramsValidators[method];
  const given = params ?? {};
  const problems = validate(given) ? relativePaths(given) : (validate.errors ?? []).map(describe);
  if (problems.length > 0) {
    throw new ResponseError(ErrorCodes.InvalidParams, `${method}: ${[...new Set(problems)].join('; ')}.`);
  }
  return given;
}

function relativePaths(params: object): string[] {
  const values = params as Readonly<Record<string, unknown>>;
  return paths
    .filter((name) => typeof values[name] === 'string' && !isAbsolute(values[name]))
    .map((name) => `params.${name} must be an absolute path`);
}

function describe({ instancePath, keyword, params }: ErrorObject): string {
  const place = `params${instancePath.replaceAll('/', '.').replace(/\.(\d+)(?=\.|$)/g, '[$1]')}`;
  const known = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'additionalProperties':
      return `${place}.${String(known.additionalProperty)} is unknown`;
    case 'required':
      return `${place}.${String(known.missingProperty)} is missing`;
    case 'type':
      return `${place} must be of type ${[known.type].flat().join(' or ')}`;
    case 'enum':
      return `${place} must be one of ${(known.allowedValues as readonly unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'minimum':
    case 'maximum':
      return `${place} must be ${String(known.comparison)} ${String(known.limit)}`;
    case 'minLength':
      return `${place} is empty`;
    case 'maxLength':
      return `${place} must have at most ${String(known.limit)} characters`;
    default:
      return `${place} is not valid (${keyword})`;
  }
}
