import { App, Duration, Size } from 'cdk8s';
import * as slices from '../../constructs';

/** The thirteen slices, at the RAM that they had, with the journal as the site's code. BLOBS=s3 keeps files in Garage. */
const S3 = process.env['BLOBS'] === 's3';
const JOURNAL = `ghcr.io/cdk8s-slices/${S3 ? 'journal' : 'journal-mogilefs'}:1`;
const RELEASE = process.env['RELEASE'] ?? '1';
/** With a repository, Flux keeps the site as that says. */
const REPOSITORY = process.env['REPOSITORY'];
const WEB_IMAGE = process.env['WEB_IMAGE'] ?? JOURNAL;
const MAILBOX = {
  host: process.env['MAILBOX'] ?? '192.0.2.1',
  network: process.env['MAILBOX_NETWORK'] ?? '192.0.2.1/32',
  port: 2525,
};

const app = new App();
const site = new slices.Site(app, 'seed', { domain: 'example.org' });

const db = new slices.ReplicatedMySQL(site, 'db', {
  ram: Size.gibibytes(1),
  durability: slices.Durability.PREFERRED,
  databases: S3 ? ['journal'] : ['journal', 'mogilefs'],
  settings: { max_connections: '154' },
});
const cache = new slices.CachePool(site, 'memc', {
  ram: Size.mebibytes(512),
  slices: Number(process.env['CACHE_SLICES'] ?? 2),
});
const blobs = new slices.BlobStore(site, 'mog', {
  ram: Size.mebibytes(256),
  engine: S3 ? slices.BlobEngine.garage() : slices.BlobEngine.mogileFs({ database: db, classes: { userpics: 2 } }),
  storage: Size.gibibytes(1),
});
const worker = (name: string) => ['theschwartz-worker', `Journal::Worker::${name}`];
const jobs = new slices.JobWorkers(site, 'jobs', {
  ram: Size.gibibytes(1),
  image: JOURNAL,
  queue: slices.JobQueue.theSchwartz({ database: db }),
  workers: [
    { name: 'email', command: worker('Email') },
    { name: 'events', command: worker('Events') },
    { name: 'import', command: worker('Import') },
    { name: 'incoming', command: worker('Incoming') },
  ],
  uses: [db, cache, blobs],
  egress: [slices.Egress.network(MAILBOX.network, MAILBOX.port)],
  environment: { SMTP_SERVER: `${MAILBOX.host}:${MAILBOX.port}`, RELEASE },
});
const web = new slices.WebTier(site, 'web', {
  ram: Size.gibibytes(1),
  image: WEB_IMAGE,
  server: slices.WebServer.apache({ port: 8080, workerRam: Size.mebibytes(80) }),
  healthPath: '/healthy',
  migrate: ['journal-schema'],
  environment: { RELEASE },
  uses: [db, cache, blobs, jobs],
});
new slices.Balancer(site, 'lb', {
  ram: Size.mebibytes(256),
  engine: slices.BalancerEngine.perlbal(),
  failover: slices.Heartbeat.within(Duration.seconds(2)),
  web,
  blobs,
  staticFiles: [slices.StaticFiles.fromImage(JOURNAL, '/srv/journal/htdocs', { paths: ['/stc/', '/img/'] })],
});
new slices.MailIntake(site, 'mail', {
  ram: Size.mebibytes(256),
  handler: slices.MailHandler.queue(jobs, 'Journal::Worker::Incoming'),
  tls: false,
  storage: Size.gibibytes(1),
});
new slices.Admin(site, 'admin', {
  ram: Size.mebibytes(512),
  notify: [
    slices.Notify.email({
      to: ['ops@example.org'],
      server: MAILBOX.host,
      port: MAILBOX.port,
      tls: false,
      cidr: MAILBOX.network,
    }),
  ],
  ...(REPOSITORY ? { gitOps: slices.GitOps.flux({ repository: REPOSITORY }) } : {}),
});

app.synth();
