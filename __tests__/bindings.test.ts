import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { testWith } from './tools';
import { INPUT_TYPES } from '../constructs/core/inputs/input-types-bundle';

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

/** Types as the library's own table of them has them (`Map<string>`), from the assembly, which is made by a compiler. */
// oxlint-disable-next-line typescript/no-explicit-any
function typeText({ primitive, fqn, collection }: any): string {
  if (primitive) return primitive === 'date' ? 'Date' : primitive;
  if (fqn) return fqn.replace(/^(cdk8s-slices|cdk8s|constructs)\./, '');
  const element = typeText(collection.elementtype);
  return collection.kind === 'array' ? `${element}[]` : `Map<${element}>`;
}

/** jsii knows numbers alone. */
function asJsii(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, type.replace('integer', 'number')]));
}

test('what is checked at synthesis is what the other languages have', () => {
  const assembly = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')).types;
  const fieldsOf = (fqn: string): [string, string][] => [
    ...(assembly[fqn].properties ?? []).map((each: Record<string, string>) => [
      each['name'] + (each['optional'] ? '?' : ''),
      typeText(each['type']),
    ]),
    ...(assembly[fqn].interfaces ?? []).flatMap(fieldsOf),
  ];
  const names = Object.keys(assembly).filter((fqn) => assembly[fqn].datatype && fqn.split('.').length === 2);
  expect(names.length).toBeGreaterThan(35);
  const shorter = names.map((fqn) => fqn.split('.')[1] as string);
  expect(
    Object.keys(INPUT_TYPES.structs)
      .filter((each) => !each.startsWith('k8s.'))
      .sort(),
  ).toEqual(shorter.sort());
  for (const name of Object.keys(INPUT_TYPES.structs))
    expect([name, asJsii(INPUT_TYPES.structs[name]!)]).toEqual([
      name,
      Object.fromEntries(fieldsOf(`cdk8s-slices.${name}`)),
    ]);
});

test('what is internal to the library is in none of them', () => {
  expect(read('python/src/cdk8s_slices/__init__.py')).not.toMatch(/def _?(require_secret|offer)\(/);
});

const QUICKSTART = join(ROOT, 'examples/quickstart');
const texts = (path: string) =>
  readdirSync(path)
    .sort()
    .map((file) => [file, readFileSync(join(path, file), 'utf8')]);

/** Runs the program of the README as its cdk8s.yaml says, from a folder of its own. */
function runPython(name: string, program: string): { status: number | null; stderr: string; dist: string } {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'main.py'), program);
  const { app } = parse(readFileSync(join(QUICKSTART, 'python/cdk8s.yaml'), 'utf8'));
  const sources = join(folder, 'python/src');
  const env = { ...process.env, PYTHONPATH: sources, MYPYPATH: sources, PYTHONDONTWRITEBYTECODE: '1' };
  const { status, stderr } = spawnSync('sh', ['-c', app], { cwd, env, encoding: 'utf8' });
  return { status, stderr, dist: join(cwd, 'dist') };
}

const program = readFileSync(join(QUICKSTART, 'python/main.py'), 'utf8');

testWith('python')(
  'the first example in Python gives the same manifests as in TypeScript, byte for byte',
  () => {
    const { status, stderr, dist } = runPython('quickstart', program);
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    const typescript = join(folder, 'typescript');
    execFileSync('npx', ['tsx', join(QUICKSTART, 'main.ts')], {
      cwd: ROOT,
      env: { ...process.env, CDK8S_OUTDIR: typescript },
    });
    expect(texts(dist)).toEqual(texts(typescript));
    expect(texts(dist)).toHaveLength(5);
  },
  180_000,
);

testWith('python')(
  'a wrong type is found before the program runs, and named',
  () => {
    const { status, stderr, dist } = runPython('wrong', program.replace('Size.mebibytes(512)', '"512Mi"'));
    expect(status).not.toBe(0);
    expect(stderr).toContain('Argument "ram" to "ReplicatedMySQL" has incompatible type "str"; expected "Size"');
    expect(existsSync(dist)).toBe(false);
  },
  180_000,
);
