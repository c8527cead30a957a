import type { ErrorObject } from 'ajv';
import { closest } from './did-you-mean.ts';
import type { JsonPath, ProblemList } from './problem-list.ts';
import { validate } from './schema-validator.generated.mjs';

/** Names that other tools have for a setting. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['dbname', 'database'],
  ['db', 'database'],
  ['username', 'user'],
  ['passwd', 'password'],
  ['primarykey', 'key'],
  ['primary_key', 'key'],
  ['keys', 'key'],
  ['sql', 'query'],
  ['select', 'query'],
  ['view', 'source'],
  ['destination', 'target'],
  ['private_key_path', 'privateKeyPath'],
  ['private_key_file', 'privateKeyPath'],
  ['privatekeypassphrase', 'privateKeyPass'],
  ['passphrase', 'privateKeyPass'],
  ['ssl_mode', 'sslmode'],
  ['using', 'method'],
  ['expression', 'as'],
]);

/**
 * Reports everything in which `value` does not have the form that the schema asks for, in words for people. Returns `value`
 * without the parts that were reported, so that what is left can be looked at further; `value` itself is changed.
 */
export function reportSchemaProblems(value: unknown, problems: ProblemList): unknown {
  if (validate(value)) return value;
  const errors = relevantErrors(validate.errors ?? [], value);
  for (const error of errors) report(error, value, problems);
  return errors.reduce((remaining, error) => without(remaining, partOf(error, remaining)), value);
}

/**
 * ajv reports every branch of a choice that a value does not match. Choices in this schema are between JSON types, so what
 * counts is what the branch of the value's own type says; where there is none, the choice itself is reported.
 */
function relevantErrors(errors: readonly ErrorObject[], value: unknown): ErrorObject[] {
  const choices = new Set(errors.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath));
  const isBranchMismatch = ({ keyword, instancePath }: ErrorObject): boolean =>
    choices.has(instancePath) &&
    (keyword === 'type' ||
      keyword === 'const' ||
      (keyword === 'enum' && typeof valueAt(value, pathOf(instancePath, value)) !== 'string'));
  const specific = errors.filter((error) => error.keyword !== 'anyOf' && !isBranchMismatch(error));
  const choicesWithoutBranch = [...choices].filter(
    (choice) => !specific.some(({ instancePath }) => instancePath === choice || instancePath.startsWith(`${choice}/`)),
  );
  return [
    ...specific,
    ...choicesWithoutBranch.map((instancePath): ErrorObject => {
      const branches = errors.filter((error) => error.instancePath === instancePath && isBranchMismatch(error));
      return {
        keyword: 'type',
        instancePath,
        schemaPath:
          branches.find(({ schemaPath }) => schemaPath.startsWith('#/definitions/SecretJson'))?.schemaPath ?? '',
        params: { expected: [...new Set(branches.map(expectation))].join(' or ') },
      };
    }),
  ];
}

function report(error: ErrorObject, value: unknown, problems: ProblemList): void {
  const path = pathOf(error.instancePath, value);
  const name = nameOf(path);
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case 'additionalProperties': {
      const unknown = String(params.additionalProperty);
      const allowed = settingsOf(error);
      const usual = otherNames.get(unknown.toLowerCase());
      const suggestion = usual !== undefined && allowed.includes(usual) ? usual : closest(unknown, allowed);
      const hint = suggestion === undefined && allowed.length <= 12 ? ` Known: ${allowed.join(', ')}.` : '';
      problems.add([...path, unknown], `Unknown setting ${JSON.stringify(unknown)}.${hint}`, {
        atKey: true,
        suggestion,
      });
      return;
    }
    case 'required':
      problems.add([...path, String(params.missingProperty)], `${JSON.stringify(params.missingProperty)} is missing.`);
      return;
    case 'enum': {
      const allowed = (params.allowedValues as readonly unknown[]).map(String);
      const given = valueAt(value, path);
      const suggestion = typeof given === 'string' ? closest(given, allowed) : undefined;
      const list = allowed.map((word) => JSON.stringify(word)).join(', ');
      problems.add(path, `${name} must be one of ${list}.`, { suggestion });
      return;
    }
    case 'minLength':
      problems.add(path, `${name} is empty.`);
      return;
    case 'minItems':
      problems.add(path, `${name} needs at least one item.`);
      return;
    case 'minimum':
    case 'maximum': {
      const limit = Number(params.limit);
      const fraction = path.at(-1) === 'maxShrink' ? ' It is a fraction: 0.5 is half.' : '';
      problems.add(
        path,
        `${name} must be ${error.keyword === 'minimum' ? 'at least' : 'at most'} ${limit}.${fraction}`,
      );
      return;
    }
    default:
      problems.add(path, typeMessage(error, name, valueAt(value, path)));
  }
}

/** The names of settings that the object of an error may have. */
function settingsOf(error: ErrorObject): string[] {
  const schema = error.parentSchema as { readonly properties?: object } | undefined;
  return Object.keys(schema?.properties ?? {});
}

function typeMessage(error: ErrorObject, name: string, given: unknown): string {
  if (typeof given === 'string' && ['env', 'command', 'prompt'].every((kind) => settingsOf(error).includes(kind))) {
    return (
      `${name} must not be written here, where whoever reads the file reads it too. Say where it is kept: ` +
      '{"env": "NAME"} for an environment variable, {"command": ["program", "argument"]} for what a program prints, ' +
      'or {"prompt": true} to be asked.'
    );
  }
  const isTime = /(?:Timeout|Wait)$/.test(error.instancePath);
  const example = isTime ? ' with a unit, such as "60s"' : '';
  return `${name} must be ${expectation(error)}${example}, not ${describe(given)}.`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

function expectation({ keyword, params, instancePath }: ErrorObject): string {
  const known: Readonly<Record<string, unknown>> = params;
  if (typeof known.expected === 'string') return known.expected;
  if (keyword === 'const') return JSON.stringify(known.allowedValue);
  if (keyword === 'enum') return 'a string';
  const type = known.type;
  if (typeof type === 'string') return typeNames[type] ?? type;
  throw new Error(`the schema has a keyword without a message: ${keyword} at ${instancePath}`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? 'a string' : JSON.stringify(value);
}

/** What messages call the value at a path: its name, with the position of an item: `Item 2 of "key"`. */
function nameOf(path: JsonPath): string {
  const named = path.findLastIndex((part) => typeof part === 'string');
  if (named < 0) return 'The configuration';
  const items = path.slice(named + 1).map((index) => `item ${Number(index) + 1} of `);
  const name = `${items.reverse().join('')}${JSON.stringify(path[named])}`;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A JSON pointer as a path in `value`: what points into a list becomes a number. */
function pathOf(pointer: string, value: unknown): (string | number)[] {
  let at = value;
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
      const part = Array.isArray(at) ? Number(name) : name;
      at = valueAt(at, [part]);
      return part;
    });
}

function valueAt(value: unknown, path: JsonPath): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

function partOf(error: ErrorObject, value: unknown): JsonPath | undefined {
  const path = pathOf(error.instancePath, value);
  if (error.keyword === 'additionalProperties') return [...path, String(error.params.additionalProperty)];
  return error.keyword === 'required' ? undefined : path;
}

/** Takes a part out of a value; an item of a list becomes undefined, so that the others keep their indexes. */
function without(value: unknown, path: JsonPath | undefined): unknown {
  if (path === undefined) return value;
  const last = path.at(-1);
  if (last === undefined) return undefined;
  const parent = valueAt(value, path.slice(0, -1));
  if (Array.isArray(parent)) parent[Number(last)] = undefined;
  else if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, last);
  return value;
}
