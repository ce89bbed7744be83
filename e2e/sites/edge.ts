import { App, Size } from 'cdk8s';
import { Balancer, BalancerEngine, Site, WebServer, WebTier } from '../../constructs';

const app = new App();
const engine = process.env['ENGINE'] ?? 'nginx';
const site = new Site(app, `e2e-edge-${engine}`, { domain: 'example.org' });

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  slices: 1,
  image: 'docker.io/library/httpd:2.4',
  server: WebServer.httpd(),
});

new Balancer(site, 'lb', {
  ram: Size.mebibytes(128),
  engine: engine === 'haproxy' ? BalancerEngine.haproxy() : BalancerEngine.nginx(),
  web,
  tls: true,
  certificates: [{ secret: 'example-net', hosts: ['example.net'] }],
  trustedProxies: ['192.0.2.0/24'],
  headers: { 'Strict-Transport-Security': 'max-age=31536000' },
});

app.synth();
