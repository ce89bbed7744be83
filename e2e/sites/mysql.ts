import { App, Duration, Size } from 'cdk8s';
import { Durability, Heartbeat, ReplicatedMySQL, Site } from '../../constructs';
import { BareMySql } from '../mysql/bare';

const { SITE = 'mysql-bench', DURABILITY = 'PREFERRED', FAILOVER_SECONDS = '3', BARE } = process.env;
const app = new App();
const site = new Site(app, SITE, { domain: 'example.org' });
const ram = Size.mebibytes(512);
new ReplicatedMySQL(site, 'db', {
  ram,
  databases: ['bench'],
  storage: Size.gibibytes(2),
  durability: DURABILITY === 'REQUIRED' ? Durability.REQUIRED : Durability.PREFERRED,
  // A busy machine needs more than the default of 3.
  failover: Heartbeat.within(Duration.seconds(Number(FAILOVER_SECONDS))),
});
if (BARE) new BareMySql(site, 'bare', ram);

app.synth();
