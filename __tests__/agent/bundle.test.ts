import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLES, TEXTS, bundle, texts } from '../../agent/bundle';

test.each(BUNDLES)('$file is what agent/ gives', async ({ entry, constant, file }) => {
  const carried = readFileSync(join(__dirname, '../..', file), 'utf8');
  expect([file, carried === (await bundle(entry, constant))]).toEqual([file, true]);
});

test.each(BUNDLES)('$file fits into a ConfigMap with room to spare', ({ file }) => {
  expect(readFileSync(join(__dirname, '../..', file)).length).toBeLessThan(200_000);
});

test.each(TEXTS)('$file is what $folder gives', ({ folder, constant, file }) => {
  expect(readFileSync(join(__dirname, '../..', file), 'utf8')).toBe(texts(folder, constant));
});
