import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Size, Testing } from 'cdk8s';
import { newValues } from '../cli/secret-values';
import {
  Admin,
  BlobEngine,
  BlobStore,
  Durability,
  Heartbeat,
  MySQLBackup,
  MySQLEngine,
  MySQLSets,
  ReplicatedMySQL,
  Site,
  WebTier,
} from '../constructs';
import type { InnoDBClusterProps, ReplicatedMySQLProps } from '../constructs';
import { groupMyCnf, messageCache } from '../constructs/mysql/innodb-cluster/innodb-cluster-settings';
import { violations } from './crd/schema';
import { INVARIANTS } from './invariants';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const STORE = { endpoint: 'https://s3.example.org:9000', bucket: 'dumps' };

function database(own: InnoDBClusterProps = {}, props: Partial<ReplicatedMySQLProps> = {}, site = newSite()) {
  return new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(2),
    databases: ['wiki'],
    engine: MySQLEngine.innoDBCluster(own),
    ...props,
  });
}

function web(site: Site, uses: ReplicatedMySQL[]): WebTier {
  return new WebTier(site, 'web', { ram: Size.gibibytes(1), image: 'example.org/wiki:1', uses });
}

function clusterOf(db: ReplicatedMySQL): Manifest {
  return find(synth(db), 'InnoDBCluster', 'dfw-db');
}

const EVERYTHING: InnoDBClusterProps = {
  members: 5,
  routers: 3,
  routerRam: Size.mebibytes(512),
  version: '9.0.1',
  imageRepository: 'registry.example.org/mysql',
  operatorNamespace: 'operators',
  backup: { ...STORE, folder: 'nightly', schedule: '1 2 * * *', cidr: '192.0.2.0/24' },
  restoreFrom: { ...STORE, folder: 'dfw-db/dfw-db-dump251127031700' },
};

describe("by the operator's schema", () => {
  test.each([
    ['with nothing but what it has to have', {}, {}],
    ['with all that the engine takes', EVERYTHING, {}],
    ['with a certificate', {}, { tls: { required: true } }],
    ['with settings, a volume and accounts', {}, { settings: { wait_timeout: '60' }, storage: Size.gibibytes(50) }],
  ] as [string, InnoDBClusterProps, Partial<ReplicatedMySQLProps>][])('a group %s is right', (_, own, props) => {
    const db = database(own, props);
    expect(problems(db)).toEqual([]);
    expect(violations(clusterOf(db))).toEqual([]);
  });

  const cluster = () => clusterOf(database({ backup: STORE }));

  test.each([
    ['a field that is not known', (spec: Manifest) => (spec.replicas = 3), 'InnoDBCluster.spec.replicas is not known'],
    [
      'one far down that is not known',
      (spec: Manifest) => (spec.backupProfiles[0].dumpInstance.storage.s3.region = 'x'),
      'InnoDBCluster.spec.backupProfiles[0].dumpInstance.storage.s3.region is not known',
    ],
    ['one that is missing', (spec: Manifest) => delete spec.secretName, 'InnoDBCluster.spec.secretName is missing'],
    [
      'one of another type',
      (spec: Manifest) => (spec.instances = '3'),
      'InnoDBCluster.spec.instances is no integer: "3"',
    ],
    ['one out of bounds', (spec: Manifest) => (spec.instances = 11), 'InnoDBCluster.spec.instances is more than 9: 11'],
    [
      'one of another form',
      (spec: Manifest) => (spec.version = '9.1'),
      'InnoDBCluster.spec.version is not ^\\d+\\.\\d+\\.\\d+(-.+)?: "9.1"',
    ],
  ])('%s is found', (_, spoil, found) => {
    const spoilt = cluster();
    spoil(spoilt.spec);
    expect(violations(spoilt)).toEqual([found]);
  });
});

test('the library’s rules hold for what is made beside the operator’s own', () => {
  const site = newSite();
  web(site, [database(EVERYTHING, {}, site)]);
  for (const rule of Object.values(INVARIANTS)) rule(synth(site));
});

test('a group has three servers, two routers, a volume and a version, unless it is said', () => {
  expect(clusterOf(database()).spec).toMatchObject({
    instances: 3,
    version: '9.1.0',
    imageRepository: 'container-registry.oracle.com/mysql',
    router: { instances: 2 },
    datadirVolumeClaimTemplate: { resources: { requests: { storage: '10240Mi' } } },
    tlsUseSelfSigned: true,
  });
  expect(clusterOf(database(EVERYTHING)).spec).toMatchObject({
    instances: 5,
    version: '9.0.1',
    imageRepository: 'registry.example.org/mysql',
    router: { instances: 3 },
  });
});

test('the slices are numbered as the pods that the operator makes', () => {
  const { slices } = database();
  expect(slices.map(({ name, podName }) => [name, podName])).toEqual([
    ['dfw-db00', 'dfw-db-0'],
    ['dfw-db01', 'dfw-db-1'],
    ['dfw-db02', 'dfw-db-2'],
  ]);
});

test('a pod’s containers take exactly the RAM of the slice, request and limit the same', () => {
  const { podSpec, router } = clusterOf(database()).spec;
  for (const each of [...podSpec.containers, ...podSpec.initContainers, ...router.podSpec.containers])
    expect(each.resources.requests.memory).toBe(each.resources.limits.memory);
  const memory = podSpec.containers.map(({ name, resources }: Manifest) => [name, resources.limits.memory]);
  expect(memory).toEqual([
    ['sidecar', '256Mi'],
    ['mysql', '1792Mi'],
  ]);
  expect(router.podSpec.containers[0].resources.limits.memory).toBe('256Mi');
});

test('servers are kept apart from each other, and so are routers', () => {
  const { podSpec, router } = clusterOf(database()).spec;
  for (const [spec, component] of [
    [podSpec, 'mysqld'],
    [router.podSpec, 'mysqlrouter'],
  ]) {
    const [host] = spec.topologySpreadConstraints;
    expect(host).toMatchObject({ topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' });
    expect(host.labelSelector.matchLabels).toMatchObject({ component, 'mysql.oracle.com/cluster': 'dfw-db' });
  }
});

test('storage class and priority are those of the site', () => {
  const site = new Site(Testing.app(), 'dfw', {
    domain: 'example.org',
    storageClassName: 'fast',
    scheduling: { priorityClassName: 'high' },
  });
  const { spec } = clusterOf(database({}, {}, site));
  expect(spec.datadirVolumeClaimTemplate.storageClassName).toBe('fast');
  expect([spec.podSpec.priorityClassName, spec.router.podSpec.priorityClassName]).toEqual(['high', 'high']);
});

function value(text: string, name: string): number {
  return Number(new RegExp(`^${name} = (\\d+)M?$`, 'm').exec(text)?.[1]);
}

test.each([
  [768, 176, 54, 128],
  [3840, 2256, 424, 240],
  [16128, 11008, 1000, 1008],
])(
  'with %i MiB for mysqld: a pool of %i, %i connections, a cache of messages of %i',
  (ram, pool, connections, cache) => {
    const text = groupMyCnf(ram);
    expect(value(text, 'innodb_buffer_pool_size')).toBe(pool);
    expect(value(text, 'max_user_connections')).toBe(connections);
    expect(value(text, 'loose_group_replication_message_cache_size')).toBe(cache);
    // mysqld itself with the performance schema, and the cache's own structures.
    expect(300 + 50 + cache + pool + connections).toBeLessThan(ram);
  },
);

test('the cache of messages has the bounds that MySQL gives it', () => {
  expect([messageCache(512), messageCache(65536)]).toEqual([128, 1024]);
});

test('a group has the performance schema, and tables without a primary key get one', () => {
  const { mycnf } = clusterOf(database({}, { ram: Size.gibibytes(1) })).spec;
  expect(mycnf).toMatch(/^\[mysqld\]\n/);
  expect(mycnf).toContain('performance_schema = ON\n');
  expect(mycnf).toContain('sql_generate_invisible_primary_key = ON\n');
});

test('settings go before those of the library; those of the operator are errors', () => {
  expect(clusterOf(database({}, { settings: { max_connections: '7' } })).spec.mycnf).toContain('max_connections = 7\n');
  const settings = { 'gtid-mode': 'OFF', loose_group_replication_consistency: 'BEFORE', server_id: '3' };
  expect(problems(database({}, { settings }))).toEqual([
    "[dfw/db] 'settings.gtid-mode' is 'OFF': the operator says what it is; leave it out",
    "[dfw/db] 'settings.loose_group_replication_consistency' is 'BEFORE': the operator says what it is; leave it out",
    "[dfw/db] 'settings.server_id' is '3': the operator says what it is; leave it out",
  ]);
});

test('what uses it is given the same names and port as by a pair, and they lead to the routers', () => {
  const site = newSite();
  web(site, [database({}, {}, site)]);
  const objects = synth(site);
  const [apache] = find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers;
  expect(apache.env).toEqual(
    expect.arrayContaining([
      { name: 'DB_HOST', value: 'dfw-db-write.dfw-db.svc.cluster.local' },
      { name: 'DB_READ_HOST', value: 'dfw-db-read.dfw-db.svc.cluster.local' },
      { name: 'DB_PORT', value: '3306' },
      { name: 'DB_NAME', value: 'wiki' },
      { name: 'DB_USER', value: 'dfw' },
      { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'dfw-db', key: 'password' } } },
    ]),
  );
  for (const [what, targetPort] of [
    ['write', 6446],
    ['read', 6447],
  ]) {
    const { spec } = find(objects, 'Service', `dfw-db-${what}`);
    expect(spec.ports).toEqual([{ name: 'mysql', port: 3306, targetPort, appProtocol: 'mysql' }]);
    expect(spec.selector).toMatchObject({ component: 'mysqlrouter', 'mysql.oracle.com/cluster': 'dfw-db' });
  }
});

test('an account that may only read is sent to the servers that are read from, by the routers', () => {
  const site = newSite();
  const db = database({}, { accounts: [{ name: 'reports', readOnly: true }] }, site);
  new WebTier(site, 'web', { ram: Size.gibibytes(1), image: 'example.org/r:1', uses: [db.account('reports')] });
  const objects = synth(site);
  const [apache] = find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers;
  expect(apache.env).toContainEqual({ name: 'REPORTS_HOST', value: 'dfw-db-read.dfw-db.svc.cluster.local' });
  expect(objects.some(({ metadata }) => metadata.name === 'dfw-web-to-dfw-db-routers')).toBe(true);
});

test('sets of groups, and stores of files in a group’s tables, find it as they find a pair', () => {
  const site = newSite();
  const db = database({}, { databases: ['wiki', 'mogilefs'] }, site);
  const engine = BlobEngine.mogileFs({ database: db });
  new BlobStore(site, 'mog', { ram: Size.mebibytes(256), engine });
  const users = new ReplicatedMySQL(site, 'users', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['wiki'],
  });
  const sets = new MySQLSets(site, 'sets', { global: db, clusters: [{ database: users }] });
  expect(sets._bindings()[0]?.env).toContainEqual({ name: 'DB_HOST', value: 'dfw-db-write.dfw-db.svc.cluster.local' });
  expect(synth(site).some(({ metadata }) => metadata.name === 'dfw-mog-to-dfw-db-routers')).toBe(true);
});

/** Who may connect to the pods with this label, and on which ports. */
function opened(objects: Manifest[], component: string): Record<string, number[]> {
  const policies = ofKind(objects, 'NetworkPolicy').filter(
    ({ spec }) => spec.ingress && spec.podSelector.matchLabels?.component === component,
  );
  return Object.fromEntries(
    policies.map(({ metadata, spec }) => [metadata.name, spec.ingress[0].ports.map(({ port }: Manifest) => port)]),
  );
}

test('members, routers, the operator, dumps, accounts and users reach what they have to, and nothing else is open', () => {
  const site = newSite();
  web(site, [database(EVERYTHING, {}, site)]);
  const objects = synth(site);
  expect(opened(objects, 'mysqld')).toEqual({
    'dfw-db-members-from-dfw-db-members': [3306, 33060, 33061],
    'dfw-db-members-from-dfw-db-routers': [3306, 33060],
    'dfw-db-members-from-operators': [3306, 33060],
    'dfw-db-members-from-dfw-db-backup': [3306, 33060],
  });
  expect(opened(objects, 'mysqlrouter')).toEqual({
    'dfw-db-routers-from-dfw-db-accounts': [6446],
    'dfw-db-routers-from-dfw-web': [6446, 6447],
  });
  const denied = ofKind(objects, 'NetworkPolicy').filter(({ metadata }) => metadata.name === 'deny-by-default');
  expect(denied.map(({ metadata }) => metadata.namespace)).toEqual(['dfw', 'dfw-db']);
});

test('members and dumps reach the API server, routers do not; the store is open to those that use it', () => {
  const objects = synth(database(EVERYTHING));
  const names = ofKind(objects, 'NetworkPolicy').map(({ metadata }) => metadata.name);
  const leaving = names.filter((name) => /-to-(api-server|outside)$/.test(name));
  expect(new Set(leaving)).toEqual(
    new Set([
      'dfw-db-backup-to-api-server',
      'dfw-db-backup-to-outside',
      'dfw-db-members-to-api-server',
      'dfw-db-members-to-outside',
    ]),
  );
  const [rule] = find(objects, 'NetworkPolicy', 'dfw-db-backup-to-outside').spec.egress;
  expect(rule).toEqual({ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 9000, protocol: 'TCP' }] });
});

test('it has a namespace of its own at baseline: its pods may read the Secrets there', () => {
  const objects = synth(database());
  const { labels } = find(objects, 'Namespace', 'dfw-db').metadata;
  expect(labels['pod-security.kubernetes.io/enforce']).toBe('baseline');
  const wanted = find(objects, 'ConfigMap', 'required-secrets').data;
  expect(JSON.parse(wanted['dfw-db-root'])).toEqual({
    namespaces: ['dfw-db'],
    keys: { rootUser: 'root', rootHost: 'any-host', rootPassword: 'password' },
  });
});

test('the Secret of the administrator is made as the operator wants it', async () => {
  const { rootUser, rootHost, rootPassword } = await newValues({
    name: 'dfw-db-root',
    namespaces: ['dfw-db'],
    keys: { rootUser: 'root', rootHost: 'any-host', rootPassword: 'password' },
  });
  expect([rootUser, rootHost]).toEqual(['root', '%']);
  expect(rootPassword).toMatch(/^[A-Za-z0-9]{32}$/);
});

test('no password of it is rotated by command, as no agent would tell the servers', () => {
  const wanted = find(synth(database()), 'ConfigMap', 'required-secrets').data;
  expect(JSON.parse(wanted['dfw-db'])).toEqual({ namespaces: ['dfw-db'], keys: { password: 'password' } });
});

function jobOf(db: ReplicatedMySQL): Manifest {
  return ofKind(synth(db), 'Job').find(({ metadata }) => metadata.name.startsWith('dfw-db-accounts-'));
}

test('databases, accounts and rights are made by a Job, as the administrator, where writes are taken', () => {
  const accounts = [{ name: 'reports', databases: ['wiki'], readOnly: true }];
  const [container] = jobOf(database({}, { databases: ['wiki', 'a_b'], accounts })).spec.template.spec.containers;
  expect(container.image).toBe('container-registry.oracle.com/mysql/community-server:9.1.0');
  expect(container.env).toContainEqual({ name: 'MYSQL_HOST', value: 'dfw-db-write.dfw-db.svc.cluster.local' });
  const passwords = { SITE_PASSWORD: "it's", ACCOUNT_1_PASSWORD: 'b', FIGURES_PASSWORD: 'f', ROOT_PASSWORD: 'r' };
  const [mine, figures] = asked(container, passwords).split(/(?=CREATE USER IF NOT EXISTS 'figures')/);
  expect(figures).toContain(
    "GRANT SELECT, CREATE ON `a_b`.`job` TO 'figures'@'%';\nREVOKE CREATE ON `a_b`.`job` FROM 'figures'@'%';\n",
  );
  expect(mine).toBe(`DO 0
CREATE DATABASE IF NOT EXISTS \`wiki\`;
CREATE DATABASE IF NOT EXISTS \`a_b\`;
CREATE USER IF NOT EXISTS 'dfw'@'%' IDENTIFIED BY 'it''s';
ALTER USER 'dfw'@'%' IDENTIFIED BY 'it''s';
ALTER USER 'dfw'@'%' DISCARD OLD PASSWORD;
REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'dfw'@'%';
GRANT REPLICATION CLIENT ON *.* TO 'dfw'@'%';
GRANT ALL ON \`wiki\`.* TO 'dfw'@'%';
GRANT ALL ON \`a\\_b\`.* TO 'dfw'@'%';
CREATE USER IF NOT EXISTS 'reports'@'%' IDENTIFIED BY 'b';
ALTER USER 'reports'@'%' IDENTIFIED BY 'b';
ALTER USER 'reports'@'%' DISCARD OLD PASSWORD;
REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'reports'@'%';
GRANT REPLICATION CLIENT ON *.* TO 'reports'@'%';
GRANT SELECT, SHOW VIEW ON \`wiki\`.* TO 'reports'@'%';
`);
});

/** The statements that a container's program gives to `mysql`. A `mysql` of the test writes them down. */
function asked({ command, env: own }: Manifest, env: Record<string, string>): string {
  const STATEMENTS = own.find((each: Manifest) => each.name === 'STATEMENTS').value;
  const folder = mkdtempSync(join(tmpdir(), 'mysql-'));
  writeFileSync(join(folder, 'mysql'), `#!/bin/bash\ncat >> ${folder}/asked\n`);
  chmodSync(join(folder, 'mysql'), 0o755);
  const PATH = `${folder}:${process.env['PATH']}`;
  const run = spawnSync('bash', ['-c', `${command[2]}\ncat ${folder}/asked`], {
    env: { PATH, MYSQL_HOST: 'db', STATEMENTS, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  expect([run.stderr, run.status]).toEqual(['', 0]);
  return run.stdout;
}

test('another account is another Job', () => {
  const names = [{}, { accounts: [{ name: 'reports' }] }].map((props) => jobOf(database({}, props)).metadata.name);
  expect(new Set(names).size).toBe(2);
});

test('an account that is named as one of the operator’s, or as the end of a Secret’s name, is an error', () => {
  const taken =
    'localroot, mysqladmin, mysqlbackup, mysqlhealthchecker, mysqlmetrics, mysqlrouter, root, backup, privsecrets, router, s3, tls, figures, dfw';
  const instead = `write up to 32 lower-case letters, digits and hyphens, and none that is taken, as ${taken} are`;
  expect(problems(database({}, { accounts: [{ name: 'mysqladmin' }, { name: 'router' }] }))).toEqual([
    `[dfw/db] 'accounts' is 'mysqladmin': ${instead}`,
    `[dfw/db] 'accounts' is 'router': ${instead}`,
  ]);
});

test('with a certificate, servers and routers have that of one Secret, and programs its authority', () => {
  const site = newSite();
  web(site, [database({}, { tls: { required: true } }, site)]);
  const objects = synth(site);
  const { spec } = find(objects, 'InnoDBCluster', 'dfw-db');
  expect(spec).toMatchObject({
    tlsUseSelfSigned: false,
    tlsSecretName: 'dfw-db-tls',
    tlsCASecretName: 'dfw-db-tls',
    router: { tlsSecretName: 'dfw-db-tls', bootstrapOptions: ['--client-ssl-mode=REQUIRED'] },
  });
  const [apache] = find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers;
  const ca = { name: 'DB_CA', valueFrom: { secretKeyRef: { name: 'dfw-db-tls', key: 'ca.crt' } } };
  expect(apache.env).toContainEqual(ca);
  const wanted = JSON.parse(find(objects, 'ConfigMap', 'required-secrets').data['dfw-db-tls']);
  expect(wanted.hosts).toEqual(
    ['*.dfw-db-instances', 'dfw-db-instances', 'dfw-db-read', 'dfw-db-write'].map(
      (each) => `${each}.dfw-db.svc.cluster.local`,
    ),
  );
});

test('dumps are made by a schedule into the store, with keys that a person gives', () => {
  const db = database({ backup: STORE });
  const s3 = {
    bucketName: 'dumps',
    prefix: 'dfw-db',
    endpoint: STORE.endpoint,
    config: 'dfw-db-s3',
    profile: 'default',
  };
  const { backupProfiles, backupSchedules } = clusterOf(db).spec;
  const [{ podLabels, ...profile }] = backupProfiles;
  expect(profile).toEqual({ name: 's3', dumpInstance: { storage: { s3 } } });
  expect(podLabels).toMatchObject({ 'app.kubernetes.io/name': 'db-backup' });
  const schedule = { name: 'dump', schedule: '17 3 * * *', timeZone: 'Etc/UTC', enabled: true };
  expect(backupSchedules).toEqual([{ ...schedule, backupProfileName: 's3' }]);
  const wanted = find(synth(db), 'ConfigMap', 'required-secrets').data['dfw-db-s3'];
  expect(JSON.parse(wanted)).toEqual({ namespaces: ['dfw-db'], keys: {} });
});

test('a group begins with a dump', () => {
  const { s3 } = clusterOf(database(EVERYTHING)).spec.initDB.dump.storage;
  expect(s3).toMatchObject({ bucketName: 'dumps', prefix: 'dfw-db/dfw-db-dump251127031700', config: 'dfw-db-s3' });
});

test('a store, a folder and a dump’s folder that cannot be are errors', () => {
  const backup = { endpoint: 's3', bucket: 'B', folder: 'a/b', schedule: 'nightly' };
  const restoreFrom = { ...STORE, folder: '/a' };
  expect(problems(database({ backup, restoreFrom }))).toEqual([
    "[dfw/db] 'engine.backup.endpoint' is 's3': write the store's address alone, such as 'https://s3.example.org'",
    "[dfw/db] 'engine.backup.bucket' is 'B': write 3 to 63 lower-case letters, digits, dots and hyphens",
    "[dfw/db] 'engine.backup.folder' is 'a/b': write lower-case letters, digits and hyphens",
    "[dfw/db] 'engine.backup.schedule' is 'nightly': write five fields as cron has them, such as '17 3 * * *' for each day at 3:17",
    "[dfw/db] 'engine.restoreFrom.folder' is '/a': write the folder of one dump, such as 'dfw-db/dfw-db-dump251127031700'",
  ]);
});

test('backups as those of a pair are an error', () => {
  const db = database();
  new MySQLBackup(db.site, 'backup', { database: db, ...STORE });
  expect(problems(db)).toEqual([
    "[dfw/backup] 'database' is 'dfw/db': its operator makes its dumps, and this one would take the logs of one server for those of all; leave it out, and give backup to MySQLEngine.innoDBCluster",
  ]);
});

test('what says how a pair works is an error', () => {
  const props = {
    durability: Durability.REQUIRED,
    failover: Heartbeat.within(Duration.seconds(3)),
    image: 'docker.io/library/mysql:9.7',
    nodeImage: 'docker.io/library/node:24-slim',
    restoreFrom: { ...STORE, folder: 'dfw-db' },
  };
  expect(problems(database({}, props))).toEqual([
    "[dfw/db] 'durability' is 'required': a group acknowledges what most of it has received; leave it out",
    "[dfw/db] 'failover' is '2 s': a group itself says who takes writes; leave it out",
    "[dfw/db] 'image' is 'docker.io/library/mysql:9.7': the operator has images of its own; leave it out, and give the engine's version",
    "[dfw/db] 'nodeImage' is 'docker.io/library/node:24-slim': no agent runs beside the servers of a group; leave it out",
    "[dfw/db] 'restoreFrom' is 'dfw-db': the operator cannot load MySQLBackup's backups; leave it out, and give the engine's restoreFrom a dump",
  ]);
});

test('a pair without durability is an error', () => {
  const db = new ReplicatedMySQL(newSite(), 'db', { ram: Size.gibibytes(1), databases: ['wiki'] });
  expect(problems(db)).toEqual([
    "[dfw/db] 'durability' is undefined: only a site knows what is worse for it; write Durability.PREFERRED or Durability.REQUIRED",
  ]);
});

test('a pair that is named as the engine is the pair that there is without one', () => {
  const [named, unnamed] = [{ engine: MySQLEngine.pair() }, {}].map((engine) => {
    const site = newSite();
    const props = { ram: Size.gibibytes(1), durability: Durability.REQUIRED, databases: ['wiki'] };
    return synth(new ReplicatedMySQL(site, 'db', { ...props, ...engine }));
  });
  expect(named).toEqual(unnamed);
});

test.each([
  [
    { members: 2 },
    "'engine.members' is 2: a group goes on while more than half of it is there, and has 9 members at most; write a whole number from 3 to 9",
  ],
  [
    { members: 10 },
    "'engine.members' is 10: a group goes on while more than half of it is there, and has 9 members at most; write a whole number from 3 to 9",
  ],
  [{ routers: 0 }, "'engine.routers' is 0: programs connect to a router; write a whole number from 1 to 99"],
  [
    { routerRam: Size.mebibytes(32) },
    "'engine.routerRam' is 32 MiB: a router needs room; write Size.mebibytes(64) or more",
  ],
  [{ version: '9.1' }, "'engine.version' is '9.1': write three numbers, such as '9.1.0'"],
  [
    { imageRepository: 'Registry' },
    "'engine.imageRepository' is 'Registry': write where the images are, without the name of one, such as 'registry.example.org/mysql'",
  ],
  [
    { operatorNamespace: 'Own' },
    "'engine.operatorNamespace' is 'Own': write lower-case letters, digits and hyphens, starting with a letter",
  ],
] as [InnoDBClusterProps, string][])('%j is an error', (own, said) => {
  expect(problems(database(own))).toEqual([`[dfw/db] ${said}`]);
});

test('too little RAM and too long a name are errors', () => {
  expect(problems(database({}, { ram: Size.mebibytes(512) }))).toEqual([
    "[dfw/db] 'ram' is 512 MiB: the operator’s container and group replication take 734 MiB beside the buffer pool and connections; write Size.mebibytes(1024) or more",
  ]);
  const id = 'a-database-of-a-long-name';
  const engine = MySQLEngine.innoDBCluster();
  const db = new ReplicatedMySQL(newSite(), id, { ram: Size.gibibytes(2), databases: ['wiki'], engine });
  expect(problems(db)).toEqual([
    `[dfw/${id}] 'id' is '${id}': the operator takes names of 28 characters; shorten 'dfw-${id}'`,
  ]);
});

test('an Admin of the site watches the slices of a group, and asks no agent', () => {
  const site = newSite();
  database({}, {}, site);
  const admin = new Admin(site, 'admin', { ram: Size.mebibytes(512) });
  const files = find(synth(site), 'ConfigMap', admin.config!.name).data;
  expect(files['rules.yml']).toContain('slice: dfw-db00');
  expect(files['prometheus.yml']).not.toContain('dfw-db.dfw-db.svc');
});
