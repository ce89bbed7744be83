import type { Cluster } from '../cli/cluster';
import { linesOf, planReplacement, replace, waitForReplacement } from '../cli/replace';

const labels = (role: string) => ({ 'app.kubernetes.io/name': role, 'app.kubernetes.io/part-of': 'dfw' });
const set = (role: string, ...engines: string[]) => ({
  metadata: { name: `dfw-${role}`, namespace: 'dfw', labels: labels(role) },
  spec: {
    replicas: 2,
    ordinals: { start: 1 },
    selector: { matchLabels: labels(role) },
    template: { spec: { containers: engines.map((name) => ({ name })) } },
  },
});
const ready = (is: boolean) => ({ conditions: [{ type: 'Ready', status: is ? 'True' : 'False' }] });
const node = (name: string, is = true) => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  status: ready(is),
});
const pod = (name: string, on: string, is = true, part?: string) => ({
  metadata: {
    name,
    namespace: 'dfw',
    uid: `uid of ${name} on ${on}`,
    labels: {
      ...labels(name.split('-')[1]!),
      'pod-template-hash': 'b5c',
      ...(part === undefined ? {} : { 'cdk8s-slices/instance-role': part }),
    },
  },
  spec: { nodeName: on },
  status: ready(is),
});
const local = (name: string, on: string) => ({
  metadata: { name },
  spec: {
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [on] }] }],
      },
    },
  },
});
const claim = (name: string, volumeName: string) => ({ metadata: { name }, spec: { volumeName } });

/** Three nodes, of which the second is lost, with the second slice of a pair on it. */
function lost(
  more: { pods?: object[]; volumes?: object[]; exec?: (...args: string[]) => string; engines?: string[] } = {},
) {
  const asked: string[] = [];
  const pods = more.pods ?? [pod('dfw-db-1', 'node1', true, 'active'), pod('dfw-db-2', 'node2', false)];
  const cluster = {
    statefulSets: async () => [set('db', ...(more.engines ?? ['mysqld']))],
    deployments: async () => [set('web', 'apache')],
    pods: async () => pods,
  } as unknown as Cluster;
  const around = {
    cluster,
    nodes: [node('node1'), node('node2', false), node('node3')],
    volumes: more.volumes ?? [local('pv1', 'node1'), local('pv2', 'node2')],
    claims: async () => [claim('data-dfw-db-1', 'pv1'), claim('data-dfw-db-2', 'pv2')],
    exec:
      () =>
      async (...args: [string, string, readonly string[]]) => {
        asked.push(args.flat().join(' '));
        return more.exec?.(...(args.flat() as string[])) ?? '0';
      },
  };
  return { around: around as unknown as Parameters<typeof planReplacement>[0], asked, cluster };
}

test('the claim of a volume that went with its node is deleted, and the pod without waiting for its end', async () => {
  const { around } = lost();
  const plan = await planReplacement(around, 'dfw-db02');
  expect(linesOf(plan)).toEqual([
    'node2 does not answer: go on only if this machine is off and stays off',
    'the volume of data-dfw-db-2 is lost, and with it its copy of the databases, which the active slice has; ' +
      'the new server copies them from the active slice (CLONE)',
  ]);
  const done: string[] = [];
  await replace(plan, async (...args) => (done.push(args.join(' ')), ''));
  expect(done).toEqual([
    'delete persistentvolumeclaim data-dfw-db-2 --namespace=dfw --ignore-not-found --wait=false',
    'delete pod dfw-db-2 --namespace=dfw --ignore-not-found --wait=false --force',
  ]);
});

test('a volume that another node can have is kept', async () => {
  const { around } = lost({ volumes: [local('pv1', 'node1'), { metadata: { name: 'pv2' }, spec: {} }] });
  const plan = await planReplacement(around, 'dfw-db02');
  expect([plan.removed, plan.kept]).toEqual([[], ['data-dfw-db-2']]);
  expect(linesOf(plan)).toContain('the volume of data-dfw-db-2 is kept, as it can move to another node');
});

test('on a node that answers, the pod ends as it is used to', async () => {
  const pods = [pod('dfw-db-1', 'node1', true, 'active'), pod('dfw-db-2', 'node3', false)];
  const done: string[] = [];
  await replace(
    await planReplacement(lost({ pods }).around, 'dfw-db02'),
    async (...args) => (done.push(args.join(' ')), ''),
  );
  expect(done.at(-1)).not.toContain('--force');
});

test.each<[string, object[]]>([
  ['is not active', [pod('dfw-db-1', 'node1', true, 'standby'), pod('dfw-db-2', 'node2', false, 'active')]],
  ['is not ready', [pod('dfw-db-1', 'node1', false, 'active'), pod('dfw-db-2', 'node2', false)]],
  ['has no pod', [pod('dfw-db-2', 'node2', false)]],
])('a server is not replaced where the other one %s', async (_, pods) => {
  await expect(planReplacement(lost({ pods }).around, 'dfw-db02')).rejects.toThrow(
    'dfw-db02 is not replaced: no other slice is ready and active, so this one may have the last copy of the databases',
  );
});

test('a slice that is ready is not replaced', async () => {
  await expect(planReplacement(lost().around, 'dfw-db01')).rejects.toThrow(
    'dfw-db01 is ready: there is nothing to replace',
  );
});

test('a slice that Kubernetes replaces by itself is not replaced, and an unknown one names those that are known', async () => {
  const pods = [pod('dfw-web-b5c-fl7zz', 'node2', false)];
  await expect(planReplacement(lost({ pods }).around, 'dfw-web-b5c-fl7zz')).rejects.toThrow(
    'dfw-web-b5c-fl7zz keeps nothing: Kubernetes replaces it by itself',
  );
  await expect(planReplacement(lost().around, 'dfw-db03')).rejects.toThrow('write one of dfw-db01, dfw-db02');
});

test('a slice with MogileFS is not replaced where files have their only copy on it, unless they may be lost', async () => {
  const engines = ['tracker', 'storage'];
  const { around, asked } = lost({ engines, exec: () => '4' });
  await expect(planReplacement(around, 'dfw-db02')).rejects.toThrow(
    'dfw-db02 is not replaced: 4 files have their only copy on it; write --lose-files to go on without them',
  );
  expect(asked).toEqual([expect.stringMatching(/^dfw-db-1 tracker perl [^]* 2$/)]);
  expect((await planReplacement(around, 'dfw-db02', true)).slice).toBe('dfw-db02');
});

test.each(['garage', 'tracker'])('a slice with %s is not replaced where another is not ready', async (engine) => {
  const pods = [pod('dfw-db-1', 'node1', false), pod('dfw-db-2', 'node2', false)];
  await expect(planReplacement(lost({ pods, engines: [engine] }).around, 'dfw-db02')).rejects.toThrow(
    'dfw-db-1 is not ready, so this one may have the last copy of some files',
  );
});

test('the messages that a mail slice had are said to be lost', async () => {
  const plan = await planReplacement(lost({ engines: ['postfix'] }).around, 'dfw-db02');
  expect(linesOf(plan)[1]).toMatch(
    /^the volume of data-dfw-db-2 is lost, and with it the messages that it had accepted/,
  );
});

test('a slice without a volume is made anew, too', async () => {
  const { around } = lost({ engines: ['memcached'] });
  const plan = await planReplacement({ ...around, claims: async () => [] }, 'dfw-db02');
  expect(linesOf(plan)[1]).toBe('dfw-db02 has no volume; lost is its share of the cached keys');
});

test('it waits for the new pod, not the former, and until that has all copies', async () => {
  const states = ['', 'begun', 'begun'];
  const checks = ['Running: Yes', 'Running: No'];
  const exec = (...args: string[]) => {
    if (args.includes('perl')) return '0';
    return (args[1] === 'storage' ? states.shift() : checks.shift()) ?? '';
  };
  const { around, cluster } = lost({ engines: ['tracker', 'storage'], exec });
  const plan = await planReplacement(around, 'dfw-db02');
  const pods = [
    [pod('dfw-db-2', 'node2', false)],
    [
      {
        ...pod('dfw-db-2', 'node3', false),
        status: { conditions: [{ type: 'PodScheduled', status: 'False', message: 'no room' }] },
      },
    ],
    ...Array.from({ length: 3 }, () => [pod('dfw-db-2', 'node3')]),
  ];
  let asked = 0;
  const said: string[] = [];
  const now = { ...cluster, pods: async () => pods[asked++]! } as unknown as Cluster;
  await waitForReplacement(
    plan,
    now,
    60,
    (line) => said.push(line.replace(/^ *\d+ s {2}dfw-db02 {2}/, '')),
    async () => {},
  );
  expect(said).toEqual(['its pod has not been made', 'no room', 'copies are made again', 'whole again on node3']);
  expect([states, checks]).toEqual([[], []]);
});

test('after the time that it has, it says what the slice waits for', async () => {
  const { around, cluster } = lost();
  const plan = await planReplacement(around, 'dfw-db02');
  await expect(
    waitForReplacement(
      plan,
      cluster,
      0,
      () => {},
      async () => {},
    ),
  ).rejects.toThrow('dfw-db02 is not whole after 0 s: its pod has not been made');
});
