import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart, Cron, Duration, Size } from 'cdk8s';
import { Cpu, CronJob, Deployment, EnvValue, ImagePullPolicy, Probe } from 'cdk8s-plus-27';
import {
  Balancer,
  CachePool,
  Durability,
  OwnWorkload,
  ReplicatedMySQL,
  Site,
  WebServer,
  WebTier,
} from '../../constructs';

const app = new App();
const site = new Site(app, 'own', { domain: 'example.org' });
const db = new ReplicatedMySQL(site, 'db', {
  ram: Size.mebibytes(384),
  durability: Durability.PREFERRED,
  databases: ['words'],
  storage: Size.gibibytes(2),
});
const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(128) });

// The site's owner writes these with cdk8s-plus.
const chart = new Chart(app, 'search', { namespace: site.namespace });
const deployment = new Deployment(chart, 'deployment', {
  replicas: 2,
  containers: [
    {
      image: 'docker.io/library/node:24-slim',
      imagePullPolicy: ImagePullPolicy.IF_NOT_PRESENT,
      command: ['node', '-e', readFileSync(join(__dirname, 'search.js'), 'utf8')],
      portNumber: 8080,
      readiness: Probe.fromHttpGet('/healthy'),
      resources: { cpu: { request: Cpu.millis(50) }, memory: { limit: Size.mebibytes(96) } },
      securityContext: { user: 10001 },
    },
  ],
});
const cronJob = new CronJob(chart, 'cron-job', {
  schedule: Cron.daily(),
  timeZone: 'Etc/UTC',
  startingDeadline: Duration.minutes(5),
  containers: [
    {
      image: 'docker.io/library/mysql:9.7',
      imagePullPolicy: ImagePullPolicy.IF_NOT_PRESENT,
      // Variables that the workload is given may stand in its own, and in its command.
      envVariables: { MYSQL_PWD: EnvValue.fromValue('$(DB_PASSWORD)') },
      command: ['mysql', '--host=$(DB_HOST)', '--user=$(DB_USER)', '$(DB_NAME)'],
      args: ['--execute=CREATE TABLE IF NOT EXISTS words (word VARCHAR(64) PRIMARY KEY); SHOW TABLES'],
      resources: { cpu: { request: Cpu.millis(50) }, memory: { limit: Size.mebibytes(64) } },
      securityContext: { user: 10001 },
    },
  ],
});

// They join the site, and its web tier uses one of them.
const search = new OwnWorkload(site, 'search', { workload: deployment, uses: [db, cache], port: 8080 });
new OwnWorkload(site, 'index', { workload: cronJob, uses: [db] });

const proxy = ['proxy', 'proxy_http'].map((name) => `LoadModule ${name}_module modules/mod_${name}.so`);
const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  image: 'docker.io/library/httpd:2.4',
  server: WebServer.httpd({
    directives: [...proxy, 'ProxyPass "/search" "http://${SEARCH_HOST}:${SEARCH_PORT}/"'].join('\n'),
  }),
  files: { '/usr/local/apache2/htdocs/index.html': 'Search at <a href="/search/">/search/</a>\n' },
  uses: [search],
});
new Balancer(site, 'lb', { ram: Size.mebibytes(192), web });

app.synth();
