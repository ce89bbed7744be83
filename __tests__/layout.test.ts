import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as library from '../constructs';

const ROOT = resolve(__dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Every file of the library that has a construct which its users make. */
const CONSTRUCTS = readdirSync(join(ROOT, 'constructs'))
  .filter((file) => file.endsWith('.ts'))
  .filter((file) => /^export class \w+ extends (Role|Construct)\b/m.test(read(`constructs/${file}`)))
  .map((file) => file.replace('.ts', ''));

test('the eight roles of the seed are there, and the heartbeat', () => {
  const names = ['admin', 'balancer', 'blob-store', 'cache-pool', 'heartbeat', 'job-workers', 'mail-intake', 'site'];
  expect(CONSTRUCTS).toEqual(expect.arrayContaining([...names, 'replicated-mysql', 'web-tier']));
});

describe.each(CONSTRUCTS)('%s', (name) => {
  const className = /^export class (\w+)/m.exec(read(`constructs/${name}.ts`))?.[1] as string;

  test('it is exported', () => {
    expect(Object.keys(library)).toContain(className);
  });

  test('it has a test of its own', () => {
    expect(existsSync(join(ROOT, `__tests__/${name}.test.ts`))).toBe(true);
  });

  test('a role is in the test of what its objects are', () => {
    if (/ extends Role\b/.test(read(`constructs/${name}.ts`)))
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

test.each(
  readdirSync(join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')),
)('constructs/%s is short enough to be read at once', (file) => {
  if (file === join('private', 'agent-bundle.ts')) return;
  expect(read(`constructs/${file}`).split('\n').length).toBeLessThanOrEqual(300);
});
