import { App, Duration, Size } from 'cdk8s';
import { Durability, Heartbeat, ReplicatedMySQL, Site } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-mysql', { domain: 'example.org' });
new ReplicatedMySQL(site, 'db', {
  ram: Size.mebibytes(512),
  // A commit is acknowledged only where the servers replicate, by TLS.
  durability: Durability.REQUIRED,
  databases: ['bench'],
  storage: Size.gibibytes(1),
  tls: { required: true },
  // What is tested here is no failover, and this machine may be busy.
  failover: Heartbeat.within(Duration.seconds(20)),
});

app.synth();
