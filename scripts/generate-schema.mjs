/**
 * Generates, from the types of src/sync-core/config/snowmelt-json.ts: the JSON schema (media/snowmelt.schema.json), its
 * validator as code (ajv, standalone) and the reference in docs/configuration.md. With --check it writes nothing and fails
 * where a file is not what it would write.
 *
 * The validator is generated because compiling the schema when the program starts costs about 100 ms, on every command, and
 * more code: 141 KB and 120 ms against 96 KB and 8 ms, bundled and minified, on a 2-core machine with Node 22.
 */
import { readFileSync } from 'node:fs';
import {
  cell,
  formatJson,
  isMain,
  namedDefinitions,
  pathOf,
  readable,
  schemaGenerator,
  typeText,
  validatorCode,
  withoutAnnotations,
  withReference,
  writeGenerated,
} from './schema-tools.mjs';

const generator = 'scripts/generate-schema.mjs';

export const schemaPath = pathOf('media/snowmelt.schema.json');
export const validatorPath = pathOf('src/sync-core/config/schema-validator.generated.mjs');
export const referencePath = pathOf('docs/configuration.md');

/** Text of the schema file. */
export async function generateSchema() {
  const generated = schemaGenerator('src/sync-core/config/snowmelt-json.ts').createSchema('SnowmeltJson');
  const { definitions, ...document } = readable(generated, generated.definitions);
  return formatJson({
    $schema: document.$schema,
    title: 'Snowmelt configuration',
    allowComments: true,
    allowTrailingCommas: true,
    ...document,
    definitions: namedDefinitions(definitions),
  });
}

/** Text of the validator. `verbose`, because messages are made of the schemas that errors are of. */
export function generateValidator(schemaText) {
  return validatorCode(withoutAnnotations(JSON.parse(schemaText)), generator, { verbose: true });
}

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

function sectionName(definition) {
  const section = sections.find(([, name]) => name === definition);
  return section === undefined ? definition : `[${section[0].replaceAll('`', '')}](#${anchor(section[0])})`;
}

const anchor = (heading) => heading.toLowerCase().replaceAll('`', '').replaceAll(' ', '-');

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
        return `| \`${name}\` | ${cell(typeText(property, sectionName))} | ${cell([said, ...facts].join(' '))} |`;
      });
      return [`### ${heading}`, description, note, ['| Setting | Type | |', '| --- | --- | --- |', ...rows].join('\n')]
        .filter((part) => part !== '')
        .join('\n\n');
    })
    .join('\n\n');
}

/** Text of docs/configuration.md. */
export function generateDocument(document, schemaText) {
  return withReference(document, generateReference(schemaText), 'docs/configuration.md', generator);
}

async function main(check) {
  const schema = await generateSchema();
  const files = [
    [schemaPath, schema],
    [validatorPath, generateValidator(schema)],
    [referencePath, await generateDocument(readFileSync(referencePath, 'utf8'), schema)],
  ];
  writeGenerated(files, generator, check);
}

if (isMain(import.meta.url)) await main(process.argv.includes('--check'));
