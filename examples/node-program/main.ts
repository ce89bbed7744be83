import { join } from 'node:path';
import { App, Size } from 'cdk8s';
import { Balancer, CachePool, Files, Site, WebRuntime, WebServer, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'counter', { domain: 'counter.example' });

const memc = new CachePool(site, 'memc', { ram: Size.mebibytes(128) });

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  image: 'docker.io/library/node:24-slim',
  server: WebServer.program({ port: 3000, command: ['node', '/srv/app/server.js'], runtime: WebRuntime.node() }),
  files: Files.ofFolder(join(__dirname, 'app'), '/srv/app'),
  environment: { RELEASE: process.env['RELEASE'] ?? '1' },
  uses: [memc],
  healthPath: '/healthy',
});

new Balancer(site, 'lb', { ram: Size.mebibytes(128), web });

app.synth();
