import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Files } from '../constructs';

function folder(files: Record<string, string | Buffer>): string {
  const root = mkdtempSync(join(tmpdir(), 'files-'));
  mkdirSync(join(root, 'sub'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
  return root;
}

test('the files of a folder get their places, in an order of their own', () => {
  const files = Files.ofFolder(folder({ 'b.conf': 'b\n', 'a.sh': 'a\n', 'sub/ü': 'ü' }), '/etc/site');
  expect(Object.entries(files)).toEqual([
    ['/etc/site/a.sh', 'a\n'],
    ['/etc/site/b.conf', 'b\n'],
    ['/etc/site/sub/ü', 'ü'],
  ]);
});

test('they may be at the root of a site', () => {
  expect(Files.ofFolder(folder({ 'robots.txt': '' }), '/')).toEqual({ '/robots.txt': '' });
});

test('a file that a ConfigMap would spoil is an error', () => {
  const root = folder({ 'logo.png': Buffer.from([0x89, 0x50]) });
  expect(() => Files.ofFolder(root, '/srv')).toThrow(`${root}/logo.png: it is no text; put it into an image`);
});
