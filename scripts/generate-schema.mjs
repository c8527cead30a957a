/**
 * Generates, from the types of src/sync-core/config/snowmelt-json.ts: the JSON schema (media/snowmelt.schema.json), what
 * VS Code gets of it (media/snowmelt.vscode.schema.json), its validator as code (ajv, standalone) and the reference in
 * docs/configuration.md. With --check it writes nothing and fails where a file is not what it would write.
 *
 * The validator is generated because compiling the schema when the program starts costs about 100 ms, on every command, and
 * more code: 141 KB and 120 ms against 96 KB and 8 ms, bundled and minified, on a 2-core machine with Node 22.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { format } from 'prettier';
import { createGenerator } from 'ts-json-schema-generator';

const root = new URL('../', import.meta.url);
const pathOf = (relative) => fileURLToPath(new URL(relative, root));

export const schemaPath = pathOf('media/snowmelt.schema.json');
export const editorSchemaPath = pathOf('media/snowmelt.vscode.schema.json');
export const validatorPath = pathOf('src/sync-core/config/schema-validator.generated.mjs');
export const referencePath = pathOf('docs/configuration.md');

/**
 * A copy of a schema in which references to Record types, which have no readable name, are replaced by what they mean, and
 * a choice between texts is one branch of a choice instead of one for each text.
 */
function readable(node, definitions) {
  if (Array.isArray(node)) return node.map((item) => readable(item, definitions));
  if (typeof node !== 'object' || node === null) return node;
  const { $ref, ...rest } = node;
  const record = typeof $ref === 'string' && decodeURIComponent($ref).match(/^#\/definitions\/(Record<.*)$/)?.[1];
  const merged = record ? { ...definitions[record], ...rest } : node;
  const anyOf = merged.anyOf && withTextsTogether(merged.anyOf);
  return Object.fromEntries(
    Object.entries(anyOf ? { ...merged, anyOf } : merged).map(([key, value]) => [key, readable(value, definitions)]),
  );
}

function withTextsTogether(branches) {
  const texts = branches.map((branch) => branch.const).filter((value) => typeof value === 'string');
  if (texts.length < 2) return branches;
  return [{ type: 'string', enum: texts }, ...branches.filter((branch) => typeof branch.const !== 'string')];
}

/** Text of the schema file. */
export async function generateSchema() {
  const generated = createGenerator({
    path: pathOf('src/sync-core/config/snowmelt-json.ts'),
    tsconfig: pathOf('tsconfig.json'),
    type: 'SnowmeltJson',
    topRef: false,
    expose: 'all',
    jsDoc: 'extended',
    sortProps: false,
    strictTuples: true,
    skipTypeCheck: true,
  }).createSchema('SnowmeltJson');
  const { definitions, ...document } = readable(generated, generated.definitions);
  const schema = {
    $schema: document.$schema,
    title: 'Snowmelt configuration',
    allowComments: true,
    allowTrailingCommas: true,
    ...document,
    definitions: Object.fromEntries(
      Object.entries(definitions)
        .filter(([name]) => !name.startsWith('Record<'))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
  return format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
}

/**
 * Text of the schema for VS Code, which completes and explains by it, and has nothing to complain of: a condition without
 * consequences refuses nothing, and its schema is still the one that applies. The extension reports what the worker's
 * validator finds, in better words (docs/decisions.md).
 */
export async function generateEditorSchema(schemaText) {
  const { $schema, allowComments, allowTrailingCommas, definitions, ...document } = JSON.parse(schemaText);
  const schema = {
    $schema,
    allowComments,
    allowTrailingCommas,
    if: { $ref: '#/definitions/SnowmeltJson' },
    definitions: withMarkdown({ ...definitions, SnowmeltJson: document }),
  };
  return format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
}

/** A copy of a schema whose descriptions are shown as the Markdown that they are. */
function withMarkdown(node) {
  if (Array.isArray(node)) return node.map(withMarkdown);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === 'description' && typeof value === 'string' ? ['markdownDescription', value] : [key, withMarkdown(value)],
    ),
  );
}

/** A copy of a schema without what only people read. */
function withoutAnnotations(node) {
  if (Array.isArray(node)) return node.map(withoutAnnotations);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !(key === 'description' && typeof value === 'string'))
      .filter(([key, value]) => !(key === 'examples' && Array.isArray(value)))
      .filter(([key]) => key !== 'default')
      .map(([key, value]) => [key, withoutAnnotations(value)]),
  );
}

/** Text of the validator. */
export function generateValidator(schemaText) {
  const schema = withoutAnnotations(JSON.parse(schemaText));
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    messages: false,
    verbose: true,
    unicode: false,
    logger: false,
    code: { source: true, esm: true, lines: true },
  });
  const code = standalone.default(ajv, ajv.compile(schema)).replace(/^export default .*$/m, '');
  if (code.includes('require(')) throw new Error('the generated validator needs a module of ajv at run time');
  return `// Generated by scripts/generate-schema.mjs.\n${code}`;
}

const begin = '<!-- reference: generated by scripts/generate-schema.mjs -->';
const end = '<!-- end of reference -->';

const sections = [
  ['Top level', undefined],
  ['`source`', 'SourceJson'],
  ['A secret', 'SecretJson'],
  ['`targets`', 'TargetJson'],
  ['`embedded`', 'EmbeddedJson'],
  ['`role`', 'RoleJson'],
  ['`tables`', 'TableJson'],
  ['`defaults`', 'TableDefaultsJson'],
  ['`columns`', 'ColumnsJson'],
  ['`computed`', 'ComputedColumnJson'],
  ['`indexes`', 'IndexJson'],
  ['`columns` of an index', 'IndexColumnJson'],
  ['`incremental`', 'IncrementalJson'],
];

function typeText(schema) {
  if (schema.$ref !== undefined) return sectionName(schema.$ref.replace(/^.*\//, ''));
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ');
  if (schema.type === 'array') return `list of ${typeText(schema.items)}`;
  if (schema.type === 'object') return `object of ${typeText(schema.additionalProperties)}`;
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  return schema.type;
}

function sectionName(definition) {
  const section = sections.find(([, name]) => name === definition);
  return section === undefined ? definition : `[${section[0].replaceAll('`', '')}](#${anchor(section[0])})`;
}

const anchor = (heading) => heading.toLowerCase().replaceAll('`', '').replaceAll(' ', '-');
const cell = (text) => text.replaceAll('\n', ' ').replaceAll('|', '\\|');

/** The generated part of docs/configuration.md. */
export function generateReference(schemaText) {
  const schema = JSON.parse(schemaText);
  return sections
    .map(([heading, definition]) => {
      const {
        description = '',
        properties,
        required = [],
      } = definition === undefined ? { ...schema, description: '' } : schema.definitions[definition];
      const inherited = definition === 'TableJson' ? schema.definitions.TableDefaultsJson.properties : {};
      const own = Object.entries(properties).filter(([name]) => !(name in inherited));
      const note = definition === 'TableJson' ? 'A table also takes every setting of [defaults](#defaults).' : '';
      const rows = own.map(([name, property]) => {
        const referenced = schema.definitions[property.$ref?.replace(/^.*\//, '')];
        const said = property.description ?? referenced?.description ?? '';
        const facts = [
          required.includes(name) ? 'Required.' : '',
          property.default === undefined ? '' : `Default: \`${JSON.stringify(property.default)}\`.`,
          property.minimum !== undefined && property.maximum !== undefined
            ? `From ${property.minimum} to ${property.maximum}.`
            : '',
        ].filter((fact) => fact !== '');
        return `| \`${name}\` | ${cell(typeText(property))} | ${cell([said, ...facts].join(' '))} |`;
      });
      return [`### ${heading}`, description, note, ['| Setting | Type | |', '| --- | --- | --- |', ...rows].join('\n')]
        .filter((part) => part !== '')
        .join('\n\n');
    })
    .join('\n\n');
}

/** `document` with its generated part replaced. */
export async function withReference(document, reference) {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/configuration.md has no "${begin}" … "${end}"`);
  const text = `${document.slice(0, from)}${begin}\n\n${reference}\n\n${document.slice(to)}`;
  return format(text, { parser: 'markdown', printWidth: 120, singleQuote: true });
}

async function main(check) {
  const schema = await generateSchema();
  const document = readFileSync(referencePath, 'utf8');
  const files = [
    [schemaPath, schema],
    [editorSchemaPath, await generateEditorSchema(schema)],
    [validatorPath, generateValidator(schema)],
    [referencePath, await withReference(document, generateReference(schema))],
  ];
  for (const [path, text] of files) {
    let current;
    try {
      current = readFileSync(path, 'utf8');
    } catch {
      current = undefined;
    }
    if (current === text) continue;
    if (check) {
      console.error(`${path} is out of date: run node scripts/generate-schema.mjs`);
      process.exitCode = 1;
    } else {
      writeFileSync(path, text);
      console.log(`wrote ${path}`);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.includes('--check'));
