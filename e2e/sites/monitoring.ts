import { App, Size } from 'cdk8s';
import { Admin, Balancer, CachePool, Monitoring, Site, WebServer, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-monitoring', { domain: 'example.org' });
new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(256),
  image: 'docker.io/library/httpd:2.4',
  server: WebServer.httpd(),
});
new Balancer(site, 'lb', { ram: Size.mebibytes(192), web });
new Admin(site, 'admin', {
  ram: Size.mebibytes(64),
  monitoring: Monitoring.operator({ namespace: 'e2e-monitoring-stack', labels: { release: 'e2e' } }),
});
app.synth();
