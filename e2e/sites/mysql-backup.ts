import { App, Duration, Size } from 'cdk8s';
import { Durability, Heartbeat, MySQLBackup, ReplicatedMySQL, Site } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-backup', { domain: 'example.org' });
const database = new ReplicatedMySQL(site, 'db', {
  ram: Size.mebibytes(512),
  durability: Durability.GO_ON,
  databases: ['bench'],
  storage: Size.gibibytes(1),
  // What is tested here is no failover, and this machine may be busy.
  failover: Heartbeat.within(Duration.seconds(20)),
});
new MySQLBackup(site, 'backup', {
  database,
  endpoint: 'http://garage.e2e-backup.svc.cluster.local:3900',
  bucket: 'backups',
  region: 'garage',
});

app.synth();
