import { ApiObject, App, Chart, Size } from 'cdk8s';
import {
  Egress,
  ExternalBlobStore,
  ExternalCache,
  ExternalDatabase,
  ExternalPeer,
  ExternalQueue,
  ExternalSmtp,
  IConnectable,
  JobScaling,
  JobWorkers,
  MailHandler,
  MailIntake,
  OwnWorkload,
  Site,
  WebTier,
} from '../constructs';
import { violations } from './crd/schema';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const ram = Size.gibibytes(1);
const image = 'example.org/shop:1';
const password = { secret: 'shop-database', key: 'password' };
const DATABASE = { host: '10.1.2.3', databaseName: 'shop', user: 'shop', password };

function database(site: Site, more: object = {}): ExternalDatabase {
  return new ExternalDatabase(site, 'db', { ...DATABASE, ...more });
}

/** The objects of a site whose web tier uses something outside. */
function used(outside: (site: Site) => IConnectable): Manifest[] {
  const site = newSite();
  new WebTier(site, 'web', { ram, image, uses: [outside(site)] });
  return synth(site);
}

function environment(objects: Manifest[]): Record<string, unknown> {
  const { env } = find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers[0];
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }: Manifest) => [
      name,
      value ?? `${valueFrom.secretKeyRef.name}/${valueFrom.secretKeyRef.key}`,
    ]),
  );
}

function required(objects: Manifest[], secret: string): Manifest {
  return JSON.parse(find(objects, 'ConfigMap', 'required-secrets').data[secret]);
}

const rules = (objects: Manifest[], name: string) => find(objects, 'NetworkPolicy', name).spec.egress;
const tcp = (port: number) => [{ port, protocol: 'TCP' }];

test('a database outside gives the variables of one inside, and opens its address and port alone', () => {
  const objects = used((site) => database(site));
  expect(environment(objects)).toMatchObject({
    DB_HOST: '10.1.2.3',
    DB_READ_HOST: '10.1.2.3',
    DB_PORT: '3306',
    DB_NAME: 'shop',
    DB_USER: 'shop',
    DB_PASSWORD: 'shop-database/password',
  });
  expect(rules(objects, 'dfw-web-to-dfw-db')).toEqual([
    { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: tcp(3306) },
  ]);
});

test('its replica, port, certificate and the name of its account may be said', () => {
  const objects = used((site) =>
    database(site, {
      readHost: '2001:db8::7',
      port: 5432,
      user: undefined,
      userFrom: { secret: 'shop-database', key: 'username' },
      certificateAuthority: { secret: 'provider', key: 'ca.pem' },
    }),
  );
  expect(environment(objects)).toMatchObject({
    DB_READ_HOST: '2001:db8::7',
    DB_PORT: '5432',
    DB_USER: 'shop-database/username',
    DB_CA: 'provider/ca.pem',
  });
  expect(rules(objects, 'dfw-web-to-dfw-db')).toEqual([
    { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: tcp(5432) },
    { to: [{ ipBlock: { cidr: '2001:db8::7/128' } }], ports: tcp(5432) },
  ]);
});

test('its password is never made up, and the command that makes Secrets knows whose it is', () => {
  const objects = used((site) => database(site));
  expect(required(objects, 'shop-database')).toEqual({
    namespaces: ['dfw'],
    keys: { password: 'given' },
    owners: ['10.1.2.3'],
  });
});

test('a value of somebody else’s stays so, where a role would have it made up', () => {
  const site = newSite();
  const db = database(site, { password: { secret: 'dfw-app', key: 'KEY' } });
  new WebTier(site, 'web', { ram, image, uses: [db], secrets: { app: ['KEY'] } });
  expect(required(synth(site), 'dfw-app').keys).toEqual({ KEY: 'given' });
});

test('a database that nobody uses needs no Secret anywhere', () => {
  const site = newSite();
  database(site);
  expect(required(synth(site), 'shop-database').namespaces).toEqual([]);
});

test('caches outside give the list of servers, and a password where there is one', () => {
  const servers = ['10.1.2.3:11211', '[2001:db8::7]:11212'];
  const key = { secret: 'valkey', key: 'password' };
  const objects = used((site) => new ExternalCache(site, 'memc', { servers, password: key }));
  expect(environment(objects)).toMatchObject({
    MEMC_SERVERS: '10.1.2.3:11211,[2001:db8::7]:11212',
    MEMC_PASSWORD: 'valkey/password',
  });
  expect(rules(objects, 'dfw-web-to-dfw-memc')).toEqual([
    { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: tcp(11_211) },
    { to: [{ ipBlock: { cidr: '2001:db8::7/128' } }], ports: tcp(11_212) },
  ]);
});

const KEYS = { accessKey: { secret: 's3', key: 'id' }, secretKey: { secret: 's3', key: 'secret' } };

test.each([
  ['https://10.1.2.3', 443],
  ['http://10.1.2.3', 80],
  ['https://10.1.2.3:9000', 9000],
])('a bucket at %s gives the variables of Garage, and opens port %d', (endpoint, port) => {
  const objects = used((site) => new ExternalBlobStore(site, 'files', { endpoint, bucket: 'shop', ...KEYS }));
  expect(environment(objects)).toMatchObject({
    FILES_S3_ENDPOINT: endpoint,
    FILES_S3_REGION: 'us-east-1',
    FILES_BUCKET: 'shop',
    FILES_ACCESS_KEY: 's3/id',
    FILES_SECRET_KEY: 's3/secret',
  });
  expect(rules(objects, 'dfw-web-to-dfw-files')).toEqual([
    { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: tcp(port) },
  ]);
});

test('queues and relays outside give host, port and account', () => {
  const account = { user: 'shop', password };
  const queue = used((site) => new ExternalQueue(site, 'queue', { host: '10.1.2.3', port: 5672, ...account }));
  expect(environment(queue)).toMatchObject({
    QUEUE_HOST: '10.1.2.3',
    QUEUE_PORT: '5672',
    QUEUE_USER: 'shop',
    QUEUE_PASSWORD: 'shop-database/password',
  });
  const smtp = environment(used((site) => new ExternalSmtp(site, 'smtp', { host: '10.1.2.3' })));
  expect(smtp).toMatchObject({ SMTP_HOST: '10.1.2.3', SMTP_PORT: '587' });
  expect(Object.keys(smtp).filter((name) => /^SMTP_(USER|PASSWORD)$/.test(name))).toEqual([]);
});

test('a name is opened by the addresses that are given for it', () => {
  const peer = ExternalPeer.cidrs(['10.1.0.0/16', '10.2.0.0/16']);
  const objects = used((site) => database(site, { host: 'db.example.net', readHost: 'replica.example.net', peer }));
  const to = ['10.1.0.0/16', '10.2.0.0/16'].map((cidr) => ({ ipBlock: { cidr } }));
  expect(rules(objects, 'dfw-web-to-dfw-db')).toEqual([{ to, ports: tcp(3306) }]);
});

test('pods of another namespace are opened by their labels', () => {
  const peer = ExternalPeer.pods('databases', { app: 'mysql' });
  const objects = used((site) => database(site, { host: 'mysql.databases.svc.cluster.local', peer }));
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'databases' } };
  const to = [{ namespaceSelector, podSelector: { matchLabels: { app: 'mysql' } } }];
  expect(rules(objects, 'dfw-web-to-dfw-db')).toEqual([{ to, ports: tcp(3306) }]);
});

test('Cilium is asked for a name only where that is wanted, with the lookups that it learns addresses from', () => {
  const objects = used((site) => database(site, { host: 'db.example.net', peer: ExternalPeer.ciliumFqdn() }));
  expect(ofKind(objects, 'NetworkPolicy').filter(({ metadata }) => metadata.name === 'dfw-web-to-dfw-db')).toEqual([]);
  const policy = find(objects, 'CiliumNetworkPolicy', 'dfw-web-to-dfw-db');
  expect(policy.spec.endpointSelector.matchLabels).toEqual({
    'app.kubernetes.io/name': 'web',
    'app.kubernetes.io/part-of': 'dfw',
  });
  expect(policy.spec.egress.at(0)).toEqual({
    toEndpoints: [{ matchLabels: { 'k8s:k8s-app': 'kube-dns', 'k8s:io.kubernetes.pod.namespace': 'kube-system' } }],
    toPorts: [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
  });
  expect(policy.spec.egress.at(-1)).toEqual({
    toFQDNs: [{ matchName: 'db.example.net' }],
    toPorts: [{ ports: [{ port: '3306', protocol: 'TCP' }] }],
  });
});

describe('by the schema of Cilium’s CRD', () => {
  const policy = (port = 3306) => {
    const more = { host: 'db.example.net', readHost: 'replica.example.net', port, peer: ExternalPeer.ciliumFqdn() };
    return find(
      used((site) => database(site, more)),
      'CiliumNetworkPolicy',
      'dfw-web-to-dfw-db',
    );
  };

  test('a policy of names is right', () => {
    expect(violations(policy())).toEqual([]);
  });

  test.each([
    ['a field that is not known', (spec: Manifest) => (spec.egress[1].toNames = []), 'egress[1].toNames is not known'],
    [
      'a port that is a number',
      (spec: Manifest) => (spec.egress[1].toPorts[0].ports[0].port = 1),
      /port is no string: 1$/,
    ],
    [
      'a name and a pattern',
      (spec: Manifest) => (spec.egress.at(-1).toFQDNs[0].matchPattern = '*'),
      /has not one of matchName/,
    ],
    [
      'no pods',
      (spec: Manifest) => delete spec.endpointSelector,
      'CiliumNetworkPolicy.spec has not one of endpointSelector',
    ],
    ['a protocol of none', (spec: Manifest) => (spec.egress[1].toPorts[0].ports[0].protocol = 'tcp'), /is none of TCP/],
    ['a label that is none', (spec: Manifest) => (spec.endpointSelector.matchLabels.a = '-'), /matchLabels\.a is not/],
  ])('%s is found', (_, spoil, found) => {
    const spoilt = policy();
    spoil(spoilt.spec);
    expect(violations(spoilt)).toEqual([
      found instanceof RegExp ? expect.stringMatching(found) : expect.stringContaining(found),
    ]);
  });
});

test('workers, those beside the slices, migrate, mail and workloads made elsewhere reach it, each by its own policy', () => {
  const site = newSite();
  const db = database(site, { peer: ExternalPeer.ciliumFqdn(), host: 'db.example.net' });
  const cache = new ExternalCache(site, 'memc', { servers: ['10.1.2.4:11211'] });
  const uses = [db, cache];
  new WebTier(site, 'web', { ram, image, uses, migrate: ['make-tables'], egress: [Egress.https()] });
  const kind = { command: ['work'], ram: Size.mebibytes(64) };
  const scale = JobScaling.cpu({ max: 2 });
  const workers = [
    { ...kind, name: 'mailer' },
    { ...kind, name: 'import', scale },
    { ...kind, name: 'nightly', schedule: '0 4 * * *' },
  ];
  new JobWorkers(site, 'jobs', { ram, workers, uses });
  new MailIntake(site, 'mail', { ram, handler: MailHandler.command({ command: ['take'], uses }) });
  const workload = new ApiObject(new Chart(App.of(site), 'own', { namespace: site.namespace }), 'search', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: {
      selector: { matchLabels: { app: 'search' } },
      template: {
        metadata: { labels: { app: 'search' } },
        spec: { containers: [{ name: 'main', image, resources: { limits: { memory: '64Mi' } } }] },
      },
    },
  });
  new OwnWorkload(site, 'search', { workload, uses });
  const objects = synth(site);
  const users = ['web', 'web-migrate', 'jobs', 'jobs-import', 'jobs-nightly', 'mail', 'search'];
  for (const user of users) {
    const to = [{ ipBlock: { cidr: '10.1.2.4/32' } }];
    expect([user, rules(objects, `dfw-${user}-to-dfw-memc`)]).toEqual([user, [{ to, ports: tcp(11_211) }]]);
    expect(find(objects, 'CiliumNetworkPolicy', `dfw-${user}-to-dfw-db`).spec.endpointSelector.matchLabels).toEqual(
      find(objects, 'NetworkPolicy', `dfw-${user}-to-dfw-memc`).spec.podSelector.matchLabels,
    );
  }
  expect(required(objects, 'shop-database').namespaces).toEqual(['dfw', 'dfw-mail']);
  expect(problems(site)).toEqual([]);
});

test('two constructs that give the same variables cannot be used together', () => {
  const site = newSite();
  const twin = new ExternalQueue(new Chart(site, 'other'), 'db', { host: '10.1.2.3', port: 6379 });
  new WebTier(site, 'web', { ram, image, uses: [database(site), twin] });
  expect(problems(site)).toContainEqual(expect.stringContaining('gives DB_HOST, too; name one of them'));
});

const NAMES =
  'a NetworkPolicy knows no names; write its addresses, as peer: ExternalPeer.cidrs([...]), or ExternalPeer.ciliumFqdn()';
const HOST = "write a host's name or address alone, such as 'db.example.net' or '10.1.2.3'";

test.each<[object, string]>([
  [{ host: 'db.example.net' }, `'host' is 'db.example.net': ${NAMES}`],
  [{ readHost: 'replica.example.net' }, `'readHost' is 'replica.example.net': ${NAMES}`],
  [{ host: 'https://db', peer: ExternalPeer.cidrs(['10.1.0.0/16']) }, `'host' is 'https://db': ${HOST}`],
  [{ host: 'fe80::1%eth0' }, `'host' is 'fe80::1%eth0': ${HOST}`],
  [{ port: 0 }, "'port' is 0: write a port, from 1 to 65535"],
  [
    { peer: ExternalPeer.cidrs(['db.example.net']) },
    "'peer' is 'db.example.net': write addresses, as in '10.1.2.3/32' or '10.1.0.0/16'",
  ],
  [{ peer: ExternalPeer.cidrs([]) }, "'peer' is []: name one or more, or leave it out"],
  [
    { peer: ExternalPeer.pods('databases', {}) },
    "'peer' is 'databases': write the labels of its pods, as { app: 'mysql' }",
  ],
  [
    { peer: ExternalPeer.pods('Databases', { app: 'mysql' }) },
    "'peer' is 'Databases': write lower-case letters, digits and hyphens, starting with a letter",
  ],
  [{ peer: ExternalPeer.ciliumFqdn() }, "'host' is '10.1.2.3': it is an address, which needs no name; leave peer out"],
  [
    { user: undefined },
    "'user' is undefined: write either it or userFrom: the name itself, or the key of a Secret that has it",
  ],
  [
    { userFrom: password },
    "'user' is 'shop': write either it or userFrom: the name itself, or the key of a Secret that has it",
  ],
  [
    { password: { secret: 'Shop', key: 'password' } },
    "'password.secret' is 'Shop': write a name of lower-case letters, digits, '-' and '.'",
  ],
  [
    { certificateAuthority: { secret: 'shop', key: 'a/b' } },
    "'certificateAuthority.key' is 'a/b': write a Secret's key: letters, digits, '-', '_' and '.'",
  ],
])('a database with %p is an error', (more, error) => {
  const site = newSite();
  database(site, more);
  expect(problems(site)).toEqual([`[dfw/db] ${error}`]);
});

test.each(['s3.example.net', 'https://s3.example.net/bucket', 'ftp://s3.example.net'])(
  'the endpoint %s is an error',
  (endpoint) => {
    const site = newSite();
    new ExternalBlobStore(site, 'files', { endpoint, bucket: 'shop', ...KEYS });
    expect(problems(site)).toEqual([
      `[dfw/files] 'endpoint' is '${endpoint}': write the store's address alone, such as 'https://s3.example.org'`,
    ]);
  },
);

test.each<[string[], string]>([
  [[], "'servers' is []: name one or more, as in ['10.1.2.3:11211']"],
  [['10.1.2.3'], "'servers' is '10.1.2.3': write a port, from 1 to 65535"],
  [['memc.example.net:11211'], `'servers' is 'memc.example.net': ${NAMES}`],
])('caches at %p are an error', (servers, error) => {
  const site = newSite();
  new ExternalCache(site, 'memc', { servers });
  expect(problems(site)).toEqual([`[dfw/memc] ${error}`]);
});

test('roles of another site cannot use it', () => {
  const other = new Site(App.of(newSite()), 'ams', { domain: 'example.org' });
  const site = new Site(App.of(other), 'fra', { domain: 'example.org' });
  new WebTier(site, 'web', { ram, image, uses: [database(other)] });
  expect(problems(site)).toContain("[fra/web] 'uses' is 'ams/db': it belongs to another site; name a role of 'fra'");
});
