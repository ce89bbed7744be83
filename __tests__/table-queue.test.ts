import { Duration, Size } from 'cdk8s';
import { parse } from 'yaml';
import {
  Admin,
  Durability,
  ExternalDatabase,
  JobQueue,
  JobScaling,
  JobWorkers,
  JobWorkersProps,
  MailHandler,
  MailIntake,
  MySQLEngine,
  QueueDepthScalingProps,
  ReplicatedMySQL,
  Site,
  TableQueueProps,
} from '../constructs';
import { parseExporterConfig } from '../contract/exporter-config';
import { INVARIANTS } from './invariants';
import { NETWORK_INVARIANTS } from './network-invariants';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const ram = Size.gibibytes(1);
const work = { name: 'work', command: ['php', 'artisan', 'queue:work'] };
const LARAVEL = {
  table: 'jobs',
  queueColumn: 'queue',
  dueAt: 'available_at',
  inHand: 'reserved_at IS NOT NULL',
  failures: { table: 'failed_jobs', where: 'failed_at > NOW() - INTERVAL 15 MINUTE' },
};

function pair(site: Site, more: object = {}): ReplicatedMySQL {
  return new ReplicatedMySQL(site, 'db', {
    ram,
    durability: Durability.PREFERRED,
    databases: ['shop', 'queue'],
    ...more,
  });
}

function workers(queue: Partial<TableQueueProps> = {}, props: Partial<JobWorkersProps> = {}): JobWorkers {
  const site = newSite();
  const database = pair(site);
  const made = JobQueue.table({ database, ...LARAVEL, ...queue });
  return new JobWorkers(site, 'jobs', { ram, image: 'example.org/shop:1', workers: [work], queue: made, ...props });
}

/** A queue whose kind scales by its depth. */
function scaled(scale: Partial<QueueDepthScalingProps> = {}, queue: Partial<TableQueueProps> = {}): JobWorkers {
  const by = JobScaling.queueDepth({ max: 4, jobsPerWorker: 10, ...scale });
  return workers(queue, { workers: [{ ...work, ram: Size.mebibytes(64), scale: by }] });
}

function query(of: JobWorkers): string {
  return find(synth(of), 'ScaledObject', 'dfw-jobs-work').spec.triggers[0].metadata.query;
}

function statements(of: JobWorkers): string[] {
  return of._metricsSources.flatMap((each) =>
    each.kind === 'database' ? [each.statement.replaceAll(/\s+/g, ' ')] : [],
  );
}

test('workers get the variables of a queue, and no Job makes its table', () => {
  const made = workers({ databaseName: 'queue' });
  const objects = synth(made);
  const { env } = find(objects, 'Deployment', 'dfw-jobs').spec.template.spec.containers[0];
  expect(env).toContainEqual({ name: 'QUEUE_DB_NAME', value: 'queue' });
  expect([made.setUpJob, ofKind(objects, 'Job')]).toEqual([undefined, []]);
});

test('KEDA counts the jobs that are due, those in hand as well, of all queues or of those that are named', () => {
  expect(query(scaled())).toBe('SELECT COUNT(*) FROM `jobs` WHERE (TRUE) AND (available_at) <= UNIX_TIMESTAMP()');
  expect(query(scaled({ queues: ['default', 'mail:high'] }, { where: 'attempts < 5' }))).toBe(
    "SELECT COUNT(*) FROM `jobs` WHERE (attempts < 5) AND (available_at) <= UNIX_TIMESTAMP() AND `queue` IN ('default', 'mail:high')",
  );
});

test('how often KEDA counts, and when it takes the last worker away, may be said', () => {
  const spec = (of: JobWorkers) => find(synth(of), 'ScaledObject', 'dfw-jobs-work').spec;
  const times = { pollingInterval: Duration.seconds(5), cooldownPeriod: Duration.minutes(1) };
  expect(spec(scaled({ ...times, min: 0 }))).toMatchObject({ pollingInterval: 5, cooldownPeriod: 60 });
  expect(Object.keys(spec(scaled()))).not.toContain('pollingInterval');
});

test('its figures are those of each queue, and a job in hand is not due any more', () => {
  const [depth, failures] = statements(workers());
  expect(depth).toBe(
    'SELECT `queue` AS `queue`, ' +
      'COALESCE(SUM((available_at) <= UNIX_TIMESTAMP() AND NOT COALESCE(reserved_at IS NOT NULL, FALSE)), 0) AS ready, ' +
      'COALESCE(SUM(reserved_at IS NOT NULL), 0) AS running, ' +
      'COALESCE(SUM(NOT ((available_at) <= UNIX_TIMESTAMP()) AND NOT COALESCE(reserved_at IS NOT NULL, FALSE)), 0) AS later, ' +
      'COALESCE(UNIX_TIMESTAMP() - MIN(CASE WHEN (available_at) <= UNIX_TIMESTAMP() AND NOT COALESCE(reserved_at IS NOT NULL, FALSE) THEN available_at END), 0) AS oldest_ready_seconds ' +
      'FROM `jobs` WHERE TRUE GROUP BY `queue`',
  );
  expect(failures).toBe(
    'SELECT COUNT(*) AS failures_in_15m FROM `failed_jobs` WHERE failed_at > NOW() - INTERVAL 15 MINUTE',
  );
});

test('a table without queues is one, under the name of the table', () => {
  const { failures: _, queueColumn: __, ...plain } = LARAVEL;
  const site = newSite();
  const queue = JobQueue.table({ database: pair(site), ...plain });
  const made = new JobWorkers(site, 'jobs', { ram, workers: [work], queue });
  expect(statements(made)).toEqual([expect.stringMatching(/^SELECT 'jobs' AS `queue`, .* FROM `jobs` WHERE TRUE$/)]);
  expect(made._alerts.map(({ name }) => name)).toEqual(['JobsWait']);
});

test('it has the alerts of TheSchwartz', () => {
  const alerts = workers()._alerts.map(({ name, expr }) => [name, expr]);
  expect(alerts).toEqual([
    ['JobsWait', 'queue_oldest_ready_seconds{role="dfw-jobs"} > 600'],
    ['JobsFail', 'queue_failures_in_15m{role="dfw-jobs"} > 10'],
  ]);
});

test('the exporter asks each of its statements under a name of its own', () => {
  const made = workers();
  new Admin(made.site, 'admin', { ram });
  const config = synth(made).find(
    ({ kind, metadata }) => kind === 'ConfigMap' && /-admin-exporter-/.test(metadata.name),
  );
  const { targets } = JSON.parse(config.data['config.json']);
  expect(Object.keys(targets)).toEqual(expect.arrayContaining(['dfw-jobs-database', 'dfw-jobs-database-2']));
  expect(targets['dfw-jobs-database']).toMatchObject({ user: 'figures', prefix: 'queue', labels: ['queue'] });
  const prometheus = synth(made).find(({ data }) => data?.['prometheus.yml']);
  const { scrape_configs: jobs } = parse(prometheus.data['prometheus.yml']);
  const asked = jobs.find(({ job_name: name }: Manifest) => name === 'dfw-jobs-asked').static_configs;
  expect(asked.map(({ labels }: Manifest) => labels.__param_of)).toEqual(['dfw-jobs-database', 'dfw-jobs-database-2']);
});

/** The statements by which servers give the account for figures its rights. */
function grants(site: Site): string {
  const texts = synth(site).flatMap((each) =>
    each.kind === 'ConfigMap' ? [each.data?.['init.sql'] ?? ''] : [JSON.stringify(each.spec?.template ?? '')],
  );
  return texts.join('\n');
}

test.each([
  ['a pair', {}],
  ['a group', { engine: MySQLEngine.innoDBCluster(), durability: undefined }],
])('the account for figures of %s may read its tables alone, and the name of what grants it follows', (_, more) => {
  const names = (site: Site) => synth(site).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const [before, site] = [newSite(), newSite()];
  pair(before, more);
  const queue = JobQueue.table({ database: pair(site, more), ...LARAVEL });
  new JobWorkers(site, 'jobs', { ram, workers: [work], queue });
  for (const table of ['jobs', 'failed_jobs']) {
    const grant = `GRANT SELECT, CREATE ON \`shop\`.\`${table}\` TO 'figures'@'%';`;
    expect([table, grants(before).includes(grant), grants(site).includes(grant)]).toEqual([table, false, true]);
  }
  const changed = names(before).filter((each) => !names(site).includes(each));
  expect(changed).toHaveLength(1);
  expect(changed[0]).toMatch(/^(ConfigMap dfw-db-mysql|Job dfw-db-accounts)-/);
});

test.each(Object.keys({ ...INVARIANTS, ...NETWORK_INVARIANTS }))('with a queue in a table, %s', (rule) => {
  const made = workers();
  new Admin(made.site, 'admin', { ram });
  ({ ...INVARIANTS, ...NETWORK_INVARIANTS })[rule]?.(synth(made));
});

test('its database may be outside the site: Admin asks it with the account that exists, and KEDA by itself', () => {
  const site = newSite();
  const secret = (key: string) => ({ secret: 'shop-database', key });
  const database = new ExternalDatabase(site, 'db', {
    host: '10.1.2.3',
    databaseName: 'shop',
    userFrom: secret('username'),
    password: secret('password'),
  });
  const queue = JobQueue.table({ database, ...LARAVEL });
  const by = JobScaling.queueDepth({ max: 4, jobsPerWorker: 10 });
  const kinds = [work, { ...work, name: 'mail', ram: Size.mebibytes(64), scale: by }];
  const made = new JobWorkers(site, 'jobs', { ram, workers: kinds, queue });
  new Admin(site, 'admin', { ram });
  expect(problems(made)).toEqual([]);
  const objects = synth(made);
  const config = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && /-admin-exporter-/.test(metadata.name));
  expect(parseExporterConfig(config.data['config.json']).targets['dfw-jobs-database']).toMatchObject({
    host: '10.1.2.3',
    port: 3306,
    userVariable: 'DB_USER',
    passwordVariable: 'DB_PASSWORD',
    database: 'shop',
  });
  const pod = find(objects, 'StatefulSet', 'dfw-admin').spec.template.spec;
  const { env } = pod.containers.find(({ name }: Manifest) => name === 'exporter');
  expect(env.map(({ name }: Manifest) => name)).toEqual(expect.arrayContaining(['DB_USER', 'DB_PASSWORD']));
  expect(find(objects, 'NetworkPolicy', 'dfw-admin-to-dfw-db').spec.egress[0].to).toEqual([
    { ipBlock: { cidr: '10.1.2.3/32' } },
  ]);
  expect(find(objects, 'TriggerAuthentication', 'dfw-jobs-mail').spec.secretTargetRef).toEqual([
    { parameter: 'username', name: 'shop-database', key: 'username' },
    { parameter: 'password', name: 'shop-database', key: 'password' },
  ]);
  expect(ofKind(objects, 'NetworkPolicy').filter(({ metadata }) => metadata.name.includes('from-keda'))).toEqual([]);
});

const NAME = 'write a name of letters, digits and underscores';
const SQL = 'write one expression of SQL, without a comment or a semicolon';

test.each<[Partial<TableQueueProps>, string]>([
  [{ table: 'a`b' }, `'queue.table' is 'a\`b': ${NAME}`],
  [{ queueColumn: 'a b' }, `'queue.queueColumn' is 'a b': ${NAME}`],
  [{ failures: { table: 'shop.failed', where: 'TRUE' } }, `'queue.failures.table' is 'shop.failed': ${NAME}`],
  [{ failures: { table: 'failed', where: '' } }, `'queue.failures.where' is '': ${SQL}`],
  [{ dueAt: 'due_at; DROP TABLE jobs' }, `'queue.dueAt' is 'due_at; DROP TABLE jobs': ${SQL}`],
  [{ where: 'TRUE -- all' }, `'queue.where' is 'TRUE -- all': ${SQL}`],
  [{ inHand: 'a\nb' }, `'queue.inHand' is 'a\\nb': ${SQL}`],
  [
    { databaseName: 'other' },
    "'queue.databaseName' is 'other': add it to the databases of dfw/db, which has shop, queue",
  ],
])('a table with %p is an error', (more, error) => {
  expect(problems(workers(more))).toEqual([`[dfw/jobs] ${error}`]);
});

const AT = "'workers.work.scale.";

test.each<[Partial<QueueDepthScalingProps>, Partial<TableQueueProps>, string]>([
  [{ functions: ['A'] }, {}, `${AT}functions' is ['A']: functions are those of TheSchwartz; leave them out`],
  [{ queues: [] }, {}, `${AT}queues' is []: name one or more, or leave them out`],
  [{ queues: ["a'b"] }, {}, `${AT}queues' is 'a'b': write a name such as 'default'`],
  [{ pollingInterval: Duration.seconds(0) }, {}, `${AT}pollingInterval' is 0 s: write a second or more`],
])('scaling by %p is an error', (scale, queue, error) => {
  expect(problems(scaled(scale, queue))).toEqual([`[dfw/jobs] ${error}`]);
});

test('queues of a table that has no column for them are an error, and so are those of TheSchwartz', () => {
  const site = newSite();
  const database = pair(site);
  const scale = JobScaling.queueDepth({ max: 4, jobsPerWorker: 10, queues: ['mail'] });
  const kinds = [{ ...work, ram: Size.mebibytes(64), scale }];
  const plain = JobQueue.table({ database, table: 'jobs', dueAt: 'due_at' });
  new JobWorkers(site, 'plain', { ram, workers: kinds, queue: plain });
  new JobWorkers(site, 'jobs', { ram, workers: kinds, queue: JobQueue.theSchwartz({ database }) });
  expect(problems(site).sort()).toEqual([
    "[dfw/jobs] 'workers.work.scale.functions' is []: name the functions whose jobs are counted",
    "[dfw/jobs] 'workers.work.scale.queues' is ['mail']: queues are those of a table or of lists; name functions",
    "[dfw/plain] 'workers.work.scale.queues' is ['mail']: the table has one; give its queueColumn, or leave them out",
  ]);
});

test('mail that is to become jobs of a table is an error', () => {
  const made = workers();
  new MailIntake(made.site, 'mail', { ram, handler: MailHandler.queue(made, 'Incoming') });
  expect(problems(made)).toEqual([
    "[dfw/mail] 'handler' is 'Incoming': mail becomes jobs of TheSchwartz alone; write MailHandler.command",
  ]);
});
