import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { layersOf } from '../cli/layers';
import { readManifests } from '../cli/manifests';
import { drawSite } from '../cli/picture';
import { RoleOfSite, siteGraph } from '../cli/site-graph';

const ROOT = resolve(__dirname, '..');
const dist = () => readManifests(join(ROOT, 'dist'));

const role = (name: string, facesTheWorld = false): RoleOfSite => ({
  name,
  namespace: 'dfw',
  slices: [`${name}01`],
  mebibytes: 256,
  containers: [{ name: 'engine', mebibytes: 256 }],
  ports: [],
  facesTheWorld,
  asksNodes: false,
});

const rowOf = (layers: ReturnType<typeof layersOf>, name: string) =>
  layers.rows.findIndex((row) => row.some((place) => place.role === name));

test('docs/site.svg is what the objects of dist give (`npm run picture`)', () => {
  expect(readFileSync(join(ROOT, 'docs/site.svg'), 'utf8')).toBe(drawSite(dist()));
});

test('every slice of the site is in it, with the RAM that its containers share', () => {
  const { roles } = siteGraph(dist());
  const svg = drawSite(dist());
  for (const { slices, containers, mebibytes } of roles) {
    for (const slice of slices) expect(svg).toContain(`>${slice}</text>`);
    expect(containers.reduce((sum, each) => sum + each.mebibytes, 0)).toBe(mebibytes);
  }
});

test('an arrow is a relation that the policies allow, and none is drawn twice', () => {
  const policy = (name: string, to: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${name}-to-${to}`, namespace: 'dfw' },
    spec: {
      podSelector: { matchLabels: { name } },
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: { matchLabels: { name: to } } }] }],
    },
  });
  const set = (name: string) => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: 'dfw' },
    spec: {
      replicas: 1,
      template: {
        metadata: { labels: { name } },
        spec: { containers: [{ name, resources: { limits: { memory: '64Mi' } } }] },
      },
    },
  });
  const { relations } = siteGraph([
    set('web'),
    set('db'),
    policy('web', 'db'),
    policy('web', 'db'),
    policy('db', 'none'),
  ]);
  expect(relations).toEqual([{ from: 'web', to: 'db' }]);
});

test('what looks at every slice has no arrows, which would hide the others', () => {
  const { roles, relations } = siteGraph(dist());
  const admin = roles.find((each) => each.name === 'dfw-admin');
  expect(admin?.asksNodes).toBe(true);
  expect(relations.length).toBeGreaterThan(0);
  expect(drawSite(dist())).toContain('watches every slice');
});

test('arrows lead down, also where two roles use each other', () => {
  const roles = [role('lb', true), role('web'), role('db')];
  const relations = [
    { from: 'lb', to: 'web' },
    { from: 'web', to: 'db' },
    { from: 'lb', to: 'db' },
    { from: 'db', to: 'web' },
  ];
  const layers = layersOf({ roles, relations });
  expect(['lb', 'web', 'db'].map((name) => rowOf(layers, name))).toEqual([0, 1, 2]);
  for (const { places } of layers.ways)
    expect(places.every((place, index) => place.row === index + (places[0]?.row ?? 0))).toBe(true);
});

test('what nobody connects to stands above what it uses', () => {
  const roles = [role('lb', true), role('web'), role('db'), role('jobs')];
  const relations = [
    { from: 'lb', to: 'web' },
    { from: 'web', to: 'db' },
    { from: 'jobs', to: 'db' },
  ];
  expect(rowOf(layersOf({ roles, relations }), 'jobs')).toBe(1);
});

test('a folder that is not there is an error that says what to run', () => {
  expect(() => readManifests('no-such-folder')).toThrow("there is no folder 'no-such-folder': run 'npx cdk8s synth'");
});
