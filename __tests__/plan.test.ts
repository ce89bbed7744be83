import type { V1Node, V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { Size } from 'cdk8s';
import * as fc from 'fast-check';
import { Load, pack } from '../cli/packing';
import { mayRunOn } from '../cli/node-rules';
import { Machines, linesOf, plansOf, requestsOf } from '../cli/plan';
import { mebibytes, millicores } from '../cli/quantities';
import { CachePool } from '../constructs';
import { newSite, synth } from './support';

const node = (name: string, memory: string, more: object = {}) =>
  ({
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: {},
    status: { allocatable: { memory, cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
    ...more,
  }) as V1Node;

const machines = (nodes: V1Node[], more: Partial<Machines> = {}): Machines => ({
  nodes,
  pods: [],
  volumes: [],
  ...more,
});

/** A site of so many slices of a cache, with 512 MiB each. */
function caches(slices: number) {
  const site = newSite();
  new CachePool(site, 'memc', { slices, ram: Size.mebibytes(512) });
  return synth(site);
}

test('a site fits with each node lost, where the others have room for all of it', () => {
  const plans = plansOf(caches(2), machines([node('a', '2Gi'), node('b', '2Gi'), node('c', '600Mi')]));
  expect(plans.map(({ lost, left }) => [lost, left.length])).toEqual([
    [undefined, 0],
    ['a', 0],
    ['b', 0],
    ['c', 0],
  ]);
  expect(Object.keys(plans[0]!.places)).toEqual(['dfw-memc01', 'dfw-memc02']);
});

test('a slice that finds no node is named, with what it asks for', () => {
  const plans = plansOf(caches(2), machines([node('a', '700Mi'), node('b', '700Mi')]));
  expect(linesOf(plans[0]!)).toEqual(['with all nodes: fits']);
  const [first, second] = linesOf(plans[1]!);
  expect(first).toBe('without a: DOES NOT FIT');
  expect(second).toMatch(/^ {2}dfw-memc0\d: no node has 512 MiB and \d+m of CPU left for it$/);
});

test('slices of a role are spread over the nodes, so that one node with all the room is not enough', () => {
  const [whole] = plansOf(caches(2), machines([node('a', '8Gi'), node('b', '256Mi')]));
  expect(whole?.left).toHaveLength(1);
});

test('what others run counts, and what the site runs itself does not', () => {
  const pod = (site: string, phase = 'Running') =>
    ({
      metadata: { labels: { 'app.kubernetes.io/part-of': site } },
      spec: { nodeName: 'a', containers: [{ name: 'x', resources: { requests: { memory: '1700Mi' } } }] },
      status: { phase },
    }) as V1Pod;
  const nodes = [node('a', '2Gi'), node('b', '2Gi')];
  expect(plansOf(caches(2), machines(nodes, { pods: [pod('ams')] }))[0]?.left).toHaveLength(1);
  expect(plansOf(caches(2), machines(nodes, { pods: [pod('dfw')] }))[0]?.left).toEqual([]);
  expect(plansOf(caches(2), machines(nodes, { pods: [pod('ams', 'Succeeded')] }))[0]?.left).toEqual([]);
});

test('a node that takes no pods is no place', () => {
  const cordoned = node('b', '8Gi', { spec: { unschedulable: true } });
  const tainted = node('c', '8Gi', { spec: { taints: [{ key: 'control-plane', effect: 'NoSchedule' }] } });
  const dead = node('d', '8Gi', { status: { allocatable: { memory: '8Gi', cpu: '4' }, conditions: [] } });
  const plans = plansOf(caches(1), machines([node('a', '600Mi'), cordoned, tainted, dead]));
  expect(plans[0]?.places).toEqual({ 'dfw-memc01': 'a' });
  expect(plans.map(({ lost }) => lost)).toEqual([undefined, 'a', 'c']);
});

test('a slice whose volume is on the lost node waits for it, and the others have to fit', () => {
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'dfw-db', namespace: 'dfw', labels: { 'app.kubernetes.io/part-of': 'dfw' } },
    spec: {
      replicas: 2,
      ordinals: { start: 1 },
      volumeClaimTemplates: [{ metadata: { name: 'data' } }],
      template: { spec: { containers: [{ name: 'mysqld', resources: { requests: { memory: '512Mi' } } }] } },
    },
  };
  const volume = (claim: string, host: string) => ({
    spec: {
      claimRef: { namespace: 'dfw', name: claim },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }] },
          ],
        },
      },
    },
  });
  const volumes = [volume('data-dfw-db-1', 'a'), volume('data-dfw-db-2', 'b')];
  const plans = plansOf([set], machines([node('a', '600Mi'), node('b', '600Mi'), node('c', '8Gi')], { volumes }));
  expect(plans[0]?.places).toEqual({ 'dfw-db01': 'a', 'dfw-db02': 'b' });
  expect(linesOf(plans[1]!)).toEqual([
    'without a: fits',
    '  dfw-db01: down until the node is back, which has the volume',
  ]);
});

test('it goes back over its choices, where the first one leaves no room', () => {
  const load = (name: string, size: number, nodes = ['a', 'b']): Load => ({
    name,
    group: name,
    mebibytes: size,
    millicores: 0,
    nodes,
  });
  const rooms = [
    { name: 'a', mebibytes: 10, millicores: 1 },
    { name: 'b', mebibytes: 9, millicores: 1 },
  ];
  const loads = [load('one', 5), load('two', 5), load('three', 5, ['b']), load('four', 4)];
  expect(pack(loads, rooms).left).toEqual([]);
});

test('no node is ever given more than it has, and nothing is placed where it may not run', () => {
  const room = fc.record({ mebibytes: fc.integer({ min: 0, max: 40 }), millicores: fc.integer({ min: 0, max: 40 }) });
  const loads = fc.array(
    fc.record({
      group: fc.constantFrom('x', 'y', 'z'),
      mebibytes: fc.integer({ min: 1, max: 20 }),
      millicores: fc.integer({ min: 0, max: 20 }),
      nodes: fc.subarray(['a', 'b', 'c']),
    }),
    { maxLength: 9 },
  );
  fc.assert(
    fc.property(fc.tuple(room, room, room), loads, (sizes, made) => {
      const rooms = sizes.map((size, index) => ({ name: 'abc'[index]!, ...size }));
      const all = made.map((each, index) => ({ ...each, name: String(index) }));
      const { places, left } = pack(all, rooms);
      expect(places.size + left.length).toBe(all.length);
      for (const { name, ...has } of rooms) {
        const own = all.filter((each) => places.get(each.name) === name);
        expect(own.reduce((sum, each) => sum + each.mebibytes, 0)).toBeLessThanOrEqual(has.mebibytes);
        expect(own.reduce((sum, each) => sum + each.millicores, 0)).toBeLessThanOrEqual(has.millicores);
        expect(own.every(({ nodes }) => nodes.includes(name))).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test.each([
  [{ operator: 'In', values: ['ssd'] }, true],
  [{ operator: 'NotIn', values: ['ssd'] }, false],
  [{ operator: 'Exists' }, true],
  [{ operator: 'DoesNotExist' }, false],
])('the rule %j of a pod about its node is followed', (rule, expected) => {
  const terms = [{ matchExpressions: [{ key: 'disk', ...rule }] }];
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
  const labelled = node('a', '1Gi', { metadata: { name: 'a', labels: { disk: 'ssd' } } });
  expect(mayRunOn(labelled, { containers: [], affinity }, [])).toBe(expected);
});

test('a pod asks for its containers and sidecars, or for the largest that begins before them', () => {
  const of = (memory: string) => ({ name: 'x', resources: { requests: { memory, cpu: '100m' } } });
  const sidecar = { ...of('48Mi'), restartPolicy: 'Always' };
  expect(requestsOf({ containers: [of('200Mi')], initContainers: [sidecar, of('64Mi')] })).toEqual({
    mebibytes: 248,
    millicores: 200,
  });
  expect(requestsOf({ containers: [of('10Mi')], initContainers: [of('64Mi')] }).mebibytes).toBe(64);
});

test('quantities are read as Kubernetes writes them', () => {
  expect(['64Mi', '1Gi', '1048576', '2048Ki'].map(mebibytes)).toEqual([64, 1024, 1, 2]);
  expect(['1', '250m', '1500000n', '500u'].map(millicores)).toEqual([1000, 250, 1.5, 0.5]);
});
