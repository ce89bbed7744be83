import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import * as library from '../constructs';

const ROOT = resolve(__dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const SOURCES = readdirSync(join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .filter((file) => !file.endsWith('-bundle.ts'));

/** The files that `index.ts` makes public. */
const exported = new Set([...read('constructs/index.ts').matchAll(/from '\.\/([^']+)'/g)].map(([, file]) => file!));

/** Every file of the library that has a construct which its users make. */
const CONSTRUCTS = SOURCES.filter((file) => exported.has(file.replace(/\.ts$/, '')))
  .filter((file) => /^export class \w+ extends (Role|Construct)\b/m.test(read(`constructs/${file}`)))
  .map((file) => [basename(file, '.ts'), file] as const);

test('the eight roles of the seed are there, and the heartbeat', () => {
  const names = ['admin', 'balancer', 'blob-store', 'cache-pool', 'heartbeat', 'job-workers', 'mail-intake', 'site'];
  expect(CONSTRUCTS.map(([name]) => name)).toEqual(expect.arrayContaining([...names, 'replicated-mysql', 'web-tier']));
});

describe.each(CONSTRUCTS)('%s', (name, file) => {
  const className = /^export class (\w+)/m.exec(read(`constructs/${file}`))?.[1] as string;

  test('it is exported', () => {
    expect(Object.keys(library)).toContain(className);
  });

  test('it has a test of its own', () => {
    expect(existsSync(join(ROOT, `__tests__/${name}.test.ts`))).toBe(true);
  });

  test('a role is in the test of what its objects are', () => {
    if (/ extends Role\b/.test(read(`constructs/${file}`)))
      expect(read('__tests__/shapes.test.ts')).toMatch(new RegExp(`^  ${className}: `, 'm'));
  });

  test('it has a page in docs/, and the index leads to it', () => {
    expect(existsSync(join(ROOT, `docs/${name}.md`))).toBe(true);
    expect(read('docs/README.md')).toContain(`](${name}.md)`);
  });

  test('the table of the README has a line for it', () => {
    expect(read('README.md')).toMatch(new RegExp(`^\\| \\[${className}\\]\\(docs/${name}\\.md\\) `, 'm'));
  });
});

test('tests start programs by started.ts alone, which ends them whatever becomes of the test', () => {
  const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const starting = files.filter((file) =>
    /^import .*\b(spawn|fork|exec)\b.*child_process/m.test(read(`__tests__/${file}`)),
  );
  expect(starting).toEqual(['started.ts']);
});

test.each(SOURCES)('constructs/%s is short enough to be read at once', (file) => {
  expect(read(`constructs/${file}`).split('\n').length).toBeLessThanOrEqual(300);
});
