import type { Json, Kube } from '../../agent/kube';
import { MarkedPods, toMark } from '../../agent/marking/marked-pods';

function pod(
  name: string,
  node: string,
  more: { labels?: Json; ready?: string; deleted?: boolean; ip?: string } = {},
): Json {
  const { labels = {}, ready = 'True', deleted = false, ip = '10.0.0.1' } = more;
  return {
    metadata: { name, labels, ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: { nodeName: node },
    status: { podIP: ip, conditions: [{ type: 'Ready', status: ready }] },
  };
}

function podsOf(...items: Json[]): { pods: MarkedPods; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const call = async (...args: unknown[]) => (calls.push(args), { items });
  const kube = { call, persist: (work: () => Promise<unknown>) => work() } as unknown as Kube;
  return { pods: new MarkedPods(kube, { namespace: 'kube-system', selector: 'k8s-app=kube-dns' }), calls };
}

test('one that is not ready, about to end, or has no address is left out', async () => {
  const { pods } = podsOf(
    pod('ready', 'a'),
    pod('unready', 'a', { ready: 'False' }),
    pod('ending', 'a', { deleted: true }),
    pod('without', 'a', { ip: '' }),
  );
  expect((await pods.look()).ready.map((each) => each.pod)).toEqual(['ready']);
});

test('pods of the DNS, which have no role of the site, are of one role: the last of them is not marked', async () => {
  const both = (await podsOf(pod('dns-1', 'a'), pod('dns-2', 'b')).pods.look()).ready;
  expect(toMark(both, 'a').map((each) => each.pod)).toEqual(['dns-1']);
  const last = (await podsOf(pod('dns-1', 'a'), pod('dns-2', 'a')).pods.look()).ready;
  expect(toMark(last, 'a')).toEqual([]);
});

test('a mark says that neither the pod nor its containers are ready, and why', async () => {
  const { pods, calls } = podsOf(pod('dns-1', 'a'), pod('dns-2', 'b'));
  const time = new Date('2026-11-29T08:00:00.123Z');
  expect(await pods.markNode('a', 'a answered nobody for 900 ms', time, () => [])).toEqual(['dns-1']);
  const because = {
    status: 'False',
    reason: 'NodeSilent',
    message: 'a answered nobody for 900 ms',
    lastTransitionTime: '2026-11-29T08:00:00Z',
  };
  expect(calls.slice(1)).toEqual([
    [
      'PATCH',
      '/api/v1/namespaces/kube-system/pods/dns-1/status',
      {
        status: {
          conditions: [
            { type: 'Ready', ...because },
            { type: 'ContainersReady', ...because },
          ],
        },
      },
      'application/strategic-merge-patch+json',
    ],
  ]);
});

test('a large site is read in parts, as the agent has little memory', async () => {
  const parts: Json[] = [
    { items: [pod('web-1', 'a')], metadata: { continue: 'more/+' } },
    { items: [pod('web-2', 'b')], metadata: {} },
  ];
  const paths: string[] = [];
  const call = async (_: string, path: string) => (paths.push(path), parts[paths.length - 1]);
  const pods = new MarkedPods({ call } as unknown as Kube, { namespace: 'site', selector: 'a=b' });
  expect((await pods.look()).ready.map((each) => each.pod)).toEqual(['web-1', 'web-2']);
  expect(paths).toEqual([
    '/api/v1/namespaces/site/pods?labelSelector=a%3Db&limit=20&continue=',
    '/api/v1/namespaces/site/pods?labelSelector=a%3Db&limit=20&continue=more%2F%2B',
  ]);
});

/** A balancer of a pair, which Kubernetes evicted from a lost node. */
const EVICTED = {
  metadata: {
    name: 'lb-2',
    uid: 'one',
    labels: { 'cdk8s-slices/instance-role': 'standby' },
    deletionTimestamp: '2026-01-01T00:00:00Z',
    ownerReferences: [{ kind: 'StatefulSet' }],
  },
  spec: { nodeName: 'a', volumes: [{ name: 'config', configMap: {} }] },
  status: {
    podIP: '10.0.0.1',
    conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }],
  },
} satisfies Json;

test('a pod of a Job is not tried: it ends by itself', async () => {
  const metadata = { name: 'prepare', ownerReferences: [{ kind: 'Job' }] };
  const status = { podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] };
  expect((await podsOf({ metadata, spec: { nodeName: 'a' }, status }).pods.look()).ready).toEqual([]);
});

test('a pod of a StatefulSet that Kubernetes evicted by a taint is known with its identifier', async () => {
  const { evicted, ready } = await podsOf(EVICTED).pods.look();
  expect(evicted).toEqual([{ pod: 'lb-2', uid: 'one', address: '10.0.0.1', node: 'a', agent: true }]);
  expect(ready).toEqual([]);
});

const { metadata, spec, status } = EVICTED;
test.each<[string, Json]>([
  ['has a volume', { metadata, spec: { ...spec, volumes: [{ persistentVolumeClaim: {} }] }, status }],
  ['has a volume of its own', { metadata, spec: { ...spec, volumes: [{ ephemeral: {} }] }, status }],
  ['is of a Deployment', { metadata: { ...metadata, ownerReferences: [{ kind: 'ReplicaSet' }] }, spec, status }],
  ['was not deleted', { metadata: { ...metadata, deletionTimestamp: undefined }, spec, status }],
  [
    'was evicted by a drain',
    {
      metadata,
      spec,
      status: {
        ...status,
        conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }],
      },
    },
  ],
  ['was deleted by a person', { metadata, spec, status: { ...status, conditions: [] } }],
])('one that %s is not among them', async (_, pod) => {
  expect((await podsOf(pod as Json).pods.look()).evicted).toEqual([]);
});

test('the one of that identifier is removed, and no other of its name', async () => {
  const { pods, calls } = podsOf();
  await pods.remove({ pod: 'lb-2', uid: 'one', address: '10.0.0.1', node: 'a', agent: true });
  const order = { gracePeriodSeconds: 0, preconditions: { uid: 'one' } };
  expect(calls).toEqual([['DELETE', '/api/v1/namespaces/kube-system/pods/lb-2', order]]);
});
