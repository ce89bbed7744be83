import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Size } from 'cdk8s';
import {
  Balancer,
  BalancerEngine,
  BlobEngine,
  BlobStore,
  Durability,
  JobWorkers,
  ReplicatedMySQL,
  Site,
  WebServer,
  WebTier,
} from '../../constructs';

const mogile = process.env['ENGINE'] === 'mogilefs';
const app = new App();
const site = new Site(app, 'e2e-blobs', { domain: 'example.org' });

function engine(): BlobEngine {
  if (!mogile) return BlobEngine.garage({ acceptWritesAlone: process.env['ALONE'] === 'true' });
  const database = new ReplicatedMySQL(site, 'db', {
    ram: Size.mebibytes(512),
    durability: Durability.PREFERRED,
    databases: ['mogilefs'],
    settings: { max_connections: '93' },
  });
  return BlobEngine.mogileFs({ database, classes: { userpics: 2 } });
}

const blobs = new BlobStore(site, 'mog', {
  ram: Size.mebibytes(256),
  storage: Size.gibibytes(1),
  engine: engine(),
});

const client = mogile ? 'mogile.pl' : 's3.js';
new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(128),
  image: mogile ? 'ghcr.io/cdk8s-slices/mogilefs:2.73' : 'docker.io/library/node:24-slim',
  user: 10001,
  workers: [{ name: 'user', command: ['sleep', 'infinity'] }],
  files: { [`/srv/${client}`]: readFileSync(join(__dirname, '..', 'clients', client), 'utf8') },
  uses: [blobs],
});

/** Its page points to wherever the request says. */
const points = (header: string, request: string) =>
  `Header set ${header} "expr=%{req:${request}}" "expr=-n req('${request}')"`;
const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  slices: 1,
  image: 'docker.io/library/httpd:2.4',
  files: { '/usr/local/apache2/htdocs/index.html': 'a page\n' },
  server: WebServer.httpd({
    directives: [points('X-Accel-Redirect', 'X-To-Nginx'), points('X-Reproxy-URL', 'X-To-Perlbal')].join('\n'),
  }),
});
for (const [name, balancer] of Object.entries({ nginx: BalancerEngine.nginx(), perlbal: BalancerEngine.perlbal() }))
  new Balancer(site, name, { ram: Size.mebibytes(256), web, blobs, engine: balancer });

app.synth();
