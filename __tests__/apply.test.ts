import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyFolder, synthesized } from '../cli/apply';
import { interpreterOf, withoutLog } from '../cli/programs';

/** Puts a program of this name before all others, and returns the folder it is in. */
function withProgram(name: string, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bin-'));
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  process.env['PATH'] = `${folder}:${path}`;
  return folder;
}

/** An empty folder to work in, with a package in its node_modules that writes what it was called with. */
function project(...packages: [name: string, bin: string][]): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'project-')));
  for (const [name, bin] of packages) {
    const at = join(folder, 'node_modules', name);
    mkdirSync(at, { recursive: true });
    writeFileSync(
      join(at, 'package.json'),
      JSON.stringify({ bin: { [bin]: 'run.js' }, exports: { './package.json': './package.json' } }),
    );
    const record = "[...process.argv.slice(2), process.env.PATH.split(':')[0]]";
    writeFileSync(
      join(at, 'run.js'),
      `require('fs').writeFileSync((process.env.CDK8S_OUTDIR ?? '.') + '/called.json', JSON.stringify(${record}));`,
    );
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  }
  process.chdir(folder);
  return folder;
}

const path = process.env['PATH'];
const start = process.cwd();
afterEach(() => {
  process.env['PATH'] = path;
  process.chdir(start);
});

test('a folder is applied as it is, and a program is run for what it synthesizes, without npx', async () => {
  const folder = project(['tsx', 'tsx']);
  withProgram('npx', 'exit 1');
  expect(await synthesized(folder)).toBe(folder);
  writeFileSync('main.ts', '');
  const made = await synthesized('main.ts');
  expect(made).not.toBe(folder);
  expect(JSON.parse(readFileSync(join(made, 'called.json'), 'utf8'))).toEqual([
    'main.ts',
    join(folder, 'node_modules/.bin'),
  ]);
});

test('without one, it is what cdk8s synthesizes, in the folder that cdk8s.yaml names', async () => {
  const folder = project(['cdk8s-cli', 'cdk8s']);
  writeFileSync('cdk8s.yaml', 'language: typescript\napp: tsx main.ts\noutput: manifests\n');
  expect(await synthesized(undefined)).toBe('manifests');
  expect(JSON.parse(readFileSync(join(folder, 'called.json'), 'utf8')).slice(0, 2)).toEqual([
    'synth',
    '--check-upgrade=false',
  ]);
});

test('a cdk8s that only the PATH has is found there', async () => {
  project();
  withProgram('cdk8s', 'test "$1" = synth');
  writeFileSync('cdk8s.yaml', 'language: python\n');
  expect(await synthesized(undefined)).toBe('dist');
});

test('each language has its own interpreter, and another is an error', () => {
  expect(interpreterOf('main.py').file).toBe('python3');
  expect(interpreterOf('main.go')).toEqual({ file: 'go', args: ['run'] });
  expect(interpreterOf('main.mjs')).toEqual({ file: process.execPath, args: [] });
  expect(() => interpreterOf('Main.java')).toThrow(
    "'Main.java' is no program that this command can run (.ts, .js, .py, .go): run it yourself, and name the folder",
  );
});

test('a program in Python is run by Python', async () => {
  project();
  withProgram('python3', 'echo made > "$CDK8S_OUTDIR/by-$1"');
  writeFileSync('main.py', '');
  expect(readdirSync(await synthesized('main.py'))).toEqual(['by-main.py']);
});

test('an interpreter that is not installed is named', async () => {
  project();
  process.env['PATH'] = '/nowhere';
  writeFileSync('main.go', '');
  await expect(synthesized('main.go')).rejects.toThrow("there is no program 'go': install it");
});

test('a site that is not there is an error', async () => {
  await expect(synthesized('nowhere.ts')).rejects.toThrow("there is no 'nowhere.ts': name a folder of manifests or");
});

test('no site and no cdk8s.yaml is an error', async () => {
  project();
  await expect(synthesized(undefined)).rejects.toThrow('there is no cdk8s.yaml here: name a folder of manifests or');
});

test('the objects are counted by what became of them', async () => {
  withProgram('kubectl', 'echo "service/a created"; echo "service/b unchanged"; echo "service/c created"');
  expect(await applyFolder('dist')).toBe('3 objects: 2 created, 1 unchanged');
});

test('a dry run asks the server, and folders in folders are applied, to the cluster that is named', async () => {
  withProgram('kubectl', 'echo "$@" >&2; echo "service/a created (server dry run)"; test "$1" = --context=east');
  expect(await applyFolder('dist', ['--context=east'], true)).toBe('1 objects: 1 created');
  const folder = withProgram('kubectl', 'echo "$@" > "$(dirname "$0")/args"');
  await applyFolder('dist', ['--context=east'], true);
  expect(readFileSync(join(folder, 'args'), 'utf8')).toBe(
    '--context=east apply --dry-run=server --recursive -f dist\n',
  );
});

test('what kubectl refuses is said', async () => {
  withProgram('kubectl', 'echo "error: no such namespace" >&2; exit 1');
  await expect(applyFolder('dist')).rejects.toThrow(
    'kubectl apply --recursive -f dist failed: error: no such namespace',
  );
});

test("an error of kubectl is told without its log's lines", () => {
  const log =
    'E1129 23:58:09.901597   29875 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group list"';
  const refused = 'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?';
  expect(withoutLog(`${log}\n${log}\n${refused}\n`)).toBe(refused);
  expect(withoutLog(`${log}\n`)).toBe(log);
  expect(withoutLog('Error from server (Forbidden): no\n')).toBe('Error from server (Forbidden): no');
});
