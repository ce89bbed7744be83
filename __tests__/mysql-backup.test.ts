import { Duration, Size } from 'cdk8s';
import { Durability, MySQLBackup, ReplicatedMySQL } from '../constructs';
import type { MySQLBackupProps } from '../constructs';
import { find, newSite, problems, synth } from './support';

function backup(props: Partial<MySQLBackupProps> = {}, site = newSite()) {
  const database = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.GO_ON,
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
  expect(containers[0].command[2]).toContain('--databases wiki jobs');
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
  expect(JSON.parse(list['dfw-db-internal']).keys.backup).toBe('password');
});

test('what is wrong is said all at once', () => {
  const site = newSite();
  backup({ endpoint: 's3.example.org/x', bucket: 'B', keep: Duration.hours(1) }, site);
  expect(problems(site)).toEqual([
    "[dfw/db-backup] 'endpoint' is 's3.example.org/x': write the store's address alone, such as 'https://s3.example.org'",
    "[dfw/db-backup] 'bucket' is 'B': write 3 to 63 lower-case letters, digits, dots and hyphens",
    expect.stringMatching(/'keep' is '0.04\d* days': write Duration.days\(1\) or more/),
  ]);
});
