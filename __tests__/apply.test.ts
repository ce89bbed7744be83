import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyFolder, synthesized } from '../cli/apply';

/** Puts a program of this name before all others, and returns the folder it is in. */
function withProgram(name: string, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bin-'));
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  process.env['PATH'] = `${folder}:${path}`;
  return folder;
}

const path = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = path;
});

test('a folder is applied as it is, and a program is run for what it synthesizes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'site-'));
  expect(await synthesized(folder)).toBe(folder);
  const bin = withProgram('npx', 'test "$1" = tsx && cp "$2" "$CDK8S_OUTDIR/"');
  const made = await synthesized(join(bin, 'npx'));
  expect(made).not.toBe(folder);
});

test('without one, it is what cdk8s synthesizes', async () => {
  withProgram('npx', 'test "$1 $2" = "cdk8s synth"');
  expect(await synthesized(undefined)).toBe('dist');
});

test('a site that is not there is an error', async () => {
  await expect(synthesized('nowhere.ts')).rejects.toThrow("there is no 'nowhere.ts': name a folder of manifests or");
});

test('the objects are counted by what became of them', async () => {
  withProgram('kubectl', 'echo "service/a created"; echo "service/b unchanged"; echo "service/c created"');
  expect(await applyFolder('dist')).toBe('3 objects: 2 created, 1 unchanged');
});

test('what kubectl refuses is said', async () => {
  withProgram('kubectl', 'echo "error: no such namespace" >&2; exit 1');
  await expect(applyFolder('dist')).rejects.toThrow('kubectl apply -f dist failed: error: no such namespace');
});
