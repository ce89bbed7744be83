import { Size } from 'cdk8s';
import {
  Admin,
  CachePool,
  JobQueue,
  JobScaling,
  JobWorkers,
  Valkey,
  ValkeyDurability,
  ValkeyEviction,
  WebTier,
} from '../constructs';
import type { ValkeyProps } from '../constructs';
import {
  backlog,
  clientLimit,
  clientMemory,
  leastStorage,
  maxMemory,
  replicaBuffer,
} from '../constructs/valkey/valkey-conf';
import { parseExporterConfig } from '../contract/exporter-config';
import { parseAgentConfig } from '../contract/agent-config';
import { INVARIANTS } from './invariants';
import { NETWORK_INVARIANTS } from './network-invariants';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const image = 'example.org/shop:1';

function pair(props: Partial<ValkeyProps> = {}, site = newSite()): Valkey {
  return new Valkey(site, 'valkey', {
    ram: Size.mebibytes(256),
    durability: ValkeyDurability.PREFERRED,
    ...props,
  });
}

function confOf(made: Valkey): string[] {
  const file = ofKind(synth(made), 'ConfigMap').find((each) => each.data['valkey.conf'])!.data['valkey.conf'];
  return file.split('\n');
}

test.each([
  [80, 160, 8, 4, 24],
  [208, 416, 13, 6, 83],
  [976, 1952, 61, 30, 419],
  [16336, 9984, 1021, 510, 7139],
])('with %i MiB: %i clients, their memory %i, a backlog of %i, maxmemory %i', (ram, ...expected) => {
  expect([clientLimit(ram), clientMemory(ram), backlog(ram), maxMemory(ram)]).toEqual(expected);
});

test.each([80, 208, 976, 16336])(
  'with %i MiB, data that are there twice fit beside the server, its clients and the replica',
  (ram) => {
    const all = 16 + clientMemory(ram) + replicaBuffer(ram) + 2 * maxMemory(ram);
    expect(all).toBeLessThanOrEqual(ram);
  },
);

test('what is acknowledged is on the disk, keys are not evicted, and a server starts without taking writes', () => {
  expect(confOf(pair())).toEqual(
    expect.arrayContaining([
      'appendonly yes',
      'appendfsync always',
      'maxmemory 83mb',
      'maxmemory-policy noeviction',
      'replicaof 127.0.0.1 1',
      'min-replicas-to-write 1000',
      'min-replicas-max-lag 2',
    ]),
  );
  expect(confOf(pair({ eviction: ValkeyEviction.ALL_KEYS_LRU }))).toContain('maxmemory-policy allkeys-lru');
});

test('the agent is told where the servers are, and how writes behave without a replica', () => {
  const made = pair({ durability: ValkeyDurability.REQUIRED });
  const config = ofKind(synth(made), 'ConfigMap').find((each) => each.data['config.json'])!.data['config.json'];
  expect(parseAgentConfig(config).engine).toEqual({
    kind: 'valkey',
    socket: '/run/valkey/valkey.sock',
    fence: '/run/valkey/agent',
    data: '/data/data',
    port: 6379,
    slices: {
      'dfw-valkey-1': 'dfw-valkey01.dfw.svc.cluster.local',
      'dfw-valkey-2': 'dfw-valkey02.dfw.svc.cluster.local',
    },
    durability: 'required',
    accounts: [
      { user: 'default', folder: '/secrets/default' },
      { user: 'internal', folder: '/secrets/internal' },
    ],
  });
});

test('what uses it gets its address, and the password from the Secret, and may connect', () => {
  const site = newSite();
  new WebTier(site, 'web', { ram: Size.gibibytes(1), image, uses: [pair({}, site)] });
  const objects = synth(site);
  const [apache] = find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers;
  expect(apache.env).toEqual(
    expect.arrayContaining([
      { name: 'VALKEY_HOST', value: '$(DFW_VALKEY_ACTIVE_SERVICE_HOST)' },
      { name: 'VALKEY_PORT', value: '6379' },
      { name: 'VALKEY_PASSWORD', valueFrom: { secretKeyRef: { name: 'dfw-valkey', key: 'password' } } },
    ]),
  );
  expect(find(objects, 'Service', 'dfw-valkey-active').spec.selector).toBeUndefined();
});

test('the password of its agents and its replica is known to its own pods alone', () => {
  const site = newSite();
  new WebTier(site, 'web', { ram: Size.gibibytes(1), image, uses: [pair({}, site)] });
  new CachePool(site, 'memc', { ram: Size.gibibytes(1) });
  const readers = synth(site).filter(
    (each) => each.kind !== 'ConfigMap' && JSON.stringify(each).includes('dfw-valkey-internal'),
  );
  expect(readers.map(({ metadata }) => metadata.name)).toEqual(['dfw-valkey']);
});

test('with TLS, servers and agents know its certificate, and programs get the port, the authority and a name', () => {
  const site = newSite();
  new WebTier(site, 'web', { ram: Size.gibibytes(1), image, uses: [pair({ tls: {} }, site)] });
  const objects = synth(site);
  const [apache] = find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers;
  expect(apache.env).toEqual(
    expect.arrayContaining([
      { name: 'VALKEY_HOST', value: 'dfw-valkey-active.dfw.svc.cluster.local' },
      { name: 'VALKEY_PORT', value: '6379' },
      { name: 'VALKEY_TLS_PORT', value: '6380' },
      { name: 'VALKEY_CA', valueFrom: { secretKeyRef: { name: 'dfw-valkey-tls', key: 'ca.crt' } } },
    ]),
  );
  const { initContainers, containers } = find(objects, 'StatefulSet', 'dfw-valkey').spec.template.spec;
  const mount = { name: 'tls', mountPath: '/tls', readOnly: true };
  const agent = initContainers.find(({ name }: Manifest) => name === 'heartbeat');
  expect(containers[0].volumeMounts).toContainEqual(mount);
  expect(agent.volumeMounts).toContainEqual(mount);
  expect(agent.env).toContainEqual({ name: 'VALKEY_TLS', value: '/tls' });
  const wanted = JSON.parse(find(objects, 'ConfigMap', 'required-secrets').data['dfw-valkey-tls']);
  expect(wanted.hosts).toEqual([
    'dfw-valkey-active.dfw.svc.cluster.local',
    'dfw-valkey01.dfw.svc.cluster.local',
    'dfw-valkey02.dfw.svc.cluster.local',
  ]);
  const ports = ({ spec }: Manifest) => spec.ports.map(({ port }: Manifest) => port);
  expect(ports(find(objects, 'Service', 'dfw-valkey-active'))).toEqual([6379, 6380]);
  const between = ofKind(objects, 'NetworkPolicy').find(
    ({ metadata }) => metadata.name === 'dfw-valkey-from-dfw-valkey',
  );
  expect(between!.spec.ingress[0].ports.map(({ port }: Manifest) => port)).toEqual([6380]);
});

test('its servers speak TLS with each other, and take no other connection where that is required', () => {
  const both = confOf(pair({ tls: {} }));
  const encrypted = ['tls-port 6380', 'tls-replication yes', 'tls-cert-file /tls/tls.crt', 'tls-auth-clients no'];
  expect(both).toEqual(expect.arrayContaining(['port 6379', ...encrypted]));
  expect(both).not.toContain('port 0');
  const made = pair({ tls: { required: true } });
  expect(
    confOf(made)
      .filter((line) => line.startsWith('port '))
      .at(-1),
  ).toBe('port 0');
  const { containers } = find(synth(made), 'StatefulSet', 'dfw-valkey').spec.template.spec;
  expect(containers[0].livenessProbe.tcpSocket.port).toBe(6380);
  const [host] = made._bindings();
  expect(host!.ports).toEqual([{ port: 6380 }]);
  expect(host!.env).toContainEqual({ name: 'VALKEY_PORT', value: '6380' });
});

test('a certificate of one’s own is named, and never made up', () => {
  const wanted = JSON.parse(find(synth(pair({ tls: { secret: 'own' } })), 'ConfigMap', 'required-secrets').data['own']);
  expect(wanted.keys).toEqual({});
  expect(problems(pair({ tls: { secret: 'My Secret' } }))).toEqual([
    "[dfw/valkey] 'tls.secret' is 'My Secret': write the name of a Secret, such as 'dfw-valkey-tls'",
  ]);
});

test('KEDA and Admin reach the lists of a pair with TLS by its certificate', () => {
  const site = newSite();
  const queue = JobQueue.redisList({ server: pair({ tls: {} }, site), lists: { default: 'queues:default' } });
  const scale = JobScaling.queueDepth({ max: 4, jobsPerWorker: 10 });
  const workers = [{ name: 'work', command: ['work'], ram: Size.mebibytes(64), scale }];
  new JobWorkers(site, 'jobs', { ram: Size.gibibytes(1), image, queue, workers });
  new Admin(site, 'admin', { ram: Size.mebibytes(512) });
  const objects = synth(site);
  const [trigger] = find(objects, 'ScaledObject', 'dfw-jobs-work').spec.triggers;
  expect(trigger.metadata).toMatchObject({
    address: 'dfw-valkey-active.dfw.svc.cluster.local:6380',
    enableTLS: 'true',
  });
  expect(find(objects, 'TriggerAuthentication', 'dfw-jobs-work').spec.secretTargetRef).toContainEqual({
    parameter: 'ca',
    name: 'dfw-valkey-tls',
    key: 'ca.crt',
  });
  const config = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && /-admin-exporter-/.test(metadata.name))!;
  expect(parseExporterConfig(config.data['config.json']).targets['dfw-jobs-lists']).toMatchObject({
    port: 6380,
    authorityVariable: 'VALKEY_CA',
  });
});

test('lists of the pair are a queue: workers reach it, Admin counts its jobs, and KEDA is let in', () => {
  const site = newSite();
  const queue = JobQueue.redisList({ server: pair({}, site), lists: { default: 'queues:default' } });
  const scale = JobScaling.queueDepth({ max: 4, jobsPerWorker: 10 });
  const workers = [{ name: 'work', command: ['work'], ram: Size.mebibytes(64), scale }];
  new JobWorkers(site, 'jobs', { ram: Size.gibibytes(1), image, queue, workers });
  new Admin(site, 'admin', { ram: Size.mebibytes(512) });
  const objects = synth(site);
  const [trigger] = find(objects, 'ScaledObject', 'dfw-jobs-work').spec.triggers;
  expect(trigger.metadata.address).toBe('dfw-valkey-active.dfw.svc.cluster.local:6379');
  const { secretTargetRef } = find(objects, 'TriggerAuthentication', 'dfw-jobs-work').spec;
  expect(secretTargetRef).toEqual([{ parameter: 'password', name: 'dfw-valkey', key: 'password' }]);
  const config = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && /-admin-exporter-/.test(metadata.name))!;
  expect(parseExporterConfig(config.data['config.json']).targets['dfw-jobs-lists']).toMatchObject({
    host: 'dfw-valkey-active.dfw.svc.cluster.local',
    port: 6379,
    passwordVariable: 'VALKEY_PASSWORD',
  });
  const exporter = find(objects, 'StatefulSet', 'dfw-admin').spec.template.spec.containers.find(
    ({ name }: Manifest) => name === 'exporter',
  );
  expect(exporter.env.map(({ name }: Manifest) => name)).toContain('VALKEY_PASSWORD');
  const keda = ofKind(objects, 'NetworkPolicy').filter(({ spec }) => JSON.stringify(spec).includes('keda-operator'));
  expect(keda.map(({ spec }) => spec.podSelector.matchLabels['app.kubernetes.io/name'])).toEqual(['valkey']);
});

test('a queue in lists of something that has none is an error', () => {
  const site = newSite();
  const server = new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
  const queue = JobQueue.redisList({ server, lists: { default: 'queues:default' } });
  const made = new JobWorkers(site, 'jobs', {
    ram: Size.gibibytes(1),
    image,
    queue,
    workers: [{ name: 'work', command: ['work'] }],
  });
  expect(problems(made)).toContain(
    "[dfw/jobs] 'queue.server' is 'dfw/memc': it has no lists; name a Valkey or an ExternalQueue",
  );
});

test.each<[Partial<ValkeyProps>, string]>([
  [
    { ram: Size.mebibytes(96) },
    "'ram' is 96 MiB: the agent, the server itself and its buffers take 96 MiB beside the data; write Size.mebibytes(128) or more",
  ],
  [
    { storage: Size.mebibytes(300) },
    "'storage' is 300 MiB: its log is there up to four times while it is written anew; write Size.mebibytes(671) or more",
  ],
])('%p is an error', (props, error) => {
  expect(problems(pair(props))).toEqual([`[dfw/valkey] ${error}`]);
});

test('the smallest volume that is taken has room for the log', () => {
  expect(leastStorage(208)).toBe(671);
  expect(problems(pair({ storage: Size.mebibytes(671) }))).toEqual([]);
});

test('programs that may hold more connections than it takes are an error', () => {
  const site = newSite();
  const made = pair({ ram: Size.mebibytes(128) }, site);
  new WebTier(site, 'web', { ram: Size.gibibytes(16), slices: 9, image, uses: [made] });
  expect(problems(site).join()).toContain("'ram' is 128 MiB: it takes 160 connections");
});

test('it tells of a pair without a replica, of a server that is down, and of memory and clients that are used up', () => {
  expect(pair()._alerts.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['ValkeyWithoutReplica', 'ValkeyDown', 'ValkeyMemoryNearlyUsed', 'ValkeyClientsNearlyUsed']),
  );
});

const RULES = { ...INVARIANTS, ...NETWORK_INVARIANTS };

test.each(Object.keys(RULES))('with a pair, %s', (rule) => {
  const site = newSite();
  new WebTier(site, 'web', { ram: Size.gibibytes(1), image, uses: [pair({}, site)] });
  new Admin(site, 'admin', { ram: Size.mebibytes(512) });
  RULES[rule]?.(synth(site));
});
