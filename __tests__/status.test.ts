import { Cluster } from '../cli/cluster';
import { slicesOf } from '../cli/slices';
import { ageOf, status as found } from '../cli/status';

const labels = (name: string) => ({
  'app.kubernetes.io/managed-by': 'cdk8s-slices',
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/part-of': 'dfw',
});

const spec = {
  containers: [{ name: 'nginx', image: 'docker.io/library/nginx:1.30', resources: { limits: { memory: '208Mi' } } }],
  initContainers: [
    { name: 'heartbeat', restartPolicy: 'Always', resources: { limits: { memory: '48Mi' } } },
    { name: 'copy', resources: { limits: { memory: '16Mi' } } },
  ],
};

const set = {
  metadata: { name: 'dfw-lb', namespace: 'dfw', labels: labels('lb') },
  spec: { replicas: 2, ordinals: { start: 1 }, template: { spec } },
};

const pod = (number: number, part: string, conditions: object[], more: object = {}) => ({
  metadata: {
    name: `dfw-lb-${number}`,
    namespace: 'dfw',
    labels: { ...labels('lb'), 'cdk8s-slices/instance-role': part },
  },
  spec: { ...spec, nodeName: `node${number}` },
  status: { conditions, ...more },
});

const READY = [{ type: 'Ready', status: 'True' }];
const UNREADY = [{ type: 'Ready', status: 'False' }];

function cluster(
  pods: object[],
  more: { events?: object[]; services?: object[]; metrics?: object[]; sets?: object[]; deployments?: object[] } = {},
): Cluster {
  const list =
    (items: object[] = []) =>
    async () =>
      items;
  return {
    statefulSets: list(more.sets ?? [set]),
    deployments: list(more.deployments),
    pods: list(pods),
    services: list(more.services),
    ingresses: list(),
    httpRoutes: list(),
    events: list(more.events),
    podMetrics: list(more.metrics),
  } as unknown as Cluster;
}

const status = async (of: Cluster, ...sites: string[]) => (await found(of, sites)).lines;

const words = (line = '') => line.split(/ {2,}/);
const stateAndWhy = (line = '') => [words(line)[4], words(line)[8]];

test('it says which slice is the active one, and why', async () => {
  const involvedObject = { namespace: 'dfw', name: 'dfw-lb-2' };
  const events = [
    { involvedObject, lastTimestamp: '2026-01-01T00:00:02.000Z', message: 'dfw-lb-2 took over: its lease ran out' },
    { involvedObject, lastTimestamp: '2026-01-01T00:00:01.000Z', message: 'dfw-lb-2 stopped being active' },
  ];
  const lines = await status(cluster([pod(1, 'standby', READY), pod(2, 'active', READY)], { events }));
  expect(words(lines[0])).toEqual(['SLICE', 'ROLE', 'NODE', 'RAM', 'STATE', 'AGE', 'VERSION', 'TAKEOVER', 'WHY']);
  expect(words(lines[1])).toEqual(['dfw-lb01', 'lb', 'node1', '? of 256 MiB', 'standby', '-', 'nginx:1.30', '-']);
  const why = '2026-01-01T00:00:02Z dfw-lb-2 took over: its lease ran out';
  expect(words(lines[2])).toEqual(['dfw-lb02', 'lb', 'node2', '? of 256 MiB', 'active', '-', 'nginx:1.30', '-', why]);
});

const web = {
  metadata: { name: 'dfw-web', namespace: 'dfw', labels: labels('web'), generation: 2 },
  spec: { replicas: 2, selector: { matchLabels: labels('web') }, template: { spec } },
  status: { observedGeneration: 2, updatedReplicas: 1 },
};

const webPod = (name: string, minute: number, more: object = {}) => ({
  metadata: {
    name: `dfw-web-${name}`,
    namespace: 'dfw',
    labels: { ...labels('web'), 'pod-template-hash': name.split('-')[0] },
    creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
    ...more,
  },
  spec: { ...spec, nodeName: 'node1' },
  status: { conditions: READY },
});

const sliceNames = async (pods: object[]) =>
  (await slicesOf(cluster(pods, { sets: [], deployments: [web] }), [])).map(({ name, made, old }) => [name, made, old]);

test('slices of a Deployment are called as their pods are, and one that lacks as its role', async () => {
  const lines = await status(cluster([webPod('b5c-fl7zz', 1)], { sets: [], deployments: [web] }));
  expect(words(lines[1])[0]).toBe('dfw-web-b5c-fl7zz');
  expect(words(lines[2]).slice(0, 5)).toEqual(['dfw-web', 'web', '-', '? of 256 MiB', 'missing']);
});

test('a pod on a lost node, which is being stopped until the node is back, is a slice only until it has a successor', async () => {
  const lost = webPod('b5c-fl7zz', 1, { deletionTimestamp: '2026-01-01T00:09:00Z' });
  const other = webPod('b5c-p9ctq', 2);
  expect(await sliceNames([lost, other])).toEqual([
    ['dfw-web-b5c-p9ctq', true, false],
    ['dfw-web-b5c-fl7zz', true, false],
  ]);
  expect(await sliceNames([lost, other, webPod('b5c-x2x7k', 3)])).toEqual([
    ['dfw-web-b5c-p9ctq', true, false],
    ['dfw-web-b5c-x2x7k', true, false],
  ]);
});

test('pods that were evicted, and those of the StatefulSet that was before, are no slices', async () => {
  const evicted = { ...webPod('b5c-fl7zz', 1), status: { phase: 'Failed', reason: 'Evicted' } };
  const former = {
    ...webPod('b5c-fl7zz', 1),
    metadata: { name: 'dfw-web-1', namespace: 'dfw', labels: labels('web') },
  };
  expect(await sliceNames([evicted, former])).toEqual([
    ['dfw-web', false, false],
    ['dfw-web', false, false],
  ]);
});

test('in a release, the slices of the version before are those that are not like the newest', async () => {
  expect(await sliceNames([webPod('b5c-fl7zz', 1), webPod('c6d-x2x7k', 3)])).toEqual([
    ['dfw-web-b5c-fl7zz', true, true],
    ['dfw-web-c6d-x2x7k', true, false],
  ]);
});

test('the RAM that is used is that of all containers of the slice', async () => {
  const usage = (memory: string) => ({ usage: { memory } });
  const metrics = [{ metadata: { name: 'dfw-lb-1', namespace: 'dfw' }, containers: [usage('10240Ki'), usage('23Mi')] }];
  const lines = await status(cluster([pod(1, 'active', READY)], { metrics }));
  expect(lines[1]).toContain('33 of 256 MiB');
});

test('a slice whose pod is missing is listed', async () => {
  const lines = await status(cluster([pod(1, 'active', READY)]));
  expect(words(lines[2])).toEqual([
    'dfw-lb02',
    'lb',
    '-',
    '? of 256 MiB',
    'missing',
    '-',
    'nginx:1.30',
    '-',
    'its pod has not been made',
  ]);
});

test('a slice that waits for a Secret says which', async () => {
  const waiting = { reason: 'CreateContainerConfigError', message: 'secret "dfw-lb-tls" not found' };
  const more = { containerStatuses: [{ name: 'nginx', ready: false, state: { waiting } }] };
  const lines = await status(cluster([pod(1, 'standby', UNREADY, more)]));
  expect(stateAndWhy(lines[1])).toEqual(['not ready', 'nginx: secret "dfw-lb-tls" not found']);
});

test('a slice that no node has room for says so', async () => {
  const message = '0/3 nodes are available: 3 Insufficient memory.';
  const lines = await status(cluster([pod(1, 'standby', [{ type: 'PodScheduled', status: 'False', message }])]));
  expect(stateAndWhy(lines[1])).toEqual(['not ready', message]);
});

test('a slice whose containers all run, on a node that does not answer, says that', async () => {
  const more = { containerStatuses: [{ name: 'nginx', ready: true, state: { running: {} } }] };
  const lines = await status(cluster([pod(1, 'standby', UNREADY, more)]));
  expect(stateAndWhy(lines[1])).toEqual(['not ready', 'its node does not answer']);
});

test('a slice that is not ready repeats the warning of its agent, which may say what a person has to do', async () => {
  const involvedObject = { namespace: 'dfw', name: 'dfw-lb-1' };
  const event = { involvedObject, lastTimestamp: '2026-01-01T00:00:02.000Z', message: 'write force=b@0' };
  const why = async (type: string) => {
    const lines = await status(cluster([pod(1, 'standby', UNREADY)], { events: [{ ...event, type }] }));
    return words(lines[1]).at(-1);
  };
  expect(await why('Warning')).toBe('its node has not started it yet; 2026-01-01T00:00:02Z write force=b@0');
  expect(await why('Normal')).toBe('its node has not started it yet');
});

test('a slice that was given a node a moment ago says so', async () => {
  const lines = await status(cluster([pod(1, 'standby', UNREADY)]));
  expect(stateAndWhy(lines[1])).toEqual(['not ready', 'its node has not started it yet']);
});

test('the addresses of the site come last', async () => {
  const services = [
    {
      metadata: { name: 'dfw-lb-active', labels: labels('lb') },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }, { port: 443 }] },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } },
    },
    { metadata: { name: 'dfw-lb01', labels: labels('lb') }, spec: { type: 'ClusterIP' } },
  ];
  const lines = await status(cluster([pod(1, 'active', READY)], { services }));
  expect(lines.slice(3)).toEqual(['lb answers at 192.0.2.7, port 80, 443']);
});

test('a site that the cluster does not have is an error', async () => {
  await expect(status(cluster([], { sets: [] }), 'ord')).rejects.toThrow("the cluster has no slices of a site 'ord'");
});

test('for programs it is data, with the same states', async () => {
  const services = [
    {
      metadata: { name: 'dfw-lb-active', labels: labels('lb') },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } },
    },
  ];
  const { data } = await found(cluster([pod(1, 'active', READY)], { services }), []);
  expect(data).toEqual({
    slices: [
      expect.objectContaining({ name: 'dfw-lb01', role: 'lb', node: 'node1', state: 'active' }),
      expect.objectContaining({ name: 'dfw-lb02', state: 'missing', trouble: 'its pod has not been made' }),
    ],
    addresses: [
      { role: 'lb', kind: 'Service', object: 'dfw-lb-active', addresses: ['192.0.2.7'], ports: [80], hosts: [] },
    ],
  });
});

test('wide columns name the namespace and the pod', async () => {
  const { lines } = await found(cluster([pod(1, 'active', READY)]), [], true);
  expect(words(lines[1]).slice(0, 3)).toEqual(['dfw', 'dfw-lb-1', 'dfw-lb01']);
});

test('it says how old a slice is, which image it runs, and how long its last takeover took', async () => {
  const old = pod(1, 'active', READY);
  const image = `registry.example/lb@sha256:${'a1'.repeat(32)}`;
  const made = {
    ...old,
    metadata: { ...old.metadata, creationTimestamp: new Date(Date.now() - 300_000).toISOString() },
    spec: { ...old.spec, containers: [{ ...spec.containers[0], image }] },
  };
  const involvedObject = { namespace: 'dfw', name: 'dfw-lb-1' };
  const events = [
    {
      involvedObject,
      lastTimestamp: '2026-01-01T00:00:01.000Z',
      reason: 'HeartbeatTookOver',
      message: 'dfw-lb-1 took over from dfw-lb-2 in 430 ms: its lease ran out',
    },
    { involvedObject, lastTimestamp: '2026-01-01T00:00:02.000Z', reason: 'Other', message: 'a thing in 7 ms: it' },
  ];
  const lines = await status(cluster([made], { events }));
  expect(words(lines[1]).slice(4, 8)).toEqual(['active', '5m', 'lb@a1a1a1a1a1a1', '430 ms']);
  const { lines: wide } = await found(cluster([made], { events }), [], true);
  expect(wide[1]).toContain(image);
});

test.each([
  [45, '45s'],
  [180, '3m'],
  [7200, '2h'],
  [90_000, '25h'],
  [200_000, '2d'],
])('an age of %i s is written as %s', (seconds, written) => {
  expect(ageOf(new Date(1e12), 1e12 + seconds * 1000)).toBe(written);
});
