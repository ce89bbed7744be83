import { App, Size } from 'cdk8s';
import { Balancer, BalancerEngine, Site, StaticFiles, WebServer, WebTier } from '../../constructs';

const image = 'docker.io/library/httpd:2.4';
const app = new App();
const site = new Site(app, 'e2e-web', { domain: 'example.org' });

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(256),
  image,
  files: {
    '/usr/local/apache2/htdocs/index.html': `release ${process.env['RELEASE']}\n`,
    '/srv/address': '<!--#echo var="HTTP_X_FORWARDED_FOR" -->\n',
  },
  server: WebServer.httpd({
    directives: [
      'LoadModule include_module modules/mod_include.so',
      'Alias /cgi-bin/address /srv/address',
      '<Directory /srv>',
      '  Require all granted',
      '  Options +Includes',
      '  SetOutputFilter INCLUDES',
      '</Directory>',
    ].join('\n'),
  }),
});

const engines: Record<string, BalancerEngine> = {
  nginx: BalancerEngine.nginx(),
  perlbal: BalancerEngine.perlbal(),
  haproxy: BalancerEngine.haproxy(),
};
const engine = process.env['ENGINE'] ?? 'nginx';
const staticFiles = [
  StaticFiles.fromText({ '/robots.txt': 'User-agent: *\n' }),
  StaticFiles.fromImage(image, '/usr/share/apache2', { paths: ['/icons/'] }),
];

new Balancer(site, 'lb', {
  ram: Size.mebibytes(256),
  web,
  engine: engines[engine]!,
  tls: process.env['TLS'] === '1',
  staticFiles: engine === 'haproxy' ? [] : staticFiles,
});

app.synth();
