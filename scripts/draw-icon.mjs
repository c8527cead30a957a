/** Draws media/icon.png from media/icon.svg, with the Chromium that CHROMIUM names or that is installed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const media = resolve(import.meta.dirname, '..', 'media');
const folder = mkdtempSync(join(tmpdir(), 'snowmelt-icon-'));
const page = join(folder, 'icon.html');
writeFileSync(
  page,
  `<!doctype html><style>html,body{margin:0;background:transparent}svg{display:block}</style>${readFileSync(join(media, 'icon.svg'), 'utf8')}`,
);
execFileSync(
  process.env.CHROMIUM ?? 'chromium',
  [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--default-background-color=00000000',
    '--window-size=256,256',
    `--user-data-dir=${join(folder, 'profile')}`,
    `--screenshot=${join(media, 'icon.png')}`,
    `file://${page}`,
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
rmSync(folder, { recursive: true, force: true });
