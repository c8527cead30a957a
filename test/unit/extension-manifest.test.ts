import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands, contextKeys, settings, views } from '../../src/extension/ids.ts';
import { contextFlags } from '../../src/extension/views/context-value.ts';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(read('package.json')) as Manifest;
const texts = JSON.parse(read('package.nls.json')) as Readonly<Record<string, string>>;
const { contributes } = manifest;
/** Conditions about files name it. */
const configurationName = 'snowmelt.json';
const code = sourcesIn('src/extension');

interface Manifest {
  readonly icon: string;
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly enablement?: string }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly viewsContainers: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly viewsWelcome: readonly Welcome[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly default: unknown; readonly scope: string }>>;
    };
    readonly walkthroughs: readonly {
      readonly id: string;
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly markdown?: string; readonly image?: string; readonly svg?: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
    readonly jsonValidation: readonly { readonly url: string }[];
  };
}

interface MenuItem {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}

interface Welcome {
  readonly view: string;
  readonly contents: string;
  readonly when: string;
}

describe('manifest of the extension', () => {
  const commandIds = Object.values<string>(commands);
  const viewIds = Object.values<string>(views).filter((id) => id !== views.container);
  const menuItems = Object.values(contributes.menus).flat();
  const conditions = [
    ...contributes.commands.map(({ enablement }) => enablement),
    ...menuItems.map(({ when }) => when),
    ...contributes.viewsWelcome.map(({ when }) => when),
  ].filter((condition) => condition !== undefined);

  it('has every command of the code, and no other', () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), [...commandIds].sort());
  });

  it('has every command registered once', () => {
    const registered = [...code.matchAll(/(?:registry\.add|registerCommand)\(\s*commands\.(\w+)/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual(registered.sort(), Object.keys(commands).sort());
  });

  it('names commands in menus that exist', () => {
    for (const { command } of menuItems) assert.ok(commandIds.includes(command), command);
  });

  it('has every view of the code, and no other', () => {
    assert.deepEqual(Object.keys(contributes.views), [views.container]);
    assert.deepEqual(
      contributes.viewsContainers.activitybar?.map(({ id }) => id),
      [views.container],
    );
    assert.deepEqual(contributes.views[views.container]?.map(({ id }) => id).sort(), [...viewIds].sort());
    for (const name of Object.keys(views).filter((key) => key !== 'container')) {
      assert.match(code, new RegExp(`createTreeView\\w*\\(\\s*views\\.${name}\\b|views\\.${name}\\b`), name);
    }
  });

  it('has every setting of the code, and no other', () => {
    const names = Object.values(settings).map((name) => `snowmelt.${name}`);
    assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), names.sort());
    for (const name of Object.keys(settings)) assert.match(code, new RegExp(`settings\\.${name}\\b`), name);
  });

  it('restricts settings that exist', () => {
    for (const name of manifest.capabilities.untrustedWorkspaces.restrictedConfigurations) {
      assert.ok(name in contributes.configuration.properties, name);
    }
  });

  it('asks in its conditions for every context key of the code, and for no other', () => {
    const asked = new Set(conditions.flatMap((condition) => condition.match(/(?<![\w.])snowmelt\.\w+/g) ?? []));
    const keys = [...asked].filter((key) => !viewIds.includes(key) && key !== configurationName);
    assert.deepEqual(keys.sort(), Object.values<string>(contextKeys).sort());
  });

  it('asks for views that exist', () => {
    const asked = conditions.flatMap((condition) => [...condition.matchAll(/\bview == ([\w.]+)/g)].map(([, id]) => id));
    assert.ok(asked.length > 0);
    for (const id of asked) assert.ok(viewIds.includes(id ?? ''), id);
    for (const { view } of contributes.viewsWelcome) assert.ok(viewIds.includes(view), view);
  });

  it('asks for flags that tree items have', () => {
    const asked = new Set(
      conditions.flatMap((condition) => [...condition.matchAll(/\\b(\w+)\\b/g)].map(([, flag]) => flag)),
    );
    const known: readonly unknown[] = contextFlags;
    for (const flag of asked) assert.ok(known.includes(flag), flag);
    const items = sourcesIn('src/extension/views');
    for (const flag of contextFlags) assert.match(items, new RegExp(`contextValue\\([^;]*'${flag}'`), flag);
  });

  it('asks about an item only in one view, since flags mean other things in others', () => {
    for (const { command, when } of contributes.menus['view/item/context'] ?? []) {
      assert.match(when ?? '', /^view == snowmelt\.\w+ && /, command);
      assert.match(when ?? '', /viewItem =~ /, command);
    }
  });

  it('has every text that it refers to, and no other', () => {
    const asked = new Set([...read('package.json').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key));
    assert.deepEqual([...asked].sort(), Object.keys(texts).sort());
  });

  it('links in its texts to commands that exist', () => {
    const ofViews = viewIds.map((id) => `${id}.focus`);
    const links = Object.entries(texts).flatMap(([key, text]) =>
      [...text.matchAll(/\]\(command:([^)?]+)/g)].map(([, command]) => ({ key, command: command ?? '' })),
    );
    assert.ok(links.length > 10);
    for (const { key, command } of links) {
      const isOurs = [...commandIds, ...ofViews].includes(command);
      const isOfEditor = /^(workbench|vscode)\./.test(command);
      assert.ok(isOurs || isOfEditor, `${key}: ${command}`);
    }
  });

  it('has a welcome for every view without a trusted workspace, a folder, a configuration, or content', () => {
    for (const id of viewIds) {
      const welcomes = contributes.viewsWelcome.filter(({ view }) => view === id);
      for (const state of [
        '!isWorkspaceTrusted',
        'workspaceFolderCount == 0',
        `!${contextKeys.hasConfigurationFile}`,
        // The tree of the tables has the first problem of a configuration as its item.
        ...(id === views.cacheTables ? [] : [`!${contextKeys.hasConfiguration}`]),
      ]) {
        assert.ok(
          welcomes.some(({ when }) => when.split(' && ').includes(state)),
          `${id}: ${state}`,
        );
      }
    }
  });

  it('completes the steps of its walkthrough by what exists', () => {
    const events = contributes.walkthroughs.flatMap(({ steps }) => steps.flatMap((step) => step.completionEvents));
    assert.ok(events.length > 0);
    for (const event of events) {
      const [kind, id = ''] = event.split(':');
      if (kind === 'onCommand') assert.ok(commandIds.includes(id), event);
      else if (kind === 'onView') assert.ok(viewIds.includes(id), event);
      else assert.ok(kind === 'onContext' || kind === 'onSettingChanged' || kind === 'onStepSelected', event);
    }
  });

  it('names files that exist', () => {
    const media = contributes.walkthroughs.flatMap(({ steps }) =>
      steps.flatMap(({ media: { markdown, image, svg } }) => [markdown, image, svg]),
    );
    const icons = [...Object.values(contributes.views), ...Object.values(contributes.viewsContainers)].flat();
    const files = [
      manifest.icon,
      ...icons.map(({ icon }) => icon),
      ...media.filter((file) => file !== undefined),
      ...contributes.jsonValidation.map(({ url }) => url),
    ];
    for (const file of files) assert.ok(existsSync(join(root, file)), file);
  });
});

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function sourcesIn(folder: string): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'ids.ts')
    .map((name) => read(join(folder, name)))
    .join('\n');
}
