import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { asUsersWrite, current, pages } from '../docs/snippets';

const ROOT = resolve(__dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe.each(pages())('%s', (page) => {
  test('its code is what the files that it names hold now (`npm run snippets`)', () => {
    expect(current(page, read(page))).toBe(read(page));
  });

  test('every file that it links to is there', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map((match) => match[1] as string);
    const lost = links.filter((link) => !existsSync(join(ROOT, dirname(page), link)));
    expect(lost).toEqual([]);
  });
});

test('a site of ones own is thirty lines', () => {
  expect(asUsersWrite(read('examples/quickstart/main.ts')).trimEnd().split('\n').length).toBeLessThanOrEqual(30);
});
