import { App, Duration, Size } from 'cdk8s';
import {
  Balancer,
  Durability,
  JobQueue,
  JobWorkers,
  ReplicatedMySQL,
  Site,
  WebRuntime,
  WebServer,
  WebTier,
} from '../../constructs';

const app = new App();
const site = new Site(app, 'notes', { domain: 'notes.example' });

const db = new ReplicatedMySQL(site, 'db', {
  ram: Size.mebibytes(512),
  durability: Durability.PREFERRED,
  databases: ['notes'],
});

// The image has the code, Flask, Gunicorn and PyMySQL.
const code = { image: 'ghcr.io/cdk8s-slices/notes:1', uses: [db] };

const jobs = new JobWorkers(site, 'jobs', {
  ...code,
  ram: Size.mebibytes(64),
  queue: JobQueue.table({ database: db, table: 'jobs', dueAt: 'due_at' }),
  workers: [{ name: 'count', command: ['python3', 'worker.py'] }],
});

const web = new WebTier(site, 'web', {
  ...code,
  ram: Size.mebibytes(160),
  server: WebServer.program({
    port: 8000,
    command: ['gunicorn', '--bind', '0.0.0.0:8000', '--threads', '4', '--access-logfile', '-', 'app:app'],
    runtime: WebRuntime.processes({ ram: Size.mebibytes(50) }),
    // Each thread of both processes may have one.
    connections: 8,
    grace: Duration.seconds(30),
  }),
  environment: { RELEASE: process.env['RELEASE'] ?? '1' },
  healthPath: '/healthy',
  migrate: ['python3', 'schema.py'],
  migration: { before: [jobs] },
});

new Balancer(site, 'lb', { ram: Size.mebibytes(128), web });

app.synth();
