import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readTar, writeTar } from '../../src/local/postgis/tar.ts';

const name = fc.stringMatching(/^[a-z0-9_]{1,20}(\/[a-z0-9_]{1,20}){0,3}$/);
const content = fc.option(
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  { nil: undefined },
);
const entries = fc.uniqueArray(fc.record({ name, content }, { noNullPrototype: true }), {
  selector: (entry) => entry.name,
  maxLength: 10,
});

describe('tar', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(entries, (written) => {
        assert.deepEqual(readTar(writeTar(written)), written);
      }),
    );
  });

  it('is what tar understands', () => {
    const folder = mkdtempSync(join(tmpdir(), 'snowmelt-tar-'));
    try {
      const archive = join(folder, 'a.tar');
      writeFileSync(
        archive,
        writeTar([
          { name: 'd', content: undefined },
          { name: 'd/f', content: Buffer.from('hello') },
        ]),
      );
      assert.deepEqual(execFileSync('tar', ['-tf', archive]).toString().split('\n'), ['d/', 'd/f', '']);
      execFileSync('tar', ['-xf', archive, '-C', folder]);
      assert.equal(readFileSync(join(folder, 'd', 'f'), 'utf8'), 'hello');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses an archive that is cut off, or reaches outside itself', () => {
    const archive = writeTar([{ name: 'f', content: Buffer.alloc(2000) }]);
    assert.throws(() => readTar(archive.subarray(0, 1024)), /cut off at f/);
    assert.throws(() => readTar(writeTar([{ name: 'a/../../b', content: Buffer.alloc(0) }])), /outside/);
    assert.throws(() => writeTar([{ name: 'x'.repeat(100), content: Buffer.alloc(0) }]), /too long/);
  });
});
