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
  const kube = { call } as unknown as Kube;
  return { pods: new MarkedPods(kube, { namespace: 'kube-system', selector: 'k8s-app=kube-dns' }), calls };
}

test('one that is not ready, about to end, or has no address is left out', async () => {
  const { pods } = podsOf(
    pod('ready', 'a'),
    pod('unready', 'a', { ready: 'False' }),
    pod('ending', 'a', { deleted: true }),
    pod('without', 'a', { ip: '' }),
  );
  expect((await pods.ready()).map((each) => each.pod)).toEqual(['ready']);
});

test('pods of the DNS, which have no role of the site, are of one role: the last of them is not marked', async () => {
  const both = await podsOf(pod('dns-1', 'a'), pod('dns-2', 'b')).pods.ready();
  expect(toMark(both, 'a').map((each) => each.pod)).toEqual(['dns-1']);
  const last = await podsOf(pod('dns-1', 'a'), pod('dns-2', 'a')).pods.ready();
  expect(toMark(last, 'a')).toEqual([]);
});

test('a mark says that neither the pod nor its containers are ready, and why', async () => {
  const { pods, calls } = podsOf();
  await pods.mark('dns-1', 'a answered nobody for 900 ms', new Date('2026-11-29T08:00:00.123Z'));
  const because = {
    status: 'False',
    reason: 'NodeSilent',
    message: 'a answered nobody for 900 ms',
    lastTransitionTime: '2026-11-29T08:00:00Z',
  };
  expect(calls).toEqual([
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
  expect((await pods.ready()).map((each) => each.pod)).toEqual(['web-1', 'web-2']);
  expect(paths).toEqual([
    '/api/v1/namespaces/site/pods?labelSelector=a%3Db&limit=20&continue=',
    '/api/v1/namespaces/site/pods?labelSelector=a%3Db&limit=20&continue=more%2F%2B',
  ]);
});
