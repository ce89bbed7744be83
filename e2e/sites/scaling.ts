import { App, Size } from 'cdk8s';
import { Balancer, BalancerEngine, Site, WebServer, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-scaling', { domain: 'example.org' });

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  image: 'docker.io/library/httpd:2.4',
  files: { '/usr/local/apache2/htdocs/index.html': '<!--#echo var="SERVER_ADDR" -->\n' },
  server: WebServer.httpd({
    directives: [
      'LoadModule include_module modules/mod_include.so',
      '<Directory /usr/local/apache2/htdocs>',
      '  Require all granted',
      '  Options +Includes',
      '  SetOutputFilter INCLUDES',
      '</Directory>',
    ].join('\n'),
  }),
  scaling: { max: 3 },
});
new Balancer(site, 'lb', { ram: Size.mebibytes(256), web, engine: BalancerEngine.nginx() });

app.synth();
