import { App, Size } from 'cdk8s';
import { Apache, Balancer, CachePool, Site, StaticFiles, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'ams', { domain: 'example.org' });

const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(256), slices: 2 });

const web = new WebTier(site, 'web', {
  image: 'docker.io/library/httpd:2.4',
  apache: Apache.httpd(),
  ram: Size.gibibytes(1),
  slices: 2,
  uses: [cache],
  files: { '/usr/local/apache2/htdocs/index.html': '<h1>Two slices say hello</h1>\n' },
});

new Balancer(site, 'lb', {
  ram: Size.mebibytes(256),
  slices: 2,
  web,
  staticFiles: [StaticFiles.fromText({ '/robots.txt': 'User-agent: *\nDisallow:\n' })],
});

app.synth();
