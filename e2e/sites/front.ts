import { App, Size } from 'cdk8s';
import {
  Balancer,
  BalancerEngine,
  Front,
  FrontController,
  Site,
  WebRuntime,
  WebServer,
  WebTier,
} from '../../constructs';

const app = new App();
const { FRONT = 'ingress', ENGINE = 'nginx' } = process.env;
const site = new Site(app, 'e2e-front', { domain: 'front.example' });

/** It tells who it was asked by. */
const ECHO = `
  const server = require('node:http').createServer((request, response) => response.end(JSON.stringify(request.headers)));
  process.on('SIGTERM', () => server.close());
  server.listen(3000);
`;
const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  image: 'docker.io/library/node:24-slim',
  server: WebServer.program({ port: 3000, command: ['node', '-e', ECHO], runtime: WebRuntime.node() }),
});

const controller = FrontController.pods('traefik', { app: 'traefik' });
const FRONTS: Record<string, () => Front> = {
  loadBalancer: () => Front.loadBalancer(),
  nodePort: () => Front.nodePort({ http: 30_480 }),
  ingress: () => Front.ingress({ className: 'traefik', controller }),
  gateway: () =>
    Front.gateway({ parentRef: { name: 'e2e-front', namespace: 'traefik' }, controller, httpsOnly: false }),
};

new Balancer(site, 'lb', {
  ram: Size.mebibytes(128),
  engine: ENGINE === 'haproxy' ? BalancerEngine.haproxy() : BalancerEngine.nginx(),
  web,
  front: FRONTS[FRONT]!(),
  tls: FRONT === 'ingress',
});

app.synth();
