import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLES, bundle } from '../../agent/bundle';

test.each(BUNDLES)('$file is what agent/ gives', async ({ entry, constant, file }) => {
  expect(readFileSync(join(__dirname, '../..', file), 'utf8')).toBe(await bundle(entry, constant));
});

test.each(BUNDLES)('$file fits into a ConfigMap with room to spare', ({ file }) => {
  expect(readFileSync(join(__dirname, '../..', file)).length).toBeLessThan(200_000);
});
