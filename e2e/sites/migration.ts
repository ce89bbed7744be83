import { App, Size } from 'cdk8s';
import { JobWorkers, Site, WebServer, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-migration', { domain: 'example.org' });
const image = 'docker.io/library/httpd:2.4';

const jobs = new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(64),
  image,
  user: 33,
  workers: [{ name: 'idle', command: ['sleep', '1000'] }],
});

new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  image,
  server: WebServer.httpd(),
  files: { '/srv/page': process.env['PAGE'] ?? 'a', '/srv/schema': 'a' },
  migrate: ['sh', '-c', 'sleep 20; echo made'],
  migration: { files: ['/srv/schema'], before: [jobs] },
});

app.synth();
