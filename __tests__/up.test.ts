import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from '../cli/cluster';
import { sitesOf, waitForSites } from '../cli/up';

const labels = { 'app.kubernetes.io/name': 'memc', 'app.kubernetes.io/part-of': 'dfw' };
const spec = { containers: [{ name: 'memcached', resources: { limits: { memory: '512Mi' } } }] };
const set = {
  metadata: { name: 'dfw-memc', namespace: 'dfw', labels, generation: 2 },
  spec: { replicas: 1, ordinals: { start: 1 }, template: { spec } },
  status: { observedGeneration: 2, updateRevision: 'new' },
};
const UNREADY = [{ type: 'Ready', status: 'False' }];
const READY = [{ type: 'Ready', status: 'True' }];

function pod(conditions: object[], revision = 'new') {
  return {
    metadata: { name: 'dfw-memc-1', namespace: 'dfw', labels: { ...labels, 'controller-revision-hash': revision } },
    spec: { ...spec, nodeName: 'node1' },
    status: { conditions, containerStatuses: [{ name: 'memcached', ready: conditions === READY, state: {} }] },
  };
}

interface Moment {
  readonly pods?: object[];
  readonly jobs?: object[];
  readonly services?: object[];
  readonly metrics?: object[];
}

/** A cluster that is in one state after the other, and stays in the last. */
function cluster(
  moments: Moment[],
  log: (which?: object) => Promise<string | undefined> = async () => undefined,
): Cluster {
  let now = -1;
  const current = (): Moment => moments[Math.min(Math.max(now, 0), moments.length - 1)] ?? {};
  return {
    statefulSets: async () => {
      now++;
      return [set];
    },
    deployments: async () => [],
    jobs: async () => current().jobs ?? [],
    pods: async () => current().pods ?? [],
    services: async () => current().services ?? [],
    events: async () => [],
    podMetrics: async () => current().metrics ?? [],
    log,
  } as unknown as Cluster;
}

const soon = () => sleep(1);

/** What is said, without the seconds. */
async function told(moments: Moment[]): Promise<string[]> {
  const lines: string[] = [];
  await waitForSites(cluster(moments), ['dfw'], 5, (line) => lines.push(line.replace(/^ *\d+ s {2}/, '')), soon);
  return lines;
}

const failing = (moment: Moment, log?: (which?: object) => Promise<string | undefined>) =>
  waitForSites(cluster([moment], log), ['dfw'], 0, () => {}, soon);

test('each change of a slice is told once, until it is ready', async () => {
  const waiting = { pods: [pod(UNREADY)] };
  expect(await told([{}, waiting, waiting, { pods: [pod(READY)] }])).toEqual([
    'dfw-memc01  its pod has not been made',
    'dfw-memc01  memcached not ready',
    'dfw-memc01  ready on node1',
  ]);
});

test('a slice that still runs the version before has to be replaced first', async () => {
  expect(await told([{ pods: [pod(READY, 'old')] }, { pods: [pod(READY)] }])).toEqual([
    'dfw-memc01  runs what it ran before, and its turn has not come',
    'dfw-memc01  ready on node1',
  ]);
});

test('a Job has to be done, unless a schedule made it', async () => {
  const job = (status: object, more: object = {}) => ({ metadata: { name: 'dfw-mog-setup', ...more }, status });
  const pods = [pod(READY)];
  expect(
    await told([
      { pods, jobs: [job({ failed: 2 })] },
      { pods, jobs: [job({ succeeded: 1 })] },
    ]),
  ).toEqual(['dfw-mog-setup  the Job is not done; it has failed 2 times', 'dfw-memc01  ready on node1']);
  expect(await told([{ pods, jobs: [job({}, { ownerReferences: [{}] })] }])).toEqual(['dfw-memc01  ready on node1']);
});

test('the RAM of a slice that has just started is waited for where that of the others is known', async () => {
  const usage = (number: number) => ({ metadata: { name: `dfw-memc-${number}`, namespace: 'dfw' }, containers: [] });
  const pods = [pod(READY), { ...pod(READY), metadata: { ...pod(READY).metadata, name: 'dfw-memc-2' } }];
  let asked = 0;
  const seen = cluster([]);
  const metrics = [[usage(1)], [usage(1)], [usage(1), usage(2)]];
  const two = { ...set, spec: { ...set.spec, replicas: 2 } };
  await waitForSites(
    {
      ...seen,
      statefulSets: async () => [two],
      pods: async () => pods,
      podMetrics: async () => metrics[asked++],
    } as unknown as Cluster,
    ['dfw'],
    5,
    () => {},
    soon,
  );
  expect(asked).toBe(3);
});

test('after the time that it has, it says which slice waits for what, and what its program said last', async () => {
  const log = async () => 'no database at dfw-db:3306';
  await expect(failing({ pods: [pod(UNREADY)] }, log)).rejects.toThrow(
    'the site is not up after 0 s, for it waits for\n' +
      '  dfw-memc01: memcached not ready; it said last: no database at dfw-db:3306',
  );
});

test('a slice whose program has not started has no last words', async () => {
  await expect(failing({ pods: [pod(UNREADY)] })).rejects.toThrow(/memcached not ready$/);
});

test('an address that does not come is an error that says what the cluster lacks', async () => {
  const services = [{ metadata: { name: 'dfw-lb-active' }, spec: { type: 'LoadBalancer' }, status: {} }];
  await expect(failing({ pods: [pod(READY)], services })).rejects.toThrow(
    'dfw-lb-active: no address: the cluster needs something that gives Services of type LoadBalancer one',
  );
});

test('the sites of a folder are those that its objects say they are part of', () => {
  const of = (site: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'x', labels: { 'app.kubernetes.io/part-of': site } },
  });
  expect(sitesOf([of('dfw'), of('ams'), of('dfw'), { apiVersion: 'v1', kind: 'X', metadata: { name: 'y' } }])).toEqual([
    'dfw',
    'ams',
  ]);
});

const jobPod = (name: string, born: number, status: object) => ({
  metadata: {
    name,
    namespace: 'dfw',
    labels: { 'batch.kubernetes.io/job-name': 'dfw-mog-setup' },
    creationTimestamp: new Date(born).toISOString(),
  },
  status,
});
const killed = { exitCode: 137, reason: 'OOMKilled' };
const JOB = { metadata: { name: 'dfw-mog-setup', namespace: 'dfw' } };

test('a Job that is not done says how its last pod ended, and what it said last', async () => {
  const statuses = (terminated: object) => ({
    containerStatuses: [{ name: 'setup', ready: false, state: { terminated } }],
  });
  const pods = [
    pod(READY),
    jobPod('dfw-mog-setup-b', 2000, statuses(killed)),
    jobPod('dfw-mog-setup-a', 1000, statuses({ exitCode: 1, reason: 'Error' })),
  ];
  const asked: object[] = [];
  const log = async (which?: object) => (asked.push(which ?? {}), 'allocating');
  await expect(failing({ pods, jobs: [{ ...JOB, status: { failed: 6 } }] }, log)).rejects.toThrow(
    '  dfw-mog-setup: the Job is not done: setup ended with exit code 137 (OOMKilled); it has failed 6 times; ' +
      'it said last: allocating',
  );
  expect(asked[0]).toEqual({ namespace: 'dfw', pod: 'dfw-mog-setup-b', container: 'setup', lines: 1 });
});

test('a Job that is tried again in its pod says how the try before ended', async () => {
  const again = { name: 'setup', ready: true, state: { running: {} }, lastState: { terminated: killed } };
  const pods = [pod(READY), jobPod('dfw-mog-setup-a', 1000, { containerStatuses: [again] })];
  await expect(failing({ pods, jobs: [{ ...JOB, status: {} }] })).rejects.toThrow(
    'dfw-mog-setup: the Job is not done: setup ended with exit code 137 (OOMKilled)',
  );
});

test('a container of a Job that has done its part is no trouble, while another still works', async () => {
  const done = { name: 'setup', ready: false, state: { terminated: { exitCode: 0, reason: 'Completed' } } };
  const pods = [pod(READY), jobPod('dfw-mog-setup-a', 1000, { containerStatuses: [done] })];
  await expect(failing({ pods, jobs: [{ ...JOB, status: {} }] })).rejects.toThrow(
    /dfw-mog-setup: the Job is not done$/,
  );
});

test('a Job whose pod finds no node says that', async () => {
  const message = '0/3 nodes are available: 3 Insufficient memory.';
  const unplaced = { conditions: [{ type: 'PodScheduled', status: 'False', message }] };
  const pods = [pod(READY), jobPod('dfw-mog-setup-a', 1000, unplaced)];
  await expect(failing({ pods, jobs: [{ ...JOB, status: {} }] })).rejects.toThrow(`the Job is not done: ${message}`);
});

test('the wait ends where the person ends it', async () => {
  const ended = () => Promise.reject(new Error('it was interrupted'));
  const waiting = waitForSites(cluster([{ pods: [pod(UNREADY)] }]), ['dfw'], 900, () => {}, ended);
  await expect(waiting).rejects.toThrow('it was interrupted');
});

test('a Job that has failed for good ends the wait at once', async () => {
  const status = { failed: 7, conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] };
  const waiting = waitForSites(
    cluster([{ pods: [pod(READY)], jobs: [{ ...JOB, status }] }]),
    ['dfw'],
    900,
    () => {},
    soon,
  );
  await expect(waiting).rejects.toThrow('the Job has failed for good (BackoffLimitExceeded); it has failed 7 times');
});
