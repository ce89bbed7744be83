import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Manifest, readManifests } from '../cli/manifests';
import { siteGraph } from '../cli/site-graph';

let objects: Manifest[];

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'synth-'));
  const env = { ...process.env, CDK8S_OUTDIR: folder };
  execFileSync('npx', ['tsx', 'examples/two-centres/main.ts'], { cwd: resolve(__dirname, '..'), env });
  objects = readManifests(folder);
});

const siteOf = ({ metadata }: Manifest) => metadata.labels?.['app.kubernetes.io/part-of'];

test('a second data centre has names, slices and an address of its own', () => {
  const slices = siteGraph(objects).roles.flatMap((role) => role.slices);
  expect(slices).toEqual(expect.arrayContaining(['dfw-web01', 'dfw-web02', 'ams-web01', 'ams-web02', 'ams-web03']));
  const addresses = objects.filter(({ kind, spec }) => kind === 'Service' && spec.type === 'LoadBalancer');
  expect(addresses.map(({ metadata }) => metadata.name).sort()).toEqual([
    'ams-lb-active',
    'ams-mail-smtp',
    'dfw-lb-active',
    'dfw-mail-smtp',
  ]);
});

test.each([
  ['dfw', 'ams'],
  ['ams', 'dfw'],
])('%s has no relation to %s: not a name, not an open port', (site, other) => {
  const own = objects.filter((each) => siteOf(each) === site);
  expect(own.length).toBeGreaterThan(30);
  const strangers = own.filter((each) => new RegExp(`\\b${other}\\b`).test(JSON.stringify(each)));
  expect(strangers.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
});

test('every object belongs to one of the two', () => {
  expect(new Set(objects.map(siteOf))).toEqual(new Set(['ams', 'dfw']));
});
