import { App, Size } from 'cdk8s';
import {
  Balancer,
  CachePool,
  Durability,
  ReplicatedMySQL,
  Site,
  StaticFiles,
  WebServer,
  WebTier,
} from '../../constructs';

const app = new App();
const site = new Site(app, 'ams', { domain: 'example.org' });

const db = new ReplicatedMySQL(site, 'db', {
  ram: Size.mebibytes(512),
  durability: Durability.PREFERRED,
  databases: ['forum'],
});
const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(256) });

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(512),
  slices: 2,
  image: 'docker.io/library/httpd:2.4',
  server: WebServer.httpd(),
  uses: [db, cache],
  files: { '/usr/local/apache2/htdocs/index.html': '<h1>Two slices say hello</h1>\n' },
});

new Balancer(site, 'lb', {
  ram: Size.mebibytes(256),
  web,
  staticFiles: [StaticFiles.fromText({ '/robots.txt': 'User-agent: *\n' })],
});

app.synth();
