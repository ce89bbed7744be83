import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLES, TEXTS, bundle, texts } from '../../agent/bundle';

test.each(BUNDLES)('$file is what agent/ gives', async ({ entry, constant, file }) => {
  const carried = readFileSync(join(__dirname, '../..', file), 'utf8');
  expect([file, carried === (await bundle(entry, constant))]).toEqual([file, true]);
});

/** `kubectl apply` keeps the whole ConfigMap in an annotation as well, and annotations have 262,144 bytes. */
const MOST = 220_000;

test.each(BUNDLES)('$file fits into a ConfigMap with room to spare', ({ file }) => {
  expect(readFileSync(join(__dirname, '../..', file)).length).toBeLessThan(MOST);
});

test.each(TEXTS)('$file is what $folder gives', ({ folder, constant, file }) => {
  expect(readFileSync(join(__dirname, '../..', file), 'utf8')).toBe(texts(folder, constant));
});
