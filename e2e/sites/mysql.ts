import { App, Duration, Size } from 'cdk8s';
import { Durability, Heartbeat, ReplicatedMySQL, Site } from '../../constructs';

const app = new App();
const site = new Site(app, process.env['SITE'] ?? 'mysql-bench', { domain: 'example.org' });
new ReplicatedMySQL(site, 'db', {
  ram: Size.mebibytes(512),
  databases: ['bench'],
  storage: Size.gibibytes(2),
  durability: Durability.GO_ON,
  // A busy machine needs more than the default of 3.
  failover: Heartbeat.within(Duration.seconds(Number(process.env['FAILOVER_SECONDS'] ?? 3))),
});

app.synth();
