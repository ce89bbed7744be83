import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { runProgram } from '../cli/program';
import { makeProject, planProject } from '../cli/init/init';

const ROOT = resolve(__dirname, '..');
const newFolder = (name = 'ams') => join(mkdtempSync(join(tmpdir(), 'init-')), name);
const packageIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

function made(folder = newFolder()): string {
  makeProject(planProject(folder, 'ams.example.org'));
  return folder;
}

/** Gives a project what `npm install` would: this library's sources in the place of the package. */
function install(folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'cdk8s-slices'), { recursive: true });
  for (const name of ['cdk8s', 'constructs', 'cdk8s-cli', 'tsx', 'typescript', '@types', '.bin'])
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  writeFileSync(join(modules, 'cdk8s-slices/package.json'), '{ "name": "cdk8s-slices", "main": "index.ts" }');
  writeFileSync(join(modules, 'cdk8s-slices/index.ts'), `export * from '${ROOT}/constructs';\n`);
}

describe('a new project', () => {
  const folder = made();
  const npm = async (...args: string[]) => promisify(execFile)('npm', args, { cwd: folder });

  beforeAll(() => install(folder));

  test('has the right types, and its test succeeds', async () => {
    const { stdout } = await npm('test');
    expect(stdout).toMatch(/# pass 2\n# fail 0/);
  }, 60_000);

  test('has a test that fails where the site changes', async () => {
    const site = readFileSync(join(folder, 'site.ts'), 'utf8');
    writeFileSync(join(folder, 'site.ts'), site.replace('slices: 2', 'slices: 3'));
    await expect(npm('test')).rejects.toThrow();
    writeFileSync(join(folder, 'site.ts'), site);
  }, 60_000);

  test('is synthesized, with the name of its folder and the domain that it was given', async () => {
    await npm('run', 'synth');
    expect(readdirSync(join(folder, 'dist')).sort()).toEqual([
      '0000-ams-site.k8s.yaml',
      'ams-db.k8s.yaml',
      'ams-lb.k8s.yaml',
      'ams-memc.k8s.yaml',
      'ams-web.k8s.yaml',
    ]);
    expect(readFileSync(join(folder, 'dist/ams-web.k8s.yaml'), 'utf8')).toContain('image: docker.io/library/httpd:2.4');
  }, 60_000);
});

test('a package.json that is there keeps what it has, and gets what it lacks', () => {
  const folder = newFolder();
  mkdirSync(folder);
  const scripts = { test: 'echo "Error: no test specified" && exit 1', synth: 'mine' };
  const dependencies = { 'cdk8s-slices': 'file:cdk8s-slices-0.1.0.tgz', tsx: '4.0.0' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'mine', license: 'MIT', scripts, dependencies }));
  const found = packageIn(made(folder));
  expect(found).toMatchObject({
    name: 'mine',
    license: 'MIT',
    scripts: { synth: 'mine', check: 'tsc --noEmit' },
    dependencies,
  });
  expect(found.scripts.test).toMatch(/--test site.test.ts$/);
  expect([Object.keys(found.dependencies), Object.keys(found.devDependencies)]).toEqual([
    ['cdk8s-slices', 'tsx', 'cdk8s', 'constructs'],
    ['@types/node', 'cdk8s-cli', 'typescript'],
  ]);
});

test('nothing is overwritten', () => {
  const folder = made();
  expect(() => planProject(folder, 'example.org')).toThrow(
    `${folder} has site.ts, main.ts, site.test.ts, images.json, cdk8s.yaml, tsconfig.json already: name another folder`,
  );
});

test('nothing is written in a dry run', async () => {
  const folder = newFolder();
  const program = [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(ROOT, 'cli/main.ts'), 'init', folder, '--dry-run'];
  const { stdout } = await promisify(execFile)(process.execPath, program);
  expect([stdout.split('\n')[0], existsSync(folder)]).toEqual(['would write .gitignore', false]);
});

test('a domain that would break site.ts is a wrong command line, and nothing is written', async () => {
  const folder = newFolder();
  const said: string[] = [];
  const streams = { out: () => {}, err: (text: string) => said.push(text) };
  expect(await runProgram('cdk8s-slices', ['init', folder, "--domain=it's"], streams)).toBe(2);
  expect([said.join(''), existsSync(folder)]).toEqual([expect.stringContaining("'it's' is no domain"), false]);
});

test.each([
  ['My Forum', 'my-forum'],
  ['2024', 'site'],
  ['kube-site', 'site'],
])('a folder called %s has the site %s', (folder, site) => {
  expect(planProject(newFolder(folder), 'example.org').files['site.ts']).toContain(`new Site(app, '${site}'`);
});
