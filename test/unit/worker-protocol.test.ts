import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

describe('docs/worker-protocol.md', () => {
  it('is, with its schema and validator, what the types say', function () {
    this.timeout(120_000);
    execFileSync(process.execPath, [fileURLToPath(new URL('scripts/generate-protocol.mjs', root)), '--check'], {
      stdio: 'pipe',
    });
  });

  it('shows a frame of the right length', () => {
    const text = readFileSync(new URL('docs/worker-protocol.md', root), 'utf8');
    const [, length, body] = /Content-Length: (\d+)\\r\\n\n\\r\\n\n(\{.*\})\n/.exec(text) ?? [];
    assert.equal(Number(length), Buffer.byteLength(body ?? ''));
    assert.equal((JSON.parse(body ?? '') as { method: string }).method, 'initialize');
  });
});
