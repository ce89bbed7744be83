import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

/** The package as its users get it: packed, installed into an empty folder, and used from there. */

const ROOT = resolve(__dirname, '..');
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'installed-'));
const installed = join(folder, 'node_modules/cdk8s-slices');
let packed: string[];

const run = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: folder, encoding: 'utf8' });

beforeAll(() => {
  if (!existsSync(join(ROOT, 'lib/constructs/index.js')))
    throw new Error("there is no lib/: run 'npm run build' first");
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const [{ filename, files }] = JSON.parse(output);
  packed = files.map((file: { path: string }) => file.path);
  writeFileSync(join(folder, 'package.json'), '{ "name": "site", "private": true }\n');
  // The peers are those of this repository, so that no registry is asked.
  run('npm', 'install', '--offline', '--legacy-peer-deps', `./${filename}`);
  for (const peer of Object.keys(PACKAGE.peerDependencies)) {
    symlinkSync(join(ROOT, 'node_modules', peer), join(folder, 'node_modules', peer));
  }
  mkdirSync(join(folder, 'node_modules/@types'));
  symlinkSync(join(ROOT, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What each program below is: the same site by another way of importing. */
const SITE = `
const app = new App({ outdir: process.argv[2] });
const site = new Site(app, 'ams', { domain: 'example.org' });
new CachePool(site, 'memc', { slices: 2, ram: Size.mebibytes(256) });
app.synth();
`;

function synthesized(by: string): string[] {
  return readdirSync(join(folder, by)).sort();
}

const FILES = ['0000-ams-site.k8s.yaml', 'ams-memc.k8s.yaml'];

test('it has compiled JavaScript, declarations, source maps and values for charts, and nothing else', () => {
  const others = packed.filter((path) => !/^lib\/.+(\.js|\.d\.ts|\.js\.map)$|^helm-values\/.+\.yaml$/.test(path));
  expect(packed).toContain('helm-values/keda.yaml');
  expect(others.sort()).toEqual(['.jsii', 'LICENSE', 'README.md', 'package.json']);
  const modules = packed.filter((path) => /^lib\/constructs\/.+\.js$/.test(path));
  expect(modules.length).toBeGreaterThan(20);
  for (const path of modules) {
    expect(packed).toContain(path.replace(/\.js$/, '.d.ts'));
    expect(packed).toContain(`${path}.map`);
  }
});

test('the objects of Kubernetes come without their source maps, which are larger than they are', () => {
  const imports = packed.filter((path) => path.startsWith('lib/imports/'));
  expect(imports).toContain('lib/imports/k8s.js');
  expect(imports.filter((path) => path.endsWith('.map'))).toEqual([]);
});

test('its declarations carry the doc comments, and its source maps the source', () => {
  expect(readFileSync(join(installed, 'lib/constructs/cache/cache-pool.d.ts'), 'utf8')).toContain('@default 2');
  const map = JSON.parse(readFileSync(join(installed, 'lib/constructs/cache/cache-pool.js.map'), 'utf8'));
  expect(map.sourcesContent[0]).toContain('export class CachePool');
});

test('it needs nothing at run time but its peers', () => {
  expect(PACKAGE.dependencies).toBeUndefined();
  expect(
    readdirSync(join(folder, 'node_modules'))
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual(['@types', 'cdk8s-slices', ...Object.keys(PACKAGE.peerDependencies)].sort());
});

test('a site is synthesized from CommonJS', () => {
  const imports = "const { App, Size } = require('cdk8s');\nconst { CachePool, Site } = require('cdk8s-slices');\n";
  writeFileSync(join(folder, 'site.cjs'), imports + SITE);
  run('node', 'site.cjs', 'commonjs');
  expect(synthesized('commonjs')).toEqual(FILES);
});

const IMPORTS = "import { App, Size } from 'cdk8s';\nimport { CachePool, Site } from 'cdk8s-slices';\n";

test('a site is synthesized from an ES module, by named imports', () => {
  writeFileSync(join(folder, 'site.mjs'), IMPORTS + SITE);
  run('node', 'site.mjs', 'esm');
  expect(synthesized('esm')).toEqual(FILES);
});

/** The compiler's complaints; those about the peers' own declarations are theirs to mend. */
function compile(file: string): string {
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--skipLibCheck'];
  const form = ['--module', 'node16', '--target', 'es2022', '--types', 'node'];
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), [...strict, ...form, file], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout;
}

test('a site is synthesized from TypeScript, under the strictest checks', () => {
  writeFileSync(join(folder, 'site.ts'), (IMPORTS + SITE).replace('process.argv[2]', "process.argv[2] ?? 'dist'"));
  expect(compile('site.ts')).toBe('');
  run('node', 'site.js', 'typescript');
  expect(synthesized('typescript')).toEqual(FILES);
}, 60_000);

test('a wrong property is an error of the compiler', () => {
  writeFileSync(join(folder, 'wrong.ts'), (IMPORTS + SITE).replace('slices: 2', 'replicas: 2'));
  expect(compile('wrong.ts')).toContain("'replicas' does not exist in type 'CachePoolProps'");
}, 60_000);

/** The command of the README's cdk8s.yaml, with the programs that its first step installs. */
function followReadme(name: string, program: string) {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'main.ts'), program);
  const { app } = parse(readFileSync(join(ROOT, 'examples/quickstart/cdk8s.yaml'), 'utf8'));
  const PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`;
  const { status, stderr } = spawnSync('sh', ['-c', app], { cwd, env: { ...process.env, PATH }, encoding: 'utf8' });
  return { status, stderr, dist: join(cwd, 'dist') };
}

const FIRST = readFileSync(join(ROOT, 'examples/quickstart/main.ts'), 'utf8');
const first = FIRST.replace('../../constructs', 'cdk8s-slices');

test("the README's first example is checked and synthesized as a stranger does it", () => {
  const { status, stderr, dist } = followReadme('first', first);
  expect([status, stderr]).toEqual([0, '']);
  expect(readdirSync(dist).sort()).toEqual(
    ['0000-ams-site', 'ams-db', 'ams-lb', 'ams-memc', 'ams-web'].map((each) => `${each}.k8s.yaml`),
  );
}, 60_000);

test('a wrong property in it is named, and nothing is written', () => {
  const { status, stderr, dist } = followReadme('misspelt', first.replace('slices: 2', 'replicas: 2'));
  expect(status).not.toBe(0);
  expect(stderr).toContain("'replicas' does not exist in type 'WebTierProps'");
  expect(existsSync(dist)).toBe(false);
}, 60_000);

test('it brings the command line of the operator', () => {
  run('node', 'site.cjs', 'dist');
  expect(run('node_modules/.bin/cdk8s-slices', 'picture', 'dist')).toMatch(/^<svg /);
  expect(run('node_modules/.bin/cdk8s-slices', '--version')).toBe(`${PACKAGE.version}\n`);
  expect(run('node_modules/.bin/kubectl-slices', '--help')).toContain('Usage: kubectl slices COMMAND');
  expect(run('node_modules/.bin/kubectl_complete-slices', 'statu')).toBe('status\n');
});
