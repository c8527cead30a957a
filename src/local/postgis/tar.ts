/** One file or folder of an archive. */
export interface TarEntry {
  /** Relative, with `/` between its parts and none at its ends. */
  readonly name: string;
  /** Undefined for a folder. */
  readonly content: Buffer | undefined;
}

const blockSize = 512;
const longestName = 100;

/**
 * The files and folders of a POSIX tar archive; links, which PGlite's extension bundles have among their upgrade scripts,
 * are left out. Contents share the archive's memory. Throws when the archive is cut off or reaches outside itself.
 */
export function readTar(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  for (let offset = 0; offset + blockSize <= archive.length && archive[offset] !== 0;) {
    const header = archive.subarray(offset, offset + blockSize);
    const name = field(header, 0, longestName).replace(/^[./]+|\/+$/g, '');
    const size = Number.parseInt(field(header, 124, 12).trim() || '0', 8);
    const type = field(header, 156, 1) || '0';
    const start = offset + blockSize;
    if (!Number.isSafeInteger(size) || start + size > archive.length)
      throw new Error(`the archive is cut off at ${name}`);
    if (name.split('/').includes('..')) throw new Error(`the archive holds ${name}, which is outside of it`);
    if (type === '0') entries.push({ name, content: archive.subarray(start, start + size) });
    else if (type === '5' && name !== '') entries.push({ name, content: undefined });
    offset = start + Math.ceil(size / blockSize) * blockSize;
  }
  return entries;
}

/** A POSIX tar archive; the same entries give the same bytes at any time. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { name, content } of entries) {
    if (Buffer.byteLength(name) >= longestName) throw new Error(`the name ${name} is too long for the archive`);
    const header = Buffer.alloc(blockSize);
    header.write(content ? name : `${name}/`, 0);
    header.write(content ? '0000600\0' : '0000700\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${(content?.length ?? 0).toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write(content ? '0' : '5', 156);
    header.write('ustar\x0000', 257, 'latin1');
    header.fill(' ', 148, 156);
    const checksum = header.reduce((sum, byte) => sum + byte, 0);
    header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header);
    if (content) blocks.push(content, Buffer.alloc((blockSize - (content.length % blockSize)) % blockSize));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

function field(header: Buffer, start: number, length: number): string {
  const text = header.toString('latin1', start, start + length);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
