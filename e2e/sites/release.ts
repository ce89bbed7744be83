import { join } from 'node:path';
import { App, Size } from 'cdk8s';
import {
  Admin,
  Balancer,
  BalancerEngine,
  Images,
  JobWorkers,
  Site,
  WebRuntime,
  WebServer,
  WebTier,
} from '../../constructs';

/**
 * Pages and workers whose version is their image's. The image `broken` is ready, and answers its pages with 500; `slow` takes 1.5 s for
 * each.
 */

const SERVER = `
const server = require('node:http').createServer(({ url }, response) => {
  const status = url !== '/healthy' && process.env.RELEASE === 'broken' ? 500 : 200;
  const slow = url !== '/healthy' && process.env.RELEASE === 'slow';
  setTimeout(() => response.writeHead(status).end('release ' + process.env.RELEASE + '\\n'), slow ? 1500 : 0);
});
server.listen(3000);
process.on('SIGTERM', () => server.close());
`;

const images = Images.fromFile(process.env['IMAGES'] ?? join(__dirname, '../standins/pages.json'));
const app = new App();
const site = new Site(app, 'released', { domain: 'released.example' });

const jobs = new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(64),
  image: images.of('jobs'),
  user: 1000,
  workers: [
    { name: 'idle', command: ['node', '-e', "setInterval(() => {}, 1000); process.on('SIGTERM', process.exit)"] },
  ],
});

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  image: images.of('web'),
  server: WebServer.program({ port: 3000, command: ['node', '/srv/server.js'], runtime: WebRuntime.node() }),
  files: { '/srv/server.js': SERVER },
  healthPath: '/healthy',
  migrate: ['node', '-e', "console.log('tables of release', process.env.RELEASE)"],
  migration: { before: [jobs] },
});

const engines: Record<string, () => BalancerEngine> = {
  nginx: () => BalancerEngine.nginx({ image: images.of('lb') }),
  haproxy: () => BalancerEngine.haproxy(),
  perlbal: () => BalancerEngine.perlbal(),
};

new Balancer(site, 'lb', { ram: Size.mebibytes(128), web, engine: engines[process.env['ENGINE'] ?? 'nginx']!() });
new Admin(site, 'admin', { ram: Size.mebibytes(256), storage: Size.gibibytes(1) });

app.synth();
