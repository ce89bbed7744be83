import { App, Duration, Size } from 'cdk8s';
import { Durability, Heartbeat, MySQLBackup, ReplicatedMySQL, Site } from '../../constructs';
import type { ReplicatedMySQLProps } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-backup', { domain: 'example.org' });
const props: ReplicatedMySQLProps = {
  ram: Size.mebibytes(512),
  durability: Durability.PREFERRED,
  databases: ['bench'],
  storage: Size.gibibytes(1),
  // What is tested here is no failover, and this machine may be busy.
  failover: Heartbeat.within(Duration.seconds(20)),
};
const database = new ReplicatedMySQL(site, 'db', props);
const store = { endpoint: 'http://garage.e2e-backup.svc.cluster.local:3900', bucket: 'backups', region: 'garage' };
new MySQLBackup(site, 'backup', { database, ...store });

const until = process.env['RESTORE_UNTIL'];
if (until !== undefined) {
  new ReplicatedMySQL(site, 'new', {
    ...props,
    // A replica that is missed would show as writes that wait for ever.
    durability: Durability.REQUIRED,
    restoreFrom: { ...store, folder: 'e2e-backup-db', until },
  });
}

app.synth();
