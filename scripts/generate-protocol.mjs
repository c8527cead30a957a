/**
 * Generates, from the types of src/worker/protocol/protocol.ts: the JSON schema of all messages
 * (docs/worker-protocol.schema.json), the validators of what the worker receives as code (ajv, standalone) and the reference
 * in docs/worker-protocol.md. With --check it writes nothing and fails where a file is not what it would write.
 */
import { readFileSync } from 'node:fs';
import { register } from 'tsx/esm/api';
import {
  cell,
  formatJson,
  isMain,
  namedDefinitions,
  pathOf,
  readable,
  schemaGenerator,
  schemaName,
  typeText,
  validatorCode,
  withoutAnnotations,
  withReference,
  writeGenerated,
} from './schema-tools.mjs';

const generator = 'scripts/generate-protocol.mjs';

const schemaPath = pathOf('docs/worker-protocol.schema.json');
const validatorPath = pathOf('src/worker/serve/params-validator.generated.mjs');
const documentPath = pathOf('docs/worker-protocol.md');

const unregister = register();
const { errorCodes } = await import('../src/sync-core/errors.ts');
await unregister();

/** The interfaces of protocol.ts that list messages. */
const listed = ['ClientRequests', 'ClientNotifications', 'ServerRequests', 'ServerNotifications'];

/** Every message and every type, as one schema. */
function protocolSchema() {
  const types = schemaGenerator('src/worker/protocol/protocol.ts');
  const messages = {};
  const definitions = {};
  for (const name of [...listed, 'ErrorDocument']) {
    const { definitions: used = {}, ...type } = types.createSchema(name);
    delete type.$schema;
    Object.assign(definitions, used);
    if (listed.includes(name)) messages[name] = type;
    else definitions[name] = type;
  }
  const { definitions: named, ...rest } = readable({ ...messages, definitions }, definitions);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'What `snowmelt serve` and its clients say to each other',
    definitions: namedDefinitions({ ...rest, ...named }),
  };
}

/** Validators of the params that the worker receives, and of the client's answer to `secret/get`. */
function generateValidators({ definitions }) {
  const requests = Object.entries(definitions.ClientRequests.properties);
  const typeOf = ({ properties }) => properties.params.$ref?.replace('#/definitions/', '');
  const validated = requests.map(([method, request]) => [method, typeOf(request)]).filter(([, type]) => type);
  const types = [...new Set([...validated.map(([, type]) => type), 'SecretResult'])];
  const schema = withoutAnnotations({ $id: schemaName, definitions });
  const refs = Object.fromEntries(types.map((type) => [type, `${schemaName}#/definitions/${type}`]));
  const table = validated.map(([method, type]) => `  ${JSON.stringify(method)}: ${type},\n`).join('');
  return `${validatorCode(schema, generator, {}, refs)}\nexport const paramsValidators = {\n${table}};\n`;
}

const linked = (name) => `[${name}](#${name.toLowerCase()})`;
const typeName = (schema) => schema.$ref?.replace('#/definitions/', '');
const paragraphs = (...parts) => parts.filter((part) => part !== '').join('\n\n');

/** The members of an object type as a table; of another type, what it is. */
function typeTable({ properties, required = [], ...type }, definitions) {
  if (properties === undefined) return variants(type, definitions);
  const rows = Object.entries(properties).map(([name, property]) => {
    const said = property.description ?? definitions[typeName(property)]?.description ?? '';
    const optional = required.includes(name) ? '' : ' (optional)';
    return `| \`${name}\`${optional} | ${cell(inWords(property))} | ${cell(said)} |`;
  });
  return ['| Member | Type | |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A choice between objects that say by `kind` which they are, as a table; what they have in common is said once. */
function variants(type, definitions) {
  const branches = type.anyOf ?? [];
  const isByKind = branches.length > 0 && branches.every(({ properties }) => properties?.kind?.const !== undefined);
  if (!isByKind) return inWords(type);
  const [first, ...others] = branches;
  const common = Object.keys(first.properties).filter(
    (name) => name !== 'kind' && others.every(({ properties }) => name in properties),
  );
  const rows = branches.map(({ properties, description = '' }) => {
    const own = Object.entries(properties).filter(([name]) => name !== 'kind' && !common.includes(name));
    const members = own.map(([name, property]) => `\`${name}\`: ${inWords(property)}`).join('; ');
    return `| \`${properties.kind.const}\` | ${cell(members)} | ${cell(description)} |`;
  });
  const shared = Object.fromEntries(common.map((name) => [name, first.properties[name]]));
  return paragraphs(
    typeTable({ properties: shared, required: common }, definitions),
    ['| `kind` | With | |', '| --- | --- | --- |', ...rows].join('\n'),
  );
}

function inWords(schema) {
  if (schema.properties === undefined) return typeText(inlined(schema), linked);
  const members = Object.entries(schema.properties).map(([name, property]) => `\`${name}\`: ${inWords(property)}`);
  return `object of ${members.join(', ')}`;
}

/** Objects without a name inside a list or a choice are described where they stand. */
function inlined(schema) {
  if (schema.type !== 'array' || schema.items?.properties === undefined) return schema;
  return { type: `list of ${inWords(schema.items)}` };
}

/** The generated part of docs/worker-protocol.md. */
function generateReference({ definitions }) {
  const request = ([method, { description = '', properties }]) => {
    const { params, result } = properties;
    return paragraphs(
      `### \`${method}\``,
      description,
      params.type === 'null' ? 'No params.' : typeTable(definitions[typeName(params)], definitions),
      `Result: ${inWords(result)}.`,
    );
  };
  const notification = ([method, { description = '', ...params }]) =>
    paragraphs(
      `### \`${method}\``,
      description,
      params.type === 'null' ? 'No params.' : typeTable(definitions[typeName(params)], definitions),
    );
  const all = (list, show) => Object.entries(definitions[list].properties).map(show);
  const shown = new Set([...listed, ...paramsTypes(definitions)]);
  const types = Object.entries(definitions).filter(([name]) => !shown.has(name));
  const codes = Object.entries(errorCodes).map(([code, { meaning }]) => `| \`${code}\` | ${cell(meaning)} |`);
  return paragraphs(
    '## Requests of the client',
    ...all('ClientRequests', request),
    '## Notifications of the client',
    ...all('ClientNotifications', notification),
    '## Requests of the worker',
    ...all('ServerRequests', request),
    '## Notifications of the worker',
    ...all('ServerNotifications', notification),
    '## Error codes',
    'The `code` of an [ErrorDocument](#errordocument). Codes are added, never renamed.',
    ['| Code | |', '| --- | --- |', ...codes].join('\n'),
    '## Types',
    ...types.map(([name, type]) => paragraphs(`### ${name}`, type.description ?? '', typeTable(type, definitions))),
  );
}

/** Types of params, which are shown with their methods and nowhere else. */
function paramsTypes(definitions) {
  const requests = ['ClientRequests', 'ServerRequests'].flatMap((list) =>
    Object.values(definitions[list].properties).map(({ properties }) => typeName(properties.params)),
  );
  return [...requests, ...Object.values(definitions.ServerNotifications.properties).map(typeName)];
}

async function main(check) {
  const schema = protocolSchema();
  const reference = generateReference(schema);
  const files = [
    [schemaPath, await formatJson(schema)],
    [validatorPath, generateValidators(schema)],
    [
      documentPath,
      await withReference(readFileSync(documentPath, 'utf8'), reference, 'docs/worker-protocol.md', generator),
    ],
  ];
  writeGenerated(files, generator, check);
}

if (isMain(import.meta.url)) await main(process.argv.includes('--check'));
