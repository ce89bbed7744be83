import { Cluster } from '../cli/cluster';
import { eventsOf } from '../cli/events';
import { podOfSlice, podsOfRole } from '../cli/find-slice';
import { top } from '../cli/top';

const labels = (role: string) => ({ 'app.kubernetes.io/name': role, 'app.kubernetes.io/part-of': 'dfw' });
const set = (role: string, engine: string) => ({
  metadata: { name: `dfw-${role}`, namespace: 'dfw', labels: labels(role) },
  spec: {
    replicas: 2,
    ordinals: { start: 1 },
    selector: { matchLabels: labels(role) },
    template: { spec: { containers: [{ name: engine, resources: { limits: { memory: '256Mi' } } }] } },
  },
});

const pod = (role: string, name: string, ready = true) => ({
  metadata: { name, namespace: 'dfw', labels: { ...labels(role), 'pod-template-hash': 'b5c' } },
  spec: { containers: [{ resources: { limits: { memory: '256Mi' } } }] },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});
const PODS = [
  pod('db', 'dfw-db-1'),
  pod('db', 'dfw-db-2'),
  pod('web', 'dfw-web-b5c-fl7zz', false),
  pod('web', 'dfw-web-b5c-p9ctq'),
];

function cluster(more: Partial<Record<keyof Cluster, object[]>> = {}): Cluster {
  const list =
    (items: object[] = []) =>
    async () =>
      items;
  return {
    statefulSets: list([set('db', 'mysqld')]),
    deployments: list([set('web', 'httpd')]),
    services: list(),
    pods: list(more.pods ?? PODS),
    events: list(more.events),
    podMetrics: list(more.podMetrics),
  } as unknown as Cluster;
}

test('the logs of a role are those of its pods, by their labels', async () => {
  expect(await podsOfRole(cluster(), 'db')).toEqual({
    namespace: 'dfw',
    which: ['--selector=app.kubernetes.io/name=db,app.kubernetes.io/part-of=dfw'],
  });
});

test('a slice is found by its name, and by the name of its pod', async () => {
  expect(await podsOfRole(cluster(), 'dfw-db02')).toEqual({ namespace: 'dfw', which: ['dfw-db-2'] });
  const shell = { namespace: 'dfw', pod: 'dfw-db-1', engine: 'mysqld' };
  expect(await podOfSlice(cluster(), 'dfw-db01')).toEqual(shell);
  expect(await podOfSlice(cluster(), 'dfw-db-1')).toEqual(shell);
});

test('a role stands for the first of its slices that is ready', async () => {
  expect(await podOfSlice(cluster(), 'web')).toEqual({ namespace: 'dfw', pod: 'dfw-web-b5c-p9ctq', engine: 'httpd' });
});

test('a role or slice that is not there is an error that names those that are', async () => {
  await expect(podsOfRole(cluster(), 'mail')).rejects.toThrow("the cluster has no role 'mail'; write one of db, web");
  await expect(podOfSlice(cluster(), 'dfw-db03')).rejects.toThrow(
    "the cluster has no slice 'dfw-db03'; write one of dfw-db01, dfw-db02, dfw-web-b5c-fl7zz, dfw-web-b5c-p9ctq",
  );
});

const event = (name: string, second: number, more: object = {}) => ({
  metadata: {},
  involvedObject: { namespace: 'dfw', kind: 'Pod', name },
  type: 'Normal',
  reason: 'Pulled',
  message: `event of\n${name}`,
  lastTimestamp: new Date(1e12 + second * 1000).toISOString(),
  ...more,
});

test('events are those of the objects of a site, the newest last', async () => {
  const events = [
    event('dfw-web-1', 3, { count: 4, type: 'Warning' }),
    event('dfw-db-1', 1),
    event('other', 2),
    event('dfw-db-1', 2, { involvedObject: { namespace: 'other', kind: 'Pod', name: 'dfw-db-1' } }),
    event('dfw-db-2', 2, { lastTimestamp: undefined, eventTime: new Date(1e12 + 2000).toISOString() }),
  ];
  const { lines } = await eventsOf(cluster({ events }), []);
  expect(lines.map((line) => line.split(/ {2,}/).slice(1))).toEqual([
    ['TYPE', 'REASON', 'OBJECT', 'MESSAGE'],
    ['Normal', 'Pulled', 'pod/dfw-db-1', 'event of dfw-db-1'],
    ['Normal', 'Pulled', 'pod/dfw-db-2', 'event of dfw-db-2'],
    ['Warning', 'Pulled', 'pod/dfw-web-1', 'event of dfw-web-1 (4 times)'],
  ]);
  expect((await eventsOf(cluster({ events }), [], 'Warning')).data).toHaveLength(1);
});

const use = (name: string, memory: string, cpu: string) => ({
  metadata: { namespace: 'dfw', name },
  containers: [{ usage: { memory, cpu } }, { usage: { memory: '1Mi' } }],
});

test('top has the fullest slice first, and the sum last', async () => {
  const podMetrics = [use('dfw-db-1', '63Mi', '20m'), use('dfw-web-b5c-p9ctq', '127Mi', '1500000n')];
  const { lines } = await top(cluster({ podMetrics }), []);
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['SLICE', 'NODE', 'CPU', 'RAM', 'RAM%'],
    ['dfw-web-b5c-p9ctq', '-', '2m', '128 of 256 MiB', '50%'],
    ['dfw-db01', '-', '20m', '64 of 256 MiB', '25%'],
    ['22m', '192 of 512 MiB'],
  ]);
});

test('without a metrics server top is an error that says what is lacking', async () => {
  await expect(top(cluster(), [])).rejects.toThrow('the cluster does not say what pods use: it needs metrics-server');
});
