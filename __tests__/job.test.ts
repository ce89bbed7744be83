import { Size, Testing } from 'cdk8s';
import { CachePool, Site } from '../constructs';
import { container } from '../constructs/core/container';
import { runOnce } from '../constructs/core/job';
import { matches } from './invariants';
import { Manifest, find, ofKind, synth } from './support';

function job(command: string, labels?: Record<string, string>): { objects: Manifest[]; job: Manifest } {
  const site = new Site(Testing.app(), 'dfw', { domain: 'example.org', ...(labels ? { metadata: { labels } } : {}) });
  const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(512) });
  const other = new CachePool(site, 'other', { ram: Size.mebibytes(512) });
  runOnce(cache, {
    name: 'setup',
    containers: [container({ name: 'setup', image: 'node:24', mebibytes: 64, command: [command] })],
    ports: [{ port: 11211 }],
    uses: [other],
  });
  const objects = synth(site);
  return { objects, job: ofKind(objects, 'Job')[0] };
}

test('a changed task is a new Job, and the same task the same', () => {
  expect(job('true').job.metadata.name).toMatch(/^dfw-memc-setup-[0-9a-f]{10}$/);
  expect(job('true').job.metadata.name).toBe(job('true').job.metadata.name);
  expect(job('true').job.metadata.name).not.toBe(job('false').job.metadata.name);
});

test("its pod's labels are as immutable as all else in it: other labels are a new Job", () => {
  const ops = job('true', { team: 'ops' }).job;
  expect(ops.spec.template.metadata.labels.team).toBe('ops');
  expect(ops.metadata.name).not.toBe(job('true').job.metadata.name);
  expect(ops.metadata.name).not.toBe(job('true', { team: 'web' }).job.metadata.name);
});

test('its pod is no slice: neither the Services nor the budget of its role select it', () => {
  const { objects, job: made } = job('true');
  const labels = made.spec.template.metadata.labels;
  for (const { spec } of ofKind(objects, 'Service')) expect(matches(spec.selector, labels)).toBe(false);
  for (const { spec } of ofKind(objects, 'PodDisruptionBudget')) {
    expect(matches(spec.selector.matchLabels, labels)).toBe(false);
  }
  expect(made.spec.template.spec.topologySpreadConstraints).toBeUndefined();
});

test('it reaches its role on the ports named, and what it uses on the ports offered', () => {
  const { objects, job: made } = job('true');
  for (const to of ['dfw-memc', 'dfw-other']) {
    const egress = find(objects, 'NetworkPolicy', `dfw-memc-setup-to-${to}`).spec;
    expect(matches(egress.podSelector.matchLabels, made.spec.template.metadata.labels)).toBe(true);
    expect(egress.egress[0].ports).toEqual([{ port: 11211, protocol: 'TCP' }]);
    const ingress = find(objects, 'NetworkPolicy', `${to}-from-dfw-memc-setup`).spec;
    expect(ingress.ingress[0].from[0].podSelector.matchLabels).toEqual(egress.podSelector.matchLabels);
  }
});
