import assert from 'node:assert/strict';
import { importSharedMemory } from '../../src/local/postgis/shared-wasm-memory.ts';

interface WebAssemblyNamespace {
  Memory: new (descriptor: { initial: number; maximum: number; shared?: boolean }) => { buffer: ArrayBufferLike };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: { load: (address: number) => number } };
}
const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyNamespace }).WebAssembly;

const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
const section = (id: number, body: number[]): number[] => [id, body.length, ...body];

/** A module that imports a function, a table, a global and a memory, in this order, and exports a function that reads the memory. */
function moduleWith(memoryLimits: number[]): Uint8Array {
  const imports = [
    4,
    ...[...text('env'), ...text('f'), 0, 0],
    ...[...text('env'), ...text('t'), 1, 0x70, 1, 0, 5],
    ...[...text('env'), ...text('g'), 3, 0x7f, 0],
    ...[...text('env'), ...text('memory'), 2, ...memoryLimits],
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f]),
    ...section(2, imports),
    ...section(3, [1, 1]),
    ...section(7, [1, ...text('load'), 0, 1]),
    ...section(10, [1, 7, 0, 0x20, 0, 0x28, 2, 0, 0x0b]),
  ]);
}

function instantiate(module: Uint8Array, memory: object): { load: (address: number) => number } {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Record<string, new (...args: unknown[]) => object> };
  const env = {
    f: () => undefined,
    t: new WebAssembly.Table!({ element: 'anyfunc', initial: 1, maximum: 5 }),
    g: new WebAssembly.Global!({ value: 'i32' }, 0),
    memory,
  };
  return new wasm.Instance(new wasm.Module(module), { env }).exports;
}

describe('importSharedMemory', () => {
  for (const [what, limits] of [
    ['with a maximum', [1, 1, 10]],
    ['without one', [0, 1]],
    ['with a minimum of more than one byte', [1, 0x80, 0x01, 0x80, 0x02]],
  ] as const) {
    it(`makes a module ${what} take shared memory and nothing else`, () => {
      const memory = new wasm.Memory({
        initial: 128,
        maximum: what === 'with a maximum' ? 10 + 118 : 256,
        shared: true,
      });
      const unshared = moduleWith(what === 'with a maximum' ? [1, 1, 0x80, 0x01] : [...limits]);
      assert.throws(() => instantiate(unshared, memory), /shared/);
      const module = importSharedMemory(unshared);
      new Int32Array(memory.buffer)[4] = 1234;
      assert.equal(instantiate(module, memory).load(16), 1234);
    });
  }

  it('leaves a module alone that has its own memory, or none', () => {
    const own = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(5, [1, 0, 1])]);
    assert.equal(importSharedMemory(own), own);
  });

  it('refuses what is cut off', () => {
    const module = moduleWith([1, 1, 10]);
    assert.throws(() => importSharedMemory(module.subarray(0, 30)), /cut off/);
  });
});
