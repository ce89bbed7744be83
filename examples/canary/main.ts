import { join } from 'node:path';
import { App, Size } from 'cdk8s';
import { Balancer, Files, Route, RouteHeader, Site, WebRuntime, WebServer, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'pages', { domain: 'pages.example' });

const program = (id: string, release: string) =>
  new WebTier(site, id, {
    ram: Size.mebibytes(128),
    image: 'docker.io/library/node:24-slim',
    server: WebServer.program({ port: 3000, command: ['node', '/srv/app/server.js'], runtime: WebRuntime.node() }),
    files: Files.ofFolder(join(__dirname, 'app'), '/srv/app'),
    environment: { RELEASE: release },
  });
const stable = program('stable', '1.0');
const canary = program('canary', '1.1');
const api = program('api', 'api');

new Balancer(site, 'lb', {
  ram: Size.mebibytes(128),
  routes: [
    Route.to(api, { host: 'api.pages.example' }),
    // Testers ask for the canary.
    Route.to(canary, { headers: [RouteHeader.is('X-Release', 'next')] }),
    Route.redirect('http://pages.example', { host: 'www.pages.example' }),
    Route.split(
      [
        { web: stable, weight: 90 },
        { web: canary, weight: 10 },
      ],
      { cookie: 'release' },
    ),
  ],
});

app.synth();
