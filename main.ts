import { App, Duration, Size } from 'cdk8s';
import {
  Admin,
  Balancer,
  BalancerEngine,
  BlobEngine,
  BlobStore,
  CachePool,
  Durability,
  Egress,
  Heartbeat,
  JobQueue,
  JobWorkers,
  MailHandler,
  MailIntake,
  ReplicatedMySQL,
  Site,
  StaticFiles,
  WebServer,
  WebTier,
} from './constructs';

const JOURNAL = 'ghcr.io/cdk8s-slices/journal-mogilefs:1';
const worker = (name: string) => ['theschwartz-worker', `Journal::Worker::${name}`];

const app = new App();
const dfw = new Site(app, 'dfw', { domain: 'dreamwidth.example' });

// dfw-db01, dfw-db02: with one of them away the site goes on, as a journal that is silent is worse than one disk for a while
const db = new ReplicatedMySQL(dfw, 'db', {
  ram: Size.gibibytes(1),
  durability: Durability.PREFERRED,
  databases: ['journal', 'mogilefs'],
  // The trackers of MogileFS hold 54 connections, and follow from no load: more than a quarter of a GiB of pool would give.
  settings: { max_connections: '154' },
});

// dfw-memc01, dfw-memc02
const cache = new CachePool(dfw, 'memc', { ram: Size.mebibytes(512) });

// dfw-mog01, dfw-mog02
const blobs = new BlobStore(dfw, 'mog', {
  ram: Size.mebibytes(256),
  engine: BlobEngine.mogileFs({ database: db, classes: { userpics: 2 } }),
});

// dfw-jobs01
const jobs = new JobWorkers(dfw, 'jobs', {
  ram: Size.gibibytes(1),
  image: JOURNAL,
  queue: JobQueue.theSchwartz({ database: db }),
  workers: [
    { name: 'email', command: worker('Email'), count: 2 },
    { name: 'events', command: worker('Events'), count: 2 },
    { name: 'import', command: worker('Import'), grace: Duration.minutes(10) },
    { name: 'incoming', command: worker('Incoming') },
  ],
  uses: [db, cache, blobs],
  egress: [Egress.submission(), Egress.https()],
  environment: { SMTP_SERVER: 'smtp.dreamwidth.example:587' },
});

// dfw-mail01
new MailIntake(dfw, 'mail', {
  ram: Size.mebibytes(256),
  handler: MailHandler.queue(jobs, 'Journal::Worker::Incoming'),
});

// dfw-web01, dfw-web02
const web = new WebTier(dfw, 'web', {
  ram: Size.gibibytes(1),
  image: JOURNAL,
  server: WebServer.apache({ port: 8080, workerRam: Size.mebibytes(80) }),
  healthPath: '/healthy',
  migrate: ['journal-schema'],
  migration: { before: [jobs] },
  uses: [db, cache, blobs, jobs],
});

// dfw-lb01, dfw-lb02
new Balancer(dfw, 'lb', {
  ram: Size.mebibytes(256),
  engine: BalancerEngine.perlbal(),
  failover: Heartbeat.within(Duration.seconds(2)),
  web,
  blobs,
  staticFiles: [StaticFiles.fromImage(JOURNAL, '/srv/journal/htdocs', { paths: ['/stc/', '/img/'] })],
});

// dfw-admin01
new Admin(dfw, 'admin', { ram: Size.mebibytes(512) });

app.synth();
