import type { Imports } from './interrupts.ts';

/**
 * PGlite's PostgreSQL runs its statements without ever returning to JavaScript, so nothing in its own thread can stop
 * one. In memory that is shared between threads another one can: it sets the two variables that PostgreSQL's own signal
 * handler for SIGINT would set, and the backend finds them at its next CHECK_FOR_INTERRUPTS.
 *
 * WebAssembly has shared memory for modules that declare so; PGlite's are not built that way, but nothing in them
 * minds. The declaration is one byte in the import of the memory, changed here as modules are compiled. Measured: COPY
 * and CREATE INDEX take the same time as without.
 */

interface MemoryDescriptor {
  initial: number;
  maximum?: number;
  shared?: boolean;
}

type BufferSource = ArrayBufferView | ArrayBuffer;

/** TypeScript declares WebAssembly only together with the browser's globals. */
interface WebAssemblyNamespace {
  Memory: new (descriptor: MemoryDescriptor) => object;
  Module: new (bytes: BufferSource) => object;
  compile: (bytes: BufferSource) => Promise<object>;
  instantiate: (source: BufferSource | object, imports: Imports) => Promise<object>;
}

/** The most that a 32-bit memory can have, in pages of 64 kB; and what PGlite gives its own. */
const mostPages = 65536;
const pglitePages = 32768;

/**
 * From here on every WebAssembly memory of this thread is shared, and every module that imports one takes it so.
 * `adaptImports` may replace what modules import.
 */
export function shareWasmMemory(adaptImports: (imports: Imports) => Imports = (imports) => imports): void {
  const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyNamespace }).WebAssembly;
  const { compile, instantiate } = wasm;
  wasm.Memory = new Proxy(wasm.Memory, {
    construct: (Memory, [descriptor]: [MemoryDescriptor]) =>
      new Memory({ ...descriptor, maximum: descriptor.maximum ?? pglitePages, shared: true }),
  });
  wasm.Module = new Proxy(wasm.Module, {
    construct: (Module, [bytes]: [BufferSource]) => new Module(importSharedMemory(bytesOf(bytes))),
  });
  wasm.compile = (bytes) => compile(importSharedMemory(bytesOf(bytes)));
  wasm.instantiate = (source, imports) =>
    instantiate(isBufferSource(source) ? importSharedMemory(bytesOf(source)) : source, adaptImports(imports));
}

function isBufferSource(source: object): source is BufferSource {
  return ArrayBuffer.isView(source) || source instanceof ArrayBuffer;
}

/** Emscripten hands its modules over in whatever view it has of them, signed bytes too. */
function bytesOf(source: BufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

const section = { import: 2 } as const;
const external = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
const limits = { hasMaximum: 1, shared: 2 } as const;

/**
 * A module in which the import of the memory, where there is one, is declared shared; nothing else changes.
 * https://webassembly.github.io/spec/core/binary/modules.html#import-section
 */
export function importSharedMemory(module: Uint8Array): Uint8Array {
  const reader = new WasmReader(module, 8);
  while (reader.offset < module.length) {
    const start = reader.offset;
    const id = reader.byte();
    const length = reader.unsigned();
    const body = reader.offset;
    if (id === section.import) {
      const memory = findMemoryLimits(reader);
      if (memory === undefined) return module;
      const declared = [
        limits.hasMaximum | limits.shared,
        ...unsigned(memory.minimum),
        ...unsigned(memory.maximum ?? mostPages),
      ];
      const bodyBytes = [module.subarray(body, memory.start), declared, module.subarray(memory.end, body + length)];
      const size = bodyBytes.reduce((sum, part) => sum + part.length, 0);
      return concat([
        module.subarray(0, start),
        [section.import],
        unsigned(size),
        ...bodyBytes,
        module.subarray(body + length),
      ]);
    }
    reader.offset = body + length;
  }
  return module;
}

/** Where the limits of the imported memory stand, and what they say; the reader is at the start of the import section. */
function findMemoryLimits(
  reader: WasmReader,
): { start: number; end: number; minimum: number; maximum: number | undefined } | undefined {
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    reader.name();
    reader.name();
    const kind = reader.byte();
    const start = reader.offset;
    if (kind === external.memory) {
      const { minimum, maximum } = reader.limits();
      return { start, end: reader.offset, minimum, maximum };
    }
    if (kind === external.function) {
      reader.unsigned();
    } else if (kind === external.table) {
      reader.byte();
      reader.limits();
    } else if (kind === external.global) {
      reader.byte();
      reader.byte();
    } else if (kind === external.tag) {
      reader.byte();
      reader.unsigned();
    } else {
      throw new Error(`the module imports something of the unknown kind ${kind}`);
    }
  }
  return undefined;
}

class WasmReader {
  readonly #bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  byte(): number {
    const byte = this.#bytes[this.offset];
    if (byte === undefined) throw new Error('the module is cut off');
    this.offset += 1;
    return byte;
  }

  /** An unsigned LEB128 number. */
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  name(): void {
    const length = this.unsigned();
    this.offset += length;
  }

  limits(): { minimum: number; maximum: number | undefined } {
    const flags = this.byte();
    const minimum = this.unsigned();
    return { minimum, maximum: flags & limits.hasMaximum ? this.unsigned() : undefined };
  }
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

function concat(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
