import { App, Size } from 'cdk8s';
import { Site, WebServer, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-secrets', { domain: 'example.org' });
new WebTier(site, 'web', {
  ram: Size.mebibytes(256),
  slices: 1,
  image: 'docker.io/library/httpd:2.4',
  server: WebServer.httpd(),
  secrets: { mailer: ['MAILER_TOKEN'], shop: ['SHOP_KEY', 'SHOP_SALT'] },
});
app.synth();
