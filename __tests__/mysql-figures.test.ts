import { Size } from 'cdk8s';
import { parse } from 'yaml';
import { Admin, Durability, MySQLBackup, ReplicatedMySQL } from '../constructs';
import { withPromtool } from './promtool';
import { Manifest, find, newSite, synth } from './support';

function admin(): Admin {
  const site = newSite();
  const ram = Size.gibibytes(1);
  const database = new ReplicatedMySQL(site, 'db', { ram, durability: Durability.REQUIRED, databases: ['forum'] });
  new MySQLBackup(site, 'db-backup', {
    database,
    endpoint: 'https://s3.example.org',
    bucket: 'backups',
    schedule: '*/10 * * * *',
    testSchedule: '0 * * * *',
  });
  return new Admin(site, 'admin', { ram: Size.mebibytes(512) });
}

function files(of: Admin): Record<string, string> {
  return find(synth(of), 'ConfigMap', of.config!.name).data;
}

test('the agent of each server is asked for the figures of its mysqld', () => {
  const { scrape_configs: jobs } = parse(files(admin())['prometheus.yml'] as string);
  expect(jobs.find((each: Manifest) => each.job_name === 'dfw-db-7911').static_configs).toEqual(
    ['1', '2'].map((number) => ({
      targets: [`dfw-db-${number}.dfw-db.dfw.svc.cluster.local:7911`],
      labels: { role: 'dfw-db', slice: `dfw-db0${number}` },
    })),
  );
});

test('lag, semi-sync, the pool, clients, changes of the primary and volumes are shown', () => {
  const page = files(admin())['slices.html'] as string;
  const titles = ['behind', 'semi-sync replicas', 'found in the pool', 'changes in 1 h', 'volume used', 'since a dump'];
  for (const title of titles) expect(page).toContain(`<th>${title}</th>`);
});

withPromtool('mysql-figures-rules.yml', () => files(admin()));
