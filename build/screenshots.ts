/** Takes the pictures of Admin's page that docs/admin.md shows, of a made-up week. Run by `npm run screenshots`; needs chromium and prometheus. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrometheusWithWeek } from '../__tests__/page-prometheus';

const DOCS = join(__dirname, '../docs');

interface Frame {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** Frames side by side: a window of Chromium is wider than a phone. */
function take(name: string, { address, consoles }: PrometheusWithWeek, height: number, frames: readonly Frame[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'screenshots-'));
  const inner = frames.map(
    ({ width, scheme }) =>
      `<iframe src="slices.html" width="${width}" height="${height}" style="border: 0; color-scheme: ${scheme}"></iframe>`,
  );
  // From the same place as the page: Chromium does not wait for frames of others.
  writeFileSync(
    join(consoles, 'frames.html'),
    `<body style="margin: 0; display: flex; gap: 16px; background: #888">${inner.join('')}`,
  );
  const width = frames.reduce((sum, each) => sum + each.width, 16 * (frames.length - 1));
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${folder}`];
  const picture = [
    `--window-size=${width},${height}`,
    '--virtual-time-budget=30000',
    `--screenshot=${join(DOCS, name)}`,
  ];
  execFileSync('chromium', [...options, ...picture, `${address}/consoles/frames.html`], { stdio: 'ignore' });
}

async function main(): Promise<void> {
  const prometheus = new PrometheusWithWeek();
  await prometheus.start(true);
  try {
    const phones: Frame[] = [
      { width: 390, scheme: 'light' },
      { width: 390, scheme: 'dark' },
    ];
    take('page-phone.png', prometheus, 1500, phones);
    take('page-desktop.png', prometheus, 1000, [{ width: 1100, scheme: 'dark' }]);
  } finally {
    await prometheus.stop();
  }
}

void main();
