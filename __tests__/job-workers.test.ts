import { Duration, Size } from 'cdk8s';
import {
  Admin,
  BlobEngine,
  BlobStore,
  CachePool,
  Cpu,
  Durability,
  JobQueue,
  JobScaling,
  JobWorkers,
  JobWorkersProps,
  Egress,
  ReplicatedMySQL,
  Role,
  Site,
  WorkerKind,
} from '../constructs';
import { Database } from './database';
import { INVARIANTS } from './invariants';
import { NETWORK_INVARIANTS } from './network-invariants';
import { argumentsOf, environmentOf } from './kubelet';
import { WORKER_INIT } from '../constructs/jobs/worker-init';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const ram = Size.gibibytes(1);
const email: WorkerKind = { name: 'email', command: ['theschwartz-worker', 'Site::Email'] };
const imports = { name: 'import', command: ['theschwartz-worker', 'Site::Import'] };

function workers(props: Partial<JobWorkersProps> = {}, site = newSite()): JobWorkers {
  return new JobWorkers(site, 'jobs', { ram, workers: [email], ...props });
}

function withQueue(props: Partial<JobWorkersProps> = {}, site = newSite()): JobWorkers {
  return workers({ queue: JobQueue.theSchwartz({ database: new Database(site) }), ...props }, site);
}

function containers(of: JobWorkers): Manifest[] {
  return find(synth(of), 'Deployment', 'dfw-jobs').spec.template.spec.containers;
}

function memory(of: JobWorkers): [string, string][] {
  return containers(of).map((each) => [each.name, each.resources.limits.memory]);
}

test('a queue may be in another database of the pair than the site, and its users and figures find it there', () => {
  const queue = (databaseName: string, site = newSite()) => {
    const database = new ReplicatedMySQL(site, 'db', {
      ram,
      durability: Durability.PREFERRED,
      databases: ['site', 'queue'],
    });
    return workers({ queue: JobQueue.theSchwartz({ database, databaseName }) }, site);
  };
  const env = containers(queue('queue'))[0]!['env'];
  expect(env).toContainEqual({ name: 'QUEUE_DB_NAME', value: 'queue' });
  const [schema] = ofKind(synth(queue('queue')), 'Job');
  expect(schema!.spec.template.spec.containers[0].env).toContainEqual({ name: 'QUEUE_DB_NAME', value: 'queue' });
  expect(queue('queue')._metricsSources).toContainEqual(expect.objectContaining({ databaseName: 'queue' }));
  expect(problems(queue('other'))).toEqual([
    "[dfw/jobs] 'queue.databaseName' is 'other': add it to the databases of dfw/db, which has site, queue",
  ]);
});

test('a queue is in no database that another has for itself, and one of any server has a plain name', () => {
  const site = newSite();
  const durability = Durability.PREFERRED;
  const database = new ReplicatedMySQL(site, 'db', { ram, durability, databases: ['site', 'mogilefs'] });
  new BlobStore(site, 'mog', { ram: Size.mebibytes(256), engine: BlobEngine.mogileFs({ database }) });
  const taken = workers({ queue: JobQueue.theSchwartz({ database, databaseName: 'mogilefs' }) }, site);
  expect(problems(taken)).toEqual([
    "[dfw/jobs] 'queue.databaseName' is 'mogilefs': dfw/mog has its tables there; name another database",
  ]);
  const other = newSite();
  const plain = JobQueue.theSchwartz({ database: new Database(other), databaseName: 'a;b' });
  expect(problems(workers({ queue: plain }, other))).toEqual([
    "[dfw/jobs] 'queue.databaseName' is 'a;b': write up to 64 lower-case letters, digits and underscores",
  ]);
});

/** A program that puts jobs into the queue. */
class Web extends Role {
  public readonly env: unknown;

  constructor(site: Site, uses: Role[]) {
    super(site, 'web', { slices: 1, ram });
    this.env = this._use(uses);
  }
}

test('each worker is a container, and those without RAM share evenly what the others leave', () => {
  const made = workers({
    workers: [
      { ...email, count: 2 },
      { ...imports, ram: Size.mebibytes(512) },
    ],
  });
  expect(memory(made)).toEqual([
    ['email-1', '256Mi'],
    ['email-2', '256Mi'],
    ['import-1', '512Mi'],
  ]);
});

test('what is left when all have their RAM is spread in proportion', () => {
  const made = workers({
    workers: [
      { ...email, ram: Size.mebibytes(64) },
      { ...imports, ram: Size.mebibytes(192) },
    ],
  });
  expect(memory(made)).toEqual([
    ['email-1', '256Mi'],
    ['import-1', '768Mi'],
  ]);
});

test('a worker runs under an init with its own grace, again after each end', () => {
  const made = workers({ workers: [{ ...email, grace: Duration.seconds(90) }] });
  const command = ['theschwartz-worker', 'Site::Email'];
  expect(containers(made)[0].command).toEqual(['/bin/sh', '/etc/slices/init/run', 'again', '90', ...command]);
  expect(containers(made)[0].volumeMounts).toContainEqual({
    name: 'init',
    mountPath: '/etc/slices/init',
    readOnly: true,
  });
  const config = ofKind(synth(made), 'ConfigMap').find((each) => each.metadata.name.startsWith('dfw-jobs-init-'));
  expect(config.data.run).toBe(WORKER_INIT);
});

test('a worker of an image without a shell is process 1 itself', () => {
  const made = workers({ init: false });
  expect(containers(made)[0].command).toEqual(['theschwartz-worker', 'Site::Email']);
  expect(ofKind(synth(made), 'ConfigMap').filter((each) => each.metadata.name.includes('init'))).toEqual([]);
});

test('a slice stops within the longest grace of its workers', () => {
  const grace = (of: JobWorkers) =>
    find(synth(of), 'Deployment', 'dfw-jobs').spec.template.spec.terminationGracePeriodSeconds;
  expect(grace(workers())).toBe(60);
  expect(grace(workers({ workers: [email, { ...imports, grace: Duration.minutes(10) }] }))).toBe(600);
});

test('a role that answers on no port has no Service, and another pod takes the place of a lost one', () => {
  const objects = synth(workers());
  expect(ofKind(objects, 'Service')).toEqual([]);
  const { replicas, template } = find(objects, 'Deployment', 'dfw-jobs').spec;
  expect(replicas).toBe(1);
  const effect = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
  expect(template.spec.tolerations).toEqual([
    { key: 'node.kubernetes.io/not-ready', ...effect },
    { key: 'node.kubernetes.io/unreachable', ...effect },
  ]);
});

test('the queue is made in the database by a Job, and the workers are told where it is', () => {
  const made = withQueue();
  const objects = synth(made);
  const job = ofKind(objects, 'Job')[0];
  expect(job.metadata.name).toMatch(/^dfw-jobs-schema-[0-9a-f]{10}$/);
  expect(job.spec.template.spec.containers[0].command).toEqual(['theschwartz-schema']);
  const names = (container: Manifest) => container.env.map((each: Manifest) => each.name);
  const expected = ['HOST', 'PORT', 'NAME', 'USER', 'PASSWORD'].map((what) => `QUEUE_DB_${what}`);
  expect(names(job.spec.template.spec.containers[0])).toEqual(expected);
  expect(names(containers(made)[0])).toEqual(expected);
  for (const from of ['dfw-jobs', 'dfw-jobs-schema']) {
    expect(find(objects, 'NetworkPolicy', `${from}-to-dfw-db`).spec.egress[0].ports).toEqual([
      { port: 3306, protocol: 'TCP' },
    ]);
  }
});

test('who uses the workers puts jobs into their queue: the way is open to the database, not to them', () => {
  const site = newSite();
  const web = new Web(site, [withQueue({}, site)]);
  expect(web.env).toContainEqual({ name: 'QUEUE_DB_HOST', value: 'host' });
  const names = ofKind(synth(site), 'NetworkPolicy').map((each) => each.metadata.name);
  expect(names).toContain('dfw-web-to-dfw-db');
  expect(names).not.toContain('dfw-web-to-dfw-jobs');
});

test('without a queue there is nothing to use', () => {
  const site = newSite();
  new Web(site, [workers({}, site)]);
  expect(problems(site)).toEqual([
    "[dfw/web] 'uses' is 'dfw/jobs': it has nothing to use; name a database, a cache, a blob store or a queue",
  ]);
});

test('nothing outside the cluster is open but what is named, and private addresses are not outside', () => {
  expect(ofKind(synth(workers()), 'NetworkPolicy').filter((each) => each.metadata.name.endsWith('egress'))).toEqual([]);
  const objects = synth(workers({ egress: [Egress.smtp(), Egress.network('192.0.2.0/24', 8080)] }));
  const { egress } = find(objects, 'NetworkPolicy', 'dfw-jobs-to-outside').spec;
  expect(egress.map((each: Manifest) => [each.to[0].ipBlock.cidr, each.ports[0].port])).toEqual([
    ['0.0.0.0/0', 25],
    ['::/0', 25],
    ['192.0.2.0/24', 8080],
  ]);
  expect(egress[0].to[0].ipBlock.except).toContain('10.0.0.0/8');
});

test.each([
  [Egress.submission(), 587],
  [Egress.http(), 80],
  [Egress.https(), 443],
  [Egress.port(6667), 6667],
])('another way out', (outside, port) => {
  const { egress } = find(synth(workers({ egress: [outside] })), 'NetworkPolicy', 'dfw-jobs-to-outside').spec;
  expect(egress[0].ports).toEqual([{ port, protocol: 'TCP' }]);
});

test('a kind has an environment of its own, which wins', () => {
  const made = workers({
    environment: { LEVEL: 'info', LANG: 'C' },
    workers: [{ ...email, environment: { LEVEL: 'debug' } }, imports],
  });
  expect(containers(made).map((each) => each.env)).toEqual([
    [
      { name: 'LANG', value: 'C' },
      { name: 'LEVEL', value: 'debug' },
    ],
    [
      { name: 'LEVEL', value: 'info' },
      { name: 'LANG', value: 'C' },
    ],
  ]);
});

const nightly: WorkerKind = {
  name: 'expunge',
  command: ['expunge'],
  schedule: '15 4 * * *',
  ram: Size.mebibytes(128),
  grace: Duration.minutes(5),
};

test('what is run by the clock is a CronJob in UTC that never overlaps, and its RAM is kept for it', () => {
  const made = withQueue({ workers: [email, nightly], egress: [Egress.https()] });
  const objects = synth(made);
  const { spec } = find(objects, 'CronJob', 'dfw-jobs-expunge');
  expect(spec).toMatchObject({ schedule: '15 4 * * *', timeZone: 'Etc/UTC', concurrencyPolicy: 'Forbid' });
  expect(spec.jobTemplate.spec.template.spec).toMatchObject({
    restartPolicy: 'OnFailure',
    terminationGracePeriodSeconds: 300,
  });
  expect(spec.jobTemplate.spec.template.spec.containers[0].command).toEqual([
    '/bin/sh',
    '/etc/slices/init/run',
    'once',
    '300',
    'expunge',
  ]);
  expect(memory(made)).toEqual([['email-1', '896Mi']]);
  const policies = ofKind(objects, 'NetworkPolicy').map((each) => each.metadata.name);
  expect(policies).toEqual(expect.arrayContaining(['dfw-jobs-expunge-to-dfw-db', 'dfw-jobs-expunge-to-outside']));
  expect(made.cronJobs['expunge']?.name).toBe('dfw-jobs-expunge');
});

test('where all is run by the clock there are no slices, and no alert misses any', () => {
  const site = newSite();
  const cache = new CachePool(site, 'memc', { ram });
  const made = withQueue({ workers: [nightly], uses: [cache], egress: [Egress.https()] }, site);
  const admin = new Admin(site, 'admin', { ram });
  const objects = synth(made);
  expect(problems(made)).toEqual([]);
  expect([made.slices, made.deployment, ofKind(objects, 'Deployment')]).toEqual([[], undefined, []]);
  expect(
    made.chart.toJson().map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[0-9a-f]{8,}$/, '')}`),
  ).toEqual([
    'NetworkPolicy dfw-jobs-expunge-to-dfw-db',
    'NetworkPolicy dfw-jobs-expunge-to-dfw-memc',
    'NetworkPolicy dfw-jobs-expunge-to-outside',
    'NetworkPolicy dfw-jobs-schema-to-dfw-db',
    'ServiceAccount dfw-jobs',
    'ConfigMap dfw-jobs-init',
    'CronJob dfw-jobs-expunge',
    'Job dfw-jobs-schema',
  ]);
  const texts = admin.chart.toJson().flatMap(({ data }) => Object.values(data ?? {}));
  expect(texts.join('\n')).toMatch(/record: role:slices:count\n +expr: vector\(0\)\n/);
});

test('each slice keeps its whole share of the RAM of kinds beside it, rounded up', () => {
  expect(memory(withQueue({ slices: 3, workers: [email, nightly] }))).toEqual([['email-1', `${1024 - 43}Mi`]]);
});

test('a kind that scales by CPU is a Deployment of its own between min and max, whose RAM is kept for it', () => {
  const scale = JobScaling.cpu({ min: 2, max: 4, targetCpuPercent: 150 });
  const made = workers({ workers: [email, { ...imports, ram: Size.mebibytes(128), scale }] });
  const objects = synth(made);
  expect(memory(made)).toEqual([['email-1', '512Mi']]);
  const set = find(objects, 'Deployment', 'dfw-jobs-import');
  expect(set.spec.replicas).toBeUndefined();
  expect(set.spec.template.spec.containers[0].resources.limits.memory).toBe('128Mi');
  const { spec } = find(objects, 'HorizontalPodAutoscaler', 'dfw-jobs-import');
  expect(spec).toMatchObject({
    minReplicas: 2,
    maxReplicas: 4,
    scaleTargetRef: { kind: 'Deployment', name: 'dfw-jobs-import' },
  });
  expect(spec.metrics[0].resource.target).toEqual({ type: 'Utilization', averageUtilization: 150 });
  expect(made.scaledDeployments['import']?.name).toBe('dfw-jobs-import');
});

test('over two slices, half of what scales is kept on each', () => {
  const scale = JobScaling.cpu({ max: 4 });
  const made = workers({ slices: 2, workers: [email, { ...imports, ram: Size.mebibytes(128), scale }] });
  expect(memory(made)).toEqual([['email-1', '768Mi']]);
});

test("a kind that scales by queue depth is KEDA's: it counts the jobs that are due, and is let in to the database", () => {
  const scale = JobScaling.queueDepth({ max: 4, functions: ['Site::Import'], jobsPerWorker: 20 });
  const objects = synth(withQueue({ workers: [email, { ...imports, ram: Size.mebibytes(128), scale }] }));
  const { spec } = find(objects, 'ScaledObject', 'dfw-jobs-import');
  expect(spec).toMatchObject({ minReplicaCount: 1, maxReplicaCount: 4 });
  expect(spec.scaleTargetRef).toEqual({ kind: 'Deployment', name: 'dfw-jobs-import' });
  expect(spec.triggers).toEqual([
    {
      type: 'mysql',
      metadata: {
        host: 'host',
        port: 'port',
        dbName: 'name',
        query:
          "SELECT COUNT(*) FROM job JOIN funcmap USING (funcid) WHERE funcname IN ('Site::Import') AND run_after <= UNIX_TIMESTAMP()",
        queryValue: '20',
      },
      authenticationRef: { name: 'dfw-jobs-import' },
    },
  ]);
  expect(find(objects, 'TriggerAuthentication', 'dfw-jobs-import').spec.secretTargetRef).toEqual([
    { parameter: 'username', name: 'dfw-db', key: 'user' },
    { parameter: 'password', name: 'dfw-db', key: 'password' },
  ]);
  const { ingress } = find(objects, 'NetworkPolicy', 'dfw-db-from-keda').spec;
  // KEDA's chart gives its operator this label and `app.kubernetes.io/name`, its release manifest this one and `name`.
  const podSelector = { matchLabels: { app: 'keda-operator' } };
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'keda' } };
  expect(ingress[0].from).toEqual([{ namespaceSelector, podSelector }]);
  expect(ingress[0].ports).toEqual([{ port: 3306, protocol: 'TCP' }]);
});

const apart = { ...imports, ram: Size.mebibytes(128), apart: true, count: 3 };

test('a kind apart is so many pods of its own, whose RAM is kept for them', () => {
  const made = workers({ workers: [email, { ...apart, grace: Duration.minutes(10) }] });
  expect(memory(made)).toEqual([['email-1', '640Mi']]);
  const objects = synth(made);
  const { spec } = find(objects, 'Deployment', 'dfw-jobs-import');
  expect(spec.replicas).toBe(3);
  expect(spec.template.spec.containers).toHaveLength(1);
  expect(spec.template.spec.containers[0].resources.limits.memory).toBe('128Mi');
  expect(spec.template.spec.terminationGracePeriodSeconds).toBe(600);
  expect(find(objects, 'Deployment', 'dfw-jobs').spec.template.spec.terminationGracePeriodSeconds).toBe(60);
  expect(find(objects, 'PodDisruptionBudget', 'dfw-jobs-import').spec.maxUnavailable).toBe(1);
  expect(made.apartDeployments['import']?.name).toBe('dfw-jobs-import');
  expect(made._clients).toEqual({ each: 1, beside: 3 });
});

test('where each kind is apart there are no slices, and their RAM is the sum that is checked', () => {
  const made = workers({ workers: [apart] });
  expect(made.deployment).toBeUndefined();
  expect(problems(made)).toEqual([]);
  expect(problems(workers({ workers: [{ ...apart, count: 9 }] }))).toEqual([
    "[dfw/jobs] 'workers' is 1152 MiB: import 9 × 128, and the slice has 1024; write less RAM, fewer workers or more slices",
  ]);
});

/** As many kinds as Dreamwidth has, of its categories: each with RAM of its own, and many on nodes that may go. */
const MANY = Array.from({ length: 42 }, (_, index): WorkerKind => {
  const isSpot = index % 3 > 0;
  const spot = { nodeSelector: { category: 'spot' }, tolerations: [{ key: 'spot', operator: 'Exists' }] };
  const bounds = { min: 1, max: 3, targetCpuPercent: 80 };
  return {
    name: `kind-${index + 1}`,
    command: ['worker', String(index + 1)],
    ram: Size.mebibytes(index % 2 === 0 ? 192 : 320),
    cpuRequest: Cpu.millis(20),
    grace: Duration.minutes(1 + (index % 5)),
    ...(isSpot && { scheduling: spot }),
    ...(index % 7 === 0 && { scale: JobScaling.cpu(bounds) }),
  };
});

test('a real list of kinds is a pod each that small nodes can take, and their sum is checked', () => {
  const made = workers({ ram: Size.gibibytes(16), workers: MANY });
  expect(problems(made)).toEqual([]);
  expect(made.deployment).toBeUndefined();
  expect([Object.keys(made.apartDeployments), Object.keys(made.scaledDeployments)].map((each) => each.length)).toEqual([
    36, 6,
  ]);
  for (const kind of MANY) {
    const { spec } = find(synth(made), 'Deployment', `dfw-jobs-${kind.name}`).spec.template;
    expect(spec.containers.map((each: Manifest) => each.resources)).toEqual([
      { requests: { cpu: '20m', memory: `${kind.ram!.toMebibytes()}Mi` }, limits: { memory: expect.anything() } },
    ]);
    expect(spec.terminationGracePeriodSeconds).toBe(kind.grace!.toSeconds());
    expect(spec.nodeSelector).toEqual(kind.scheduling?.nodeSelector);
  }
  expect(problems(workers({ ram: Size.gibibytes(8), workers: MANY }))).toEqual([
    expect.stringMatching(/'workers' is \d+ MiB: kind-1 3 × 192 \+ .*, and the slice has 8192; write less RAM/),
  ]);
});

test('kinds are apart by themselves where a slice has more than 4 GiB, as many as its slices had', () => {
  const kinds = [
    { ...imports, ram: Size.mebibytes(512), count: 2 },
    { ...email, ram: Size.mebibytes(256) },
  ];
  const names = (ram: Size, own: WorkerKind[] = kinds, slices = 1) => {
    const made = workers({ ram, workers: own, slices });
    expect(problems(made)).toEqual([]);
    return [made.deployment !== undefined, ...Object.keys(made.apartDeployments)];
  };
  expect(names(Size.gibibytes(4))).toEqual([true]);
  expect(names(Size.mebibytes(4097))).toEqual([false, 'import', 'email']);
  // One kind is no smaller apart, and one without RAM has what the slice leaves.
  expect(names(Size.gibibytes(8), [kinds[0]!])).toEqual([true]);
  expect(names(Size.gibibytes(8), [kinds[0]!, email])).toEqual([true, 'import']);
  expect(names(Size.gibibytes(8), [{ ...kinds[0]!, apart: false }, kinds[1]!])).toEqual([true, 'email']);
  const objects = synth(workers({ ram: Size.gibibytes(5), workers: kinds, slices: 3 }));
  expect(find(objects, 'Deployment', 'dfw-jobs-import').spec.replicas).toBe(6);
  expect(find(objects, 'Deployment', 'dfw-jobs-email').spec.replicas).toBe(3);
});

test('a kind apart has CPU and nodes of its own, where it says so', () => {
  const spot = { key: 'spot', operator: 'Exists' };
  const scheduling = { nodeSelector: { category: 'spot' }, tolerations: [spot] };
  const made = workers({
    workers: [email, { ...apart, cpuRequest: Cpu.millis(50), scheduling }],
    scheduling: { nodeSelector: { category: 'steady' }, priorityClassName: 'low' },
  });
  const objects = synth(made);
  const pod = find(objects, 'Deployment', 'dfw-jobs-import').spec.template.spec;
  expect(pod).toMatchObject({ nodeSelector: { category: 'spot' }, priorityClassName: 'low' });
  expect(pod.tolerations[0]).toEqual(spot);
  expect(pod.containers[0].resources.requests.cpu).toBe('50m');
  expect(find(objects, 'Deployment', 'dfw-jobs').spec.template.spec.nodeSelector).toEqual({ category: 'steady' });
});

test('a kind on the slices has no CPU or nodes of its own, and a kind apart needs its RAM', () => {
  const made = workers({
    workers: [
      { ...email, cpuRequest: Cpu.millis(50) },
      { name: 'x', command: ['x'], apart: true },
    ],
  });
  expect(problems(made)).toEqual([
    "[dfw/jobs] 'workers.email.cpuRequest' is 50 m: it has no pod of its own; write apart: true, too",
    "[dfw/jobs] 'workers.x.ram' is undefined: it runs beside the slices; write what it takes of their RAM",
  ]);
  expect(problems(workers({ workers: [email, { ...apart, cpuRequest: Cpu.millis(0) }] }))).toEqual([
    "[dfw/jobs] 'workers.import.cpuRequest' is 0 m: write thousandths of a core, from 1 to 4096000, as in Cpu.millis(500)",
  ]);
});

const RULES = { ...INVARIANTS, ...NETWORK_INVARIANTS };

test.each(Object.keys(RULES))('without slices, %s', (rule) => {
  const site = newSite();
  const scale = JobScaling.cpu({ max: 3 });
  const durability = Durability.PREFERRED;
  const database = new ReplicatedMySQL(site, 'db', { ram, durability, databases: ['site'] });
  const kinds = [nightly, { ...imports, ram: Size.mebibytes(128), scale }];
  RULES[rule]?.(synth(workers({ queue: JobQueue.theSchwartz({ database }), uses: [database], workers: kinds }, site)));
});

test.each(Object.keys(INVARIANTS))('with all kinds of workers, %s', (rule) => {
  const site = newSite();
  const cache = new CachePool(site, 'memc', { ram });
  const scale = JobScaling.cpu({ max: 3 });
  site._requireSecret({ name: 'dfw-db', namespaces: ['dfw'], keys: {} });
  const made = withQueue(
    {
      slices: 2,
      uses: [cache],
      egress: [Egress.smtp()],
      files: { '/etc/site.conf': 'x' },
      secrets: { mailer: ['SMTP_PASSWORD'] },
      secretFiles: { '/etc/mailer/dkim.key': { secret: 'mailer', key: 'dkim' } },
      workers: [{ ...email, count: 3 }, nightly, { ...imports, ram: Size.mebibytes(128), scale }],
    },
    site,
  );
  INVARIANTS[rule]?.(synth(made));
});

test.each<[string, Partial<JobWorkersProps>, string]>([
  [
    'more RAM than the slice has',
    { workers: [{ ...email, count: 2, ram: Size.mebibytes(512) }, { ...imports, ram: Size.mebibytes(256) }, nightly] },
    "'workers' is 1408 MiB: email 2 × 512 + import 1 × 256 + expunge 1 × 128, and the slice has 1024; write less RAM, fewer workers or more slices",
  ],
  [
    'more RAM than the slices have',
    { slices: 2, workers: [email, { ...imports, ram: Size.mebibytes(512), scale: JobScaling.cpu({ max: 5 }) }] },
    "'workers' is 2624 MiB: email 2 × 32 + import 5 × 512, and the 2 slices have 2048; write less RAM, fewer workers or more slices",
  ],
  ['no kind at all', { workers: [] }, "'workers' is []: name one or more, as in [{ name: 'email', command: ['…'] }]"],
  [
    'no slices, and schedules that take more than the RAM',
    { workers: [{ ...nightly, ram: Size.gibibytes(2) }] },
    "'workers' is 2048 MiB: expunge 1 × 2048, and the slice has 1024; write less RAM, fewer workers or more slices",
  ],
  [
    'a name that is none',
    { workers: [{ ...email, name: 'E-mail' }] },
    "'workers.name' is 'E-mail': write 30 or fewer lower-case letters, digits and hyphens",
  ],
  [
    'two of a name',
    { workers: [email, { ...email }] },
    "'workers.name' is 'email': there are two of that name; give each kind a name of its own",
  ],
  [
    'no command',
    { workers: [{ ...email, command: [] }] },
    "'workers.email.command' is []: write the program that it runs",
  ],
  [
    'a command with a NUL',
    { workers: [{ ...email, command: ['send', '\0'] }] },
    "'workers.email.command' is '\\u0000': no process can be given a NUL; leave it out, or put it into a file",
  ],
  [
    'a variable of a kind with a NUL',
    { workers: [{ ...email, environment: { A: '\0' } }] },
    "'workers.email.environment.A' is '\\u0000': no process can be given a NUL; leave it out, or put it into a file",
  ],
  [
    'no worker of a kind',
    { workers: [{ ...email, count: 0 }] },
    "'workers.email.count' is 0: write a whole number from 1 to 2048",
  ],
  [
    'a count where the clock starts it',
    { workers: [email, { ...nightly, count: 2 }] },
    "'workers.expunge.count' is 2: leave it out: its schedule or scale says how many there are",
  ],
  [
    'schedule and scale',
    { workers: [email, { ...nightly, scale: JobScaling.cpu({ max: 2 }) }] },
    "'workers.expunge.schedule' is '15 4 * * *': it has scale, too; leave one of them out",
  ],
  ...['nightly', 'every day at noon please'].map((schedule): [string, object, string] => [
    `the schedule '${schedule}'`,
    { workers: [email, { ...nightly, schedule }] },
    `'workers.expunge.schedule' is '${schedule}': write five fields as cron has them, such as '17 3 * * *' for each day at 3:17`,
  ]),
  [
    'no RAM beside the slices',
    { workers: [email, { ...imports, schedule: '@daily' }] },
    "'workers.import.ram' is undefined: it runs beside the slices; write what it takes of their RAM",
  ],
  [
    'too little RAM',
    { workers: [{ ...email, ram: Size.mebibytes(16) }] },
    "'workers.email.ram' is 16 MiB: no worker runs in less; write Size.mebibytes(32) or more",
  ],
  [
    'fewer at most than at least',
    { workers: [email, { ...imports, ram: Size.mebibytes(64), scale: JobScaling.cpu({ min: 3, max: 2 }) }] },
    "'workers.import.scale.max' is 2: write a whole number that is not below min, from 3 to 2048",
  ],
  [
    'fewer than none',
    { workers: [email, { ...imports, ram: Size.mebibytes(64), scale: JobScaling.cpu({ min: -1, max: 2 }) }] },
    "'workers.import.scale.min' is -1: write a whole number from 0",
  ],
  [
    'a variable of no name',
    { environment: { '': 'y' } },
    "'environment' is '': write letters, digits and '_', '-', '.', not starting with a digit",
  ],
  [
    "a kind's variable whose name is none",
    { workers: [{ ...email, environment: { 'A B': 'z' } }] },
    "'workers.email.environment' is 'A B': write letters, digits and '_', '-', '.', not starting with a digit",
  ],
  [
    'a key of a Secret that is no name of a variable',
    { secrets: { app: ['1st'] } },
    "'secrets.app' is '1st': write letters, digits and '_', '-', '.', not starting with a digit",
  ],
  [
    'a name of a Secret that is none',
    { secrets: { My_App: ['KEY'] } },
    "'secrets' is 'My_App': write a Secret's name after the site's: lower-case letters, digits, '-' and '.'",
  ],
  [
    'a name of a secret file that is none',
    { secretFiles: { '/etc/key': { secret: '', key: 'key' } } },
    "'secretFiles' is '': write a Secret's name after the site's: lower-case letters, digits, '-' and '.'",
  ],
  [
    'a key of a secret file that is none',
    { secretFiles: { '/etc/key': { secret: 'app', key: 'a key' } } },
    "'secretFiles' is 'a key': write a Secret's key: letters, digits, '-', '_' and '.'",
  ],
  ...['/etc/a:b', '/etc//c', '/etc/../c', '/'].map((path): [string, Partial<JobWorkersProps>, string] => [
    `the path ${path}`,
    { files: { [path]: '' } },
    `'files' is '${path}': write a file's whole path, as '/etc/site.conf'`,
  ]),
  [
    'a file in the place of /tmp',
    { files: { '/tmp': '' } },
    "'files' is '/tmp': it is a folder, as there is '/tmp/'; write another path",
  ],
  [
    'a file that another would be in',
    { files: { '/etc/c': '' }, secretFiles: { '/etc/c/d': { secret: 'app', key: 'd' } } },
    "'files' is '/etc/c': it is a folder, as there is '/etc/c/d'; write another path",
  ],
  [
    'none at all by CPU',
    { workers: [email, { ...imports, ram: Size.mebibytes(64), scale: JobScaling.cpu({ min: 0, max: 2 }) }] },
    "'workers.import.scale.min' is 0: Kubernetes by itself keeps one; write 1 or more, or scale by JobScaling.queueDepth()",
  ],
  [
    'no CPU at all',
    {
      workers: [email, { ...imports, ram: Size.mebibytes(64), scale: JobScaling.cpu({ max: 2, targetCpuPercent: 0 }) }],
    },
    "'workers.import.scale.targetCpuPercent' is 0: write a whole number of percent from 1 to 10000",
  ],
  [
    'an image that moves',
    { image: 'worker:latest' },
    "'image' is 'worker:latest': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
])('%s is an error', (_, props, message) => {
  expect(problems(workers(props))).toEqual([`[dfw/jobs] ${message}`]);
});

test.each<[string, Partial<Parameters<typeof JobScaling.queueDepth>[0]>, string]>([
  [
    'no function',
    { functions: [] },
    "'workers.import.scale.functions' is []: name the functions whose jobs are counted",
  ],
  [
    'a function that is none',
    { functions: ["x'"] },
    "'workers.import.scale.functions' is 'x'': write a name such as 'Site::Worker::Import'",
  ],
  [
    'any number of jobs for a worker',
    { jobsPerWorker: Infinity },
    "'workers.import.scale.jobsPerWorker' is Infinity: write a number",
  ],
  [
    'a namespace that is none',
    { kedaNamespace: 'KEDA' },
    "'workers.import.scale.kedaNamespace' is 'KEDA': write lower-case letters, digits and hyphens, starting with a letter",
  ],
  [
    'no jobs for a worker',
    { jobsPerWorker: 0 },
    "'workers.import.scale.jobsPerWorker' is 0: write a whole number from 1 to 1000000",
  ],
])('to scale by queue depth with %s is an error', (_, props, message) => {
  const scale = JobScaling.queueDepth({ max: 2, functions: ['Site::Import'], jobsPerWorker: 5, ...props });
  const made = withQueue({ workers: [email, { ...imports, ram: Size.mebibytes(64), scale }] });
  expect(problems(made)).toEqual([`[dfw/jobs] ${message}`]);
});

test('to scale by the depth of no queue is an error', () => {
  const scale = JobScaling.queueDepth({ max: 2, functions: ['Site::Import'], jobsPerWorker: 5 });
  expect(problems(workers({ workers: [email, { ...imports, ram: Size.mebibytes(64), scale }] }))).toEqual([
    "[dfw/jobs] 'workers.import.scale' is 'by queue depth': there is no queue to count the jobs of; give queue, or scale by JobScaling.cpu()",
  ]);
});

test('a file may be in /tmp, and beside one whose name begins as its own', () => {
  expect(problems(workers({ files: { '/tmp/a': '', '/etc/c': '', '/etc/c.d': '' } }))).toEqual([]);
});

test("a kind's variable may have any name, and an argument and a value any text", () => {
  const command = ['sh', '-c', 'echo $(HOME) $$'];
  const made = workers({
    workers: [{ ...email, command, environment: { constructor: '$(HOME)' } }],
    environment: { valueOf: '1' },
  });
  const [container] = containers(made);
  expect(argumentsOf(container.command, { HOME: '/root' }).slice(-command.length)).toEqual(command);
  expect(environmentOf([{ name: 'HOME', value: '/root' }, ...container.env])).toEqual({
    HOME: '/root',
    constructor: '$(HOME)',
    valueOf: '1',
  });
});

test("what the queue gives and the environment of all gives again is an error; a kind's own wins", () => {
  const site = newSite();
  const queue = JobQueue.theSchwartz({ database: new Database(site) });
  const others = new JobWorkers(site, 'other', { ram, workers: [email], queue });
  const again = workers({ queue, uses: [others] }, site);
  expect(problems(again)).toEqual([
    "[dfw/jobs] 'environment' is 'QUEUE_DB_HOST': it is given twice; take it out of one of them",
  ]);
  expect(problems(withQueue({ environment: { QUEUE_DB_NAME: 'jobs' } }))).toEqual([
    "[dfw/jobs] 'environment' is 'QUEUE_DB_NAME': it is given twice; take it out of one of them",
  ]);
  expect(problems(withQueue({ workers: [{ ...email, environment: { QUEUE_DB_NAME: 'jobs' } }] }))).toEqual([]);
});

test('a queue in what is no database is an error', () => {
  const site = newSite();
  const cache = new CachePool(site, 'memc', { ram });
  expect(problems(workers({ queue: JobQueue.theSchwartz({ database: cache }) }, site))).toEqual([
    "[dfw/jobs] 'queue.database' is 'dfw/memc': it gives no MEMC_HOST and no MEMC_NAME and no MEMC_USER and no MEMC_PASSWORD; name the site's ReplicatedMySQL",
  ]);
});

test('a queue in a database of another site, or in what has nothing to use, is an error', () => {
  const other = new Database(newSite('ord'));
  expect(problems(workers({ queue: JobQueue.theSchwartz({ database: other }) }))).toEqual([
    "[dfw/jobs] 'queue.database' is 'ord/db': it belongs to another site; name a role of 'dfw'",
  ]);
  const site = newSite();
  const web = new Web(site, []);
  expect(problems(workers({ queue: JobQueue.theSchwartz({ database: web }) }, site))).toEqual([
    "[dfw/jobs] 'queue.database' is 'dfw/web': it has nothing to use; name a database, a cache, a blob store or a queue",
  ]);
});
