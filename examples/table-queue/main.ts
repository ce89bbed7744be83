import { App, Duration, Size } from 'cdk8s';
import { Admin, Balancer, Durability, JobQueue, JobWorkers, ReplicatedMySQL, Site, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'letters', { domain: 'letters.example' });
const db = new ReplicatedMySQL(site, 'db', {
  ram: Size.mebibytes(384),
  durability: Durability.PREFERRED,
  databases: ['letters'],
  storage: Size.gibibytes(2),
});

// Laravel's tables.
const queue = JobQueue.table({
  database: db,
  table: 'jobs',
  queueColumn: 'queue',
  dueAt: 'available_at',
  inHand: 'reserved_at IS NOT NULL',
  failures: { table: 'failed_jobs', where: 'failed_at > NOW() - INTERVAL 15 MINUTE' },
});
const image = 'ghcr.io/cdk8s-slices/letters:1';
const work = ['php', '/var/www/html/worker.php'];
const jobs = new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(128),
  image,
  user: 33,
  queue,
  workers: [{ name: 'letters', command: [...work, 'default'], count: 2, grace: Duration.seconds(30) }],
});

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  image,
  uses: [jobs],
  healthPath: '/healthy.html',
  migrate: ['php', '/var/www/html/schema.php'],
  migration: { before: [jobs] },
});
new Balancer(site, 'lb', { ram: Size.mebibytes(128), web });
new Admin(site, 'admin', { ram: Size.mebibytes(512) });

app.synth();
