import { Duration, Size } from 'cdk8s';
import { Admin, Durability, MySQLBackup, ReplicatedMySQL } from '../constructs';
import type { MySQLBackupProps, MySQLRestore } from '../constructs';
import { find, newSite, problems, synth } from './support';

function backup(props: Partial<MySQLBackupProps> = {}, site = newSite()) {
  const database = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['wiki', 'jobs'],
  });
  new MySQLBackup(site, 'db-backup', { database, endpoint: 'https://s3.example.org', bucket: 'backups', ...props });
  return database;
}

const podOf = (database: ReplicatedMySQL, name: string) =>
  find(synth(database), 'CronJob', name).spec.jobTemplate.spec.template.spec;

test('a dump of every database goes through a pipe into the store', () => {
  const { containers, volumes } = podOf(backup(), 'dfw-db-dump');
  expect(containers.map(({ name }: { name: string }) => name)).toEqual(['mysqldump', 'store']);
  expect(containers[0].env).toContainEqual({ name: 'MYSQL_DATABASES', value: 'wiki jobs' });
  expect(volumes).toContainEqual({ name: 'pipe', emptyDir: {} });
});

test('what is kept is said in days', () => {
  const { containers } = podOf(backup({ keep: Duration.days(30) }), 'dfw-db-dump');
  expect(containers[1].env).toContainEqual({ name: 'KEEP_DAYS', value: '30' });
});

test('dumps and logs are taken from the servers that are read from', () => {
  const { containers } = podOf(backup(), 'dfw-db-logs');
  expect(containers[0].env).toContainEqual({ name: 'MYSQL_HOST', value: 'dfw-db-read.dfw.svc.cluster.local' });
});

test('a restore test reaches the store and no server', () => {
  const objects = synth(backup());
  expect(find(objects, 'NetworkPolicy', 'dfw-db-restore-test-to-outside').spec.egress[0].ports).toEqual([
    { port: 443, protocol: 'TCP' },
  ]);
  expect(objects.some(({ metadata }) => metadata.name === 'dfw-db-restore-test-to-dfw-db')).toBe(false);
  expect(objects.some(({ metadata }) => metadata.name === 'dfw-db-dump-to-dfw-db')).toBe(true);
});

test('the keys of the store are referenced, and never made up', () => {
  const list = find(synth(backup()), 'ConfigMap', 'required-secrets').data;
  expect(JSON.parse(list['dfw-db-backup'])).toEqual({ namespaces: ['dfw'], keys: {} });
  expect(JSON.parse(list['dfw-db-internal-backup'])).toMatchObject({ keys: { password: 'password' }, dual: true });
});

test('a backup that is made after an object of the Admin was read would go unwatched, which is an error', () => {
  const site = newSite();
  const ram = Size.gibibytes(1);
  const database = new ReplicatedMySQL(site, 'db', { ram, durability: Durability.PREFERRED, databases: ['wiki'] });
  expect(new Admin(site, 'admin', { ram }).config!.name).toMatch(/^dfw-admin-/);
  new MySQLBackup(site, 'late', { database, endpoint: 'https://s3.example.org', bucket: 'backups' });
  expect(problems(site)).toEqual([
    '[dfw/admin] dfw/db: it has got a backup since an object of the Admin was read; read that object later',
  ]);
});

test('an Admin reads when each part of it last succeeded, and may read nothing else of the API server', () => {
  const site = newSite();
  backup({}, site);
  const admin = new Admin(site, 'admin', { ram: Size.mebibytes(512) });
  const objects = synth(admin);
  expect(find(objects, 'Role', 'dfw-admin-cron-jobs').rules).toEqual([
    {
      apiGroups: ['batch'],
      resources: ['cronjobs'],
      resourceNames: ['dfw-db-dump', 'dfw-db-logs', 'dfw-db-restore-test'],
      verbs: ['get'],
    },
  ]);
  const [, exporter] = find(objects, 'StatefulSet', 'dfw-admin').spec.template.spec.containers;
  expect(exporter.volumeMounts).toContainEqual({
    name: 'token',
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    readOnly: true,
  });
});

test('what is wrong is said all at once', () => {
  const site = newSite();
  backup({ endpoint: 's3.example.org/x', bucket: 'B', keep: Duration.hours(1), schedule: 'at night' }, site);
  expect(problems(site)).toEqual([
    "[dfw/db-backup] 'endpoint' is 's3.example.org/x': write the store's address alone, such as 'https://s3.example.org'",
    "[dfw/db-backup] 'bucket' is 'B': write 3 to 63 lower-case letters, digits, dots and hyphens",
    "[dfw/db-backup] 'schedule' is 'at night': write five fields as cron has them, such as '17 3 * * *' for each day at 3:17",
    expect.stringMatching(/'keep' is '0.04\d* days': write whole days, from Duration.days\(1\)/),
  ]);
});

test('a region that is none is an error', () => {
  const site = newSite();
  backup({ region: 'us-east-1\n$(HOME)' }, site);
  expect(problems(site)).toEqual([
    "[dfw/db-backup] 'region' is 'us-east-1\\n$(HOME)': write the store's region, such as 'us-east-1'",
  ]);
});

const STORE = { endpoint: 'https://s3.example.org', bucket: 'backups', folder: 'dfw-old' };

function restored(props: Partial<MySQLRestore> = {}, site = newSite()): ReplicatedMySQL {
  return new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    databases: ['wiki'],
    durability: Durability.REQUIRED,
    restoreFrom: { ...STORE, ...props },
  });
}

test('a new pair fetches a backup and makes its data of it, on its first slice and where it has none yet', () => {
  const objects = synth(restored({ until: '2026-11-24T19:00:00Z' }));
  const { initContainers } = find(objects, 'StatefulSet', 'dfw-db').spec.template.spec;
  expect(initContainers.map(({ name }: { name: string }) => name)).toEqual(['heartbeat', 'fetch', 'restore']);
  expect(initContainers[1].env).toEqual(
    expect.arrayContaining([
      { name: 'BACKUP_PREFIX', value: 'dfw-old' },
      { name: 'RESTORE_AT', value: 'dfw-db-1' },
      { name: 'RESTORE_UNLESS', value: '/var/lib/mysql/data' },
      { name: 'RESTORE_UNTIL', value: '2026-11-24T19:00:00Z' },
    ]),
  );
  expect(find(objects, 'NetworkPolicy', 'dfw-db-to-outside').spec.egress[0].ports).toEqual([
    { port: 443, protocol: 'TCP' },
  ]);
});

test.each(['yesterday', '2026-11-24T19:00:00', '8a94f357-aab4-11df-86ab-c80aa9429562'])(
  'a point to restore to that is written as %s is an error',
  (until) => {
    expect(problems(restored({ until }))).toEqual([
      `[dfw/db] 'restoreFrom.until' is '${until}': write a time with its zone, such as '2026-11-24T19:00:00Z', or a transaction, 'UUID:NUMBER'`,
    ]);
  },
);

test('a store to restore from that is none, and a folder that is no name, are errors', () => {
  expect(problems(restored({ folder: 'a/b', endpoint: 's3', bucket: 'B', cidr: 'nope' }))).toEqual([
    "[dfw/db] 'restoreFrom.endpoint' is 's3': write the store's address alone, such as 'https://s3.example.org'",
    "[dfw/db] 'restoreFrom.bucket' is 'B': write 3 to 63 lower-case letters, digits, dots and hyphens",
    "[dfw/db] 'restoreFrom.cidr' is 'nope': write addresses, as in '10.1.2.3/32' or '10.1.0.0/16'",
    "[dfw/db] 'restoreFrom.folder' is 'a/b': write the name of the pair that the backup is of, such as 'dfw-db'",
  ]);
});

test('a pair does not keep its backups where it was restored from, whose later transactions are not its own', () => {
  const site = newSite();
  const database = restored({ folder: 'dfw-db' }, site);
  const { endpoint, bucket } = STORE;
  new MySQLBackup(site, 'db-backup', { database, endpoint, bucket });
  expect(problems(site)).toEqual([
    "[dfw/db-backup] 'folder' is 'dfw-db': it is what dfw/db was restored from, whose later transactions would be mixed with its own; name another, such as 'dfw-db-2'",
  ]);
});

test('a second backup of a pair is an error, said with all else', () => {
  const site = newSite();
  const database = backup({}, site);
  new MySQLBackup(site, 'abroad', { database, endpoint: 'https://s3.example.net', bucket: 'B' });
  expect(problems(site)).toEqual([
    "[dfw/abroad] 'database' is 'dfw/db': it has another backup, whose names are these; leave one of them out",
    "[dfw/abroad] 'bucket' is 'B': write 3 to 63 lower-case letters, digits, dots and hyphens",
  ]);
});
