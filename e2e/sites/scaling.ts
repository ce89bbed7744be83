import { App, Size } from 'cdk8s';
import { Apache, Balancer, BalancerEngine, Site, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-scaling', { domain: 'example.org' });

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  image: 'docker.io/library/httpd:2.4',
  files: { '/var/www/html/index.html': '<!--#echo var="SERVER_ADDR" -->\n' },
  apache: Apache.debian({
    directives: [
      'LoadModule include_module /usr/lib/apache2/modules/mod_include.so',
      '<Directory /var/www/html>',
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
