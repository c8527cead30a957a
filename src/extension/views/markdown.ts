import type { Subject } from '../commands/subject.ts';
import { commands, type CommandId } from '../ids.ts';

/** The commands that links in tooltips may run; a link to any other is dead, whatever a database has in its names. */
export const linkedCommands: readonly CommandId[] = [
  commands.syncTable,
  commands.verify,
  commands.plan,
  commands.rollBack,
  commands.cancel,
  commands.openRun,
  commands.rerun,
  commands.testConnection,
  commands.setPassword,
  commands.startLocal,
  commands.openConfiguration,
  commands.showLog,
  commands.clean,
  commands.refresh,
  commands.copyConnectionString,
];

/** Text that comes from elsewhere, so that it stands in Markdown as it is: no link, no image, no icon, no second line. */
export function plain(text: string): string {
  return (
    text
      // Icons are looked for once Markdown has been read, so the backslash that prevents them has to be escaped itself.
      .replace(/\$\([a-z0-9-]+(?:~[a-z]+)?\)/gi, String.raw`\$&`)
      .replace(/[\\`*_{}[\]()#+\-.!|~]/g, String.raw`\$&`)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/\s*\n\s*/g, ' ')
  );
}

/** Names and SQL, in the editor's own font. */
export function code(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ');
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const inner = line.startsWith('`') || line.endsWith('`') ? ` ${line} ` : line;
  return `${fence}${inner}${fence}`;
}

/** A link that runs a command of {@link linkedCommands} on a subject. */
export function commandLink(title: string, command: CommandId, subject?: Subject): string {
  const query = subject === undefined ? '' : `?${linkText(JSON.stringify([subject]))}`;
  return `[${plain(title)}](command:${command}${query})`;
}

/** Round brackets would end the link. */
function linkText(text: string): string {
  return encodeURIComponent(text).replace(/[()']/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
}

/** Paragraphs, of which those that are empty are left out. */
export function paragraphs(...texts: readonly (string | false | null | undefined)[]): string {
  return texts.filter((text) => typeof text === 'string' && text !== '').join('\n\n');
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** A table whose first column names what the others say. Rows of which nothing is known are left out. */
export function factTable(head: readonly string[], rows: readonly (readonly (string | null | undefined)[])[]): string {
  const known = rows.filter((row) => row.slice(1).some((cell) => cell !== null && cell !== undefined && cell !== ''));
  if (known.length === 0) return '';
  const line = (cells: readonly (string | null | undefined)[]): string =>
    `| ${head.map((_, column) => cellText(cells[column] ?? '')).join(' | ')} |`;
  return [line(head), line(head.map(() => ':--')), ...known.map(line)].join('\n');
}

/** In a table a bar ends the cell, even in code. */
function cellText(markdown: string): string {
  return markdown.replace(/(?<!\\)\|/g, String.raw`\|`);
}
