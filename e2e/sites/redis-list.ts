import { App, Size } from 'cdk8s';
import { Admin, ExternalPeer, ExternalQueue, JobQueue, JobWorkers, Site } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-lists', { domain: 'example.org' });

// A Service of another namespace of the cluster.
const server = new ExternalQueue(site, 'queue', {
  host: 'valkey.e2e-lists-outside.svc.cluster.local',
  port: 6379,
  user: 'default',
  password: { secret: 'valkey', key: 'password' },
  peer: ExternalPeer.pods('e2e-lists-outside', { app: 'valkey' }),
});
const pop = 'valkey-cli -h "$QUEUE_HOST" -a "$QUEUE_PASSWORD" --no-auth-warning BLPOP queues:default 5';
new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(64),
  image: 'docker.io/valkey/valkey:8.1',
  user: 10001,
  queue: JobQueue.redisList({ server, lists: { default: 'queues:default', mail: 'queues:mail' } }),
  workers: [{ name: 'work', command: ['sh', '-c', `while true; do ${pop}; done`] }],
});
new Admin(site, 'admin', { ram: Size.mebibytes(512) });

app.synth();
