import { App, Size } from 'cdk8s';
import { Balancer, Front, FrontController, Site, WebServer, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'pages', { domain: 'pages.example' });

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  image: 'docker.io/library/httpd:2.4',
  server: WebServer.httpd(),
});

new Balancer(site, 'lb', {
  ram: Size.mebibytes(128),
  web,
  tls: true,
  front: Front.ingress({
    className: 'traefik',
    controller: FrontController.pods('traefik', { 'app.kubernetes.io/name': 'traefik' }),
    hosts: ['pages.example', 'www.pages.example'],
    annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt' },
  }),
});

app.synth();
