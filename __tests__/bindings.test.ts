import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'bindings-'));
const read = (path: string) => readFileSync(join(folder, path), 'utf8');

// `npm run build` has compiled the library by jsii, which fails where the API cannot be expressed in the other languages.
beforeAll(() => {
  if (!existsSync(join(ROOT, '.jsii'))) throw new Error("there is no .jsii: run 'npm run build' first");
  const targets = ['--targets', 'python', 'java', 'dotnet', 'go'];
  execFileSync('npx', ['jsii-pacmak', '--code-only', ...targets, '--outdir', folder], {
    cwd: ROOT,
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: process.versions.node.split('.')[0] },
  });
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['Python', 'python/src/cdk8s_slices/__init__.py', 'class CachePool('],
  ['Java', 'java/src/main/java/io/github/cdk8sslices/CachePool.java', 'public class CachePool'],
  ['.NET', 'dotnet/Cdk8sSlices/Cdk8sSlices/CachePool.cs', 'public class CachePool'],
  ['Go', 'go/slices/CachePool.go', 'type CachePool interface'],
])('the source of the library for %s is generated', (_language, path, declaration) => {
  expect(read(path)).toContain(declaration);
});

test('what is internal to the library is in none of them', () => {
  expect(read('python/src/cdk8s_slices/__init__.py')).not.toMatch(/def _?(require_secret|offer)\(/);
});
