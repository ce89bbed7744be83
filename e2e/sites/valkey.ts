import { App, Size } from 'cdk8s';
import { Admin, JobQueue, JobWorkers, Site, Valkey, ValkeyDurability } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-valkey', { domain: 'example.org' });
const ram = Size.mebibytes(192);

const server = new Valkey(site, 'valkey', {
  ram,
  durability: process.env['DURABILITY'] === 'REQUIRED' ? ValkeyDurability.REQUIRED : ValkeyDurability.PREFERRED,
  storage: Size.gibibytes(1),
});
const pop = 'valkey-cli -t 2 -h "$VALKEY_HOST" --no-auth-warning BLPOP queues:default 5';
new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(64),
  image: 'docker.io/valkey/valkey:8.1',
  user: 10001,
  queue: JobQueue.redisList({ server, lists: { default: 'queues:default' } }),
  workers: [
    { name: 'work', command: ['bash', '-c', `export REDISCLI_AUTH=$VALKEY_PASSWORD; while :; do ${pop}; done`] },
  ],
});
new Admin(site, 'admin', { ram: Size.mebibytes(512) });

app.synth();
