import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Size, Testing } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import {
  Admin,
  Balancer,
  BlobEngine,
  BlobStore,
  CachePool,
  ClusterProps,
  Durability,
  IpFamily,
  JobQueue,
  JobWorkers,
  MailHandler,
  MailIntake,
  MySQLBackup,
  ReplicatedMySQL,
  Site,
  WebTier,
} from '../constructs';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const ram = Size.mebibytes(512);

function siteIn(cluster: ClusterProps): Site {
  return new Site(Testing.app(), 'dfw', { domain: 'example.org', cluster });
}

/** A role of each kind that asks the API server. */
function withPairs(site: Site): Manifest[] {
  new ReplicatedMySQL(site, 'db', { ram, durability: Durability.PREFERRED, databases: ['site'] });
  const web = new WebTier(site, 'web', { ram, image: 'example.org/site:1' });
  new Balancer(site, 'lb', { ram, web });
  new Admin(site, 'admin', { ram });
  return synth(site);
}

function portsOf(objects: Manifest[], policy: string): number[] {
  const rules: Manifest[] = find(objects, 'NetworkPolicy', policy).spec.egress;
  return rules.flatMap(({ ports }) => ports.map((each: Manifest) => each.port));
}

const TO_API_SERVER = ['dfw-db-heartbeat', 'dfw-lb-heartbeat', 'dfw-admin-to-nodes'];

test("pods may ask the DNS of kubeadm, of NodeLocal DNSCache and of OpenShift, each at its pods' port", () => {
  const rules: Manifest[] = find(synth(newSite()), 'NetworkPolicy', 'allow-dns').spec.egress;
  const told = rules.map(({ to, ports }) => [
    to.map((each: Manifest) => each.ipBlock?.cidr ?? Object.values(each.namespaceSelector.matchLabels)[0]),
    ports.map((each: Manifest) => `${each.protocol} ${each.port}`),
  ]);
  expect(told).toEqual([
    [
      ['kube-system', '169.254.20.10/32'],
      ['UDP 53', 'TCP 53'],
    ],
    [['openshift-dns'], ['UDP 5353', 'TCP 5353']],
  ]);
});

test('a cluster whose DNS is named opens no other', () => {
  const site = siteIn({ dnsPods: [{ namespace: 'dns', labels: { app: 'coredns' }, port: 1053 }], dnsAddresses: [] });
  const rules: Manifest[] = find(synth(site), 'NetworkPolicy', 'allow-dns').spec.egress;
  expect(rules).toHaveLength(1);
  expect(rules[0].to).toHaveLength(1);
  expect(rules[0].to[0].podSelector).toEqual({ matchLabels: { app: 'coredns' } });
  expect(rules[0].ports.map((each: Manifest) => each.port)).toEqual([1053, 1053]);
});

test('a node may refuse what is sent to a slice that is gone, where the network of Services is named', () => {
  const site = siteIn({ serviceNetwork: '10.96.0.0/12' });
  const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
  new WebTier(site, 'web', { ram: Size.mebibytes(512), image: 'web:1', uses: [cache] });
  const policy = find(synth(site), 'NetworkPolicy', 'dfw-web-to-dfw-memc-services');
  expect(policy.spec).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'dfw', 'app.kubernetes.io/name': 'web' } },
    policyTypes: ['Egress'],
    egress: [{ to: [{ ipBlock: { cidr: '10.96.0.0/12' } }], ports: [{ port: 11_211, protocol: 'TCP' }] }],
  });
});

test('so it is for pods beside slices, as of workers apart', () => {
  const site = siteIn({ serviceNetwork: '10.96.0.0/12' });
  const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
  const kind = { name: 'import', command: ['import'], apart: true, ram: Size.mebibytes(64) };
  new JobWorkers(site, 'jobs', { slices: 1, ram, image: 'jobs:1', uses: [cache], workers: [kind] });
  const { spec } = find(synth(site), 'NetworkPolicy', 'dfw-jobs-import-to-dfw-memc-services');
  expect(spec.podSelector.matchLabels['app.kubernetes.io/name']).toBe('jobs-import');
  expect(spec.egress).toEqual([
    { to: [{ ipBlock: { cidr: '10.96.0.0/12' } }], ports: [{ port: 11_211, protocol: 'TCP' }] },
  ]);
});

test.each(TO_API_SERVER)('%s: the API server may be asked at the ports of kubeadm, minikube and MicroK8s', (policy) => {
  expect(portsOf(withPairs(newSite()), policy)).toEqual(expect.arrayContaining([443, 6443, 8443, 16_443]));
});

test.each(TO_API_SERVER)("%s: the API server's ports are those of the cluster, where it names them", (policy) => {
  const ports = portsOf(withPairs(siteIn({ apiServerPorts: [7443] })), policy);
  expect(ports).toContain(7443);
  for (const other of [443, 6443, 8443, 16_443]) expect(ports).not.toContain(other);
});

test('in a namespace that belongs to others no Namespace is written, and their pods are left as they are', () => {
  const site = siteIn({ namespaces: false });
  new CachePool(site, 'memc', { ram });
  const objects = synth(site);
  expect(ofKind(objects, 'Namespace')).toEqual([]);
  for (const name of ['deny-by-default', 'allow-dns'])
    expect(find(objects, 'NetworkPolicy', name).spec.podSelector).toEqual({
      matchLabels: { 'app.kubernetes.io/part-of': 'dfw' },
    });
  const { metadata } = find(objects, 'StatefulSet', 'dfw-memc').spec.template;
  expect(metadata.labels['app.kubernetes.io/part-of']).toBe('dfw');
});

test('a namespace that a role has for itself is closed as a whole, whoever writes it', () => {
  const site = siteIn({ namespaces: false });
  new MailIntake(site, 'mail', { ram, handler: MailHandler.command({ command: ['take'] }) });
  const policies = ofKind(synth(site), 'NetworkPolicy').filter(({ metadata }) => metadata.namespace === 'dfw-mail');
  const closed = policies.find(({ metadata }) => metadata.name === 'deny-by-default');
  expect(closed.spec.podSelector).toEqual({});
});

test('where the platform has default policies the site writes none, and those of its relations all the same', () => {
  const site = siteIn({ defaultPolicies: false });
  const cache = new CachePool(site, 'memc', { ram });
  new WebTier(site, 'web', { ram, image: 'example.org/site:1', uses: [cache] });
  const names = ofKind(synth(site), 'NetworkPolicy').map(({ metadata }) => metadata.name);
  expect(names).toEqual(['dfw-memc-from-dfw-web', 'dfw-web-to-dfw-memc']);
});

/** A site with a role of each kind. */
function withAll(cluster: ClusterProps): Manifest[] {
  const site = siteIn(cluster);
  const database = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['site', 'mogilefs'],
    settings: { max_connections: '154' },
  });
  new CachePool(site, 'memc', { ram });
  new BlobStore(site, 'mog', { ram, engine: BlobEngine.mogileFs({ database }) });
  new MySQLBackup(site, 'backup', { database, endpoint: 'https://s3.example.org', bucket: 'backups' });
  const workers = [{ name: 'mail', command: ['mail'] }];
  const jobs = new JobWorkers(site, 'jobs', { ram, queue: JobQueue.theSchwartz({ database }), workers });
  new MailIntake(site, 'mail', { ram, handler: MailHandler.queue(jobs, 'Site::Mail') });
  const web = new WebTier(site, 'web', { ram, image: 'example.org/site:1', uses: [database] });
  new Balancer(site, 'lb', { ram, web });
  new Admin(site, 'admin', { ram });
  return synth(site);
}

test('a tenant of a namespace gets no object of the cluster, and none in namespaces of others', () => {
  const objects = withAll({ namespaces: false, clusterRoles: false });
  const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace));
  expect(namespaces).toEqual(new Set(['dfw', 'dfw-mail']));
  const whole = withAll({});
  const left = whole.filter(({ metadata }) => !namespaces.has(metadata.namespace)).map(({ kind }) => kind);
  expect(left).toEqual(['Namespace', 'Namespace', 'ClusterRole', 'ClusterRoleBinding']);
  expect(objects).toHaveLength(whole.length - left.length);
});

test("the page of Admin has the objects that the cluster's administrator makes then", () => {
  const [, block = ''] =
    /```yaml\n(apiVersion: rbac[^`]*)```/.exec(readFileSync(join(__dirname, '../docs/admin.md'), 'utf8')) ?? [];
  const written = withAll({}).filter(({ kind }) => kind.startsWith('ClusterRole'));
  const withoutLabels = written.map((each) => ({ ...each, metadata: { name: each.metadata.name } }));
  expect(parseAllDocuments(block).map((each) => each.toJS())).toEqual(withoutLabels);
});

const ERRORS: [ClusterProps, string][] = [
  [
    { ipFamily: IpFamily.IPV6 },
    "'cluster.ipFamily' is 'IPv6': the engines and agents know IPv4 alone; take a cluster that gives pods IPv4 addresses first",
  ],
  [
    { dnsPods: [{ namespace: 'dns', labels: {} }] },
    "'cluster.dnsPods' is 'dns': write the labels of its pods, as { 'k8s-app': 'kube-dns' }",
  ],
  [{ dnsPods: [{ namespace: 'DNS', labels: { a: 'b' } }] }, "'cluster.dnsPods' is 'DNS': write lower-case letters"],
  [{ dnsPods: [{ namespace: 'dns', labels: { a: 'b' }, port: 0 }] }, "'cluster.dnsPods' is 0: write a port"],
  [{ markDns: true, clusterRoles: false }, "'cluster.markDns' is true: it needs a Role in the namespace of 'dnsPods'"],
  [
    { serviceNetwork: '0.0.0.0/0' },
    "'cluster.serviceNetwork' is '0.0.0.0/0': it would open every address; write that of the Services",
  ],
  [
    { markDns: true, dnsPods: [] },
    "'cluster.markDns' is true: there are no 'dnsPods' to mark; name them, or leave it out",
  ],
  [
    { serviceNetwork: '10.96.0.1/12' },
    "'cluster.serviceNetwork' is '10.96.0.1/12': it has bits beyond its first 12; write",
  ],
  [{ dnsAddresses: ['169.254.20.10'] }, "'cluster.dnsAddresses' is '169.254.20.10': write addresses, as in"],
  [{ apiServerPorts: [] }, "'cluster.apiServerPorts' is []: name one or more, or leave it out"],
  [{ apiServerPorts: [0] }, "'cluster.apiServerPorts' is 0: write a port, from 1 to 65535"],
];

test.each(ERRORS.map(([given, error]) => [error, given] as const))('%s', (error, given) => {
  expect(problems(siteIn(given))).toEqual([expect.stringContaining(`[dfw] ${error}`)]);
});
