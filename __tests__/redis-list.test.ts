import { Size } from 'cdk8s';
import {
  Admin,
  ExternalPeer,
  ExternalQueue,
  JobQueue,
  JobScaling,
  JobWorkers,
  MailHandler,
  MailIntake,
  QueueDepthScalingProps,
  RedisListProps,
  Site,
  WebTier,
} from '../constructs';
import { parseExporterConfig } from '../contract/exporter-config';
import { INVARIANTS } from './invariants';
import { NETWORK_INVARIANTS } from './network-invariants';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const ram = Size.gibibytes(1);
const image = 'example.org/shop:1';
const work = { name: 'work', command: ['bundle', 'exec', 'sidekiq'] };
const LISTS = { default: 'queue:default', mail: 'queue:mail' };
const password = { secret: 'valkey', key: 'password' };

function server(site: Site, props: object = {}): ExternalQueue {
  return new ExternalQueue(site, 'queue', { host: '10.1.2.3', port: 6379, user: 'shop', password, ...props });
}

function workers(
  queue: Partial<RedisListProps> = {},
  scale?: Partial<QueueDepthScalingProps>,
  props: object = {},
): JobWorkers {
  const site = newSite();
  const made = JobQueue.redisList({ server: server(site, props), lists: LISTS, ...queue });
  const by = scale && JobScaling.queueDepth({ max: 4, jobsPerWorker: 10, ...scale });
  const kind = by ? { ...work, ram: Size.mebibytes(64), scale: by } : work;
  return new JobWorkers(site, 'jobs', { ram, image, workers: [kind], queue: made });
}

test('workers, those that scale as well, get the variables of the server and reach it', () => {
  const objects = synth(workers({}, {}));
  const { containers } = find(objects, 'Deployment', 'dfw-jobs-work').spec.template.spec;
  const names = containers[0].env.map(({ name }: Manifest) => name);
  expect(names).toEqual(['QUEUE_HOST', 'QUEUE_PORT', 'QUEUE_USER', 'QUEUE_PASSWORD']);
  expect(find(objects, 'NetworkPolicy', 'dfw-jobs-work-to-dfw-queue').spec.egress).toEqual([
    { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ port: 6379, protocol: 'TCP' }] },
  ]);
});

test('a role that puts jobs into the lists names the workers, and reaches the server', () => {
  const made = workers();
  new WebTier(made.site, 'web', { ram, image, uses: [made] });
  const objects = synth(made);
  expect(find(objects, 'NetworkPolicy', 'dfw-web-to-dfw-queue').spec.egress[0].to).toEqual([
    { ipBlock: { cidr: '10.1.2.3/32' } },
  ]);
  const { env } = find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers[0];
  expect(env).toContainEqual({ name: 'QUEUE_HOST', value: '10.1.2.3' });
});

test('KEDA asks for the length of each list, or of those that are named, with the password out of its Secret', () => {
  const triggers = (of: JobWorkers) => find(synth(of), 'ScaledObject', 'dfw-jobs-work').spec.triggers;
  expect(triggers(workers({ database: 2 }, {})).map(({ metadata }: Manifest) => metadata.listName)).toEqual([
    'queue:default',
    'queue:mail',
  ]);
  expect(triggers(workers({ database: 2 }, { queues: ['mail'] }))).toEqual([
    {
      type: 'redis',
      metadata: {
        address: '10.1.2.3:6379',
        usernameFromEnv: 'QUEUE_USER',
        listName: 'queue:mail',
        listLength: '10',
        databaseIndex: '2',
      },
      authenticationRef: { name: 'dfw-jobs-work' },
    },
  ]);
  expect(find(synth(workers({}, {})), 'TriggerAuthentication', 'dfw-jobs-work').spec.secretTargetRef).toEqual([
    { parameter: 'password', name: 'valkey', key: 'password' },
  ]);
});

test('a server without a password needs no credentials, and lets nobody of the site in', () => {
  const objects = synth(workers({}, {}, { user: undefined, password: undefined }));
  expect(ofKind(objects, 'TriggerAuthentication')).toEqual([]);
  const [trigger] = find(objects, 'ScaledObject', 'dfw-jobs-work').spec.triggers;
  expect(trigger).toEqual({ type: 'redis', metadata: expect.not.objectContaining({ usernameFromEnv: 'QUEUE_USER' }) });
  expect(ofKind(objects, 'NetworkPolicy').filter(({ metadata }) => metadata.name.includes('from-keda'))).toEqual([]);
});

test('Admin asks the server for the lengths, which it alone may reach beside the workers', () => {
  const made = workers();
  new Admin(made.site, 'admin', { ram });
  const objects = synth(made);
  const config = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && /-admin-exporter-/.test(metadata.name));
  const { targets } = parseExporterConfig(config.data['config.json']);
  expect(targets['dfw-jobs-lists']).toEqual({
    kind: 'redis-lists',
    host: '10.1.2.3',
    port: 6379,
    user: 'shop',
    passwordVariable: 'QUEUE_PASSWORD',
    database: 0,
    lists: LISTS,
  });
  const pod = find(objects, 'StatefulSet', 'dfw-admin').spec.template.spec;
  const { env } = pod.containers.find(({ name }: Manifest) => name === 'exporter');
  expect(env).toContainEqual({
    name: 'QUEUE_PASSWORD',
    valueFrom: { secretKeyRef: { name: 'valkey', key: 'password' } },
  });
  expect(find(objects, 'NetworkPolicy', 'dfw-admin-to-dfw-queue').spec.egress[0].ports).toEqual([
    { port: 6379, protocol: 'TCP' },
  ]);
});

test('an alert tells of a list that is never empty and does not get shorter', () => {
  expect(workers()._alerts.map(({ name, expr }) => [name, expr])).toEqual([
    [
      'JobsWait',
      'min_over_time(queue_ready{role="dfw-jobs"}[15m]) > 0 and delta(queue_ready{role="dfw-jobs"}[15m]) >= 0',
    ],
  ]);
});

const RULES = { ...INVARIANTS, ...NETWORK_INVARIANTS };

test.each(Object.keys(RULES))('with a queue in lists, %s', (rule) => {
  const made = workers();
  new Admin(made.site, 'admin', { ram });
  RULES[rule]?.(synth(made));
});

test.each<[Partial<RedisListProps>, string]>([
  [{ lists: {} }, "'queue.lists' is {  }: name one or more, as in { default: 'queues:default' }"],
  [{ lists: { 'a b': 'x' } }, "'queue.lists' is 'a b': write a name such as 'default'"],
  [{ lists: { a: '' } }, "'queue.lists.a' is '': write the list's key, such as 'queues:default'"],
  [{ database: -1 }, "'queue.database' is -1: write a whole number from 0 to 9999"],
])('lists with %p are an error', (more, error) => {
  expect(problems(workers(more))).toEqual([`[dfw/jobs] ${error}`]);
});

test('a list that there is none of cannot scale a kind', () => {
  expect(problems(workers({}, { queues: ['other'] }))).toEqual([
    "[dfw/jobs] 'workers.work.scale.queues' is 'other': the queue has no such list; name default, mail",
  ]);
});

test('a server of another site is an error, and so is mail that is to become jobs', () => {
  const made = workers({ server: server(newSite('ams'), { peer: ExternalPeer.cidrs(['10.1.2.3/32']) }) });
  new MailIntake(made.site, 'mail', { ram, handler: MailHandler.queue(made, 'Incoming') });
  expect(problems(made)).toContain(
    "[dfw/jobs] 'queue.server' is 'ams/queue': it belongs to another site; name a role of 'dfw'",
  );
  const mail = workers();
  new MailIntake(mail.site, 'mail', { ram, handler: MailHandler.queue(mail, 'Incoming') });
  expect(problems(mail)).toContainEqual(expect.stringContaining('mail becomes jobs of TheSchwartz alone'));
});

test('KEDA is told an address of IPv6 in brackets', () => {
  const objects = synth(workers({}, {}, { host: '2001:db8::7' }));
  const [trigger] = find(objects, 'ScaledObject', 'dfw-jobs-work').spec.triggers;
  expect(trigger.metadata.address).toBe('[2001:db8::7]:6379');
});
