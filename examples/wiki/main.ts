import { join } from 'node:path';
import { App, Size } from 'cdk8s';
import { Balancer, CachePool, Durability, Files, JobWorkers, ReplicatedMySQL, Site, WebTier } from '../../constructs';

const app = new App();
const wiki = new Site(app, 'wiki', { domain: 'wiki.example' });

const memc = new CachePool(wiki, 'memc', { ram: Size.mebibytes(128) });
const db = new ReplicatedMySQL(wiki, 'db', {
  ram: Size.mebibytes(512),
  durability: Durability.PREFERRED,
  databases: ['wiki'],
});

// What the web slices and the job runners have in common: MediaWiki itself.
const code = {
  image: 'docker.io/library/mediawiki:1.43',
  uses: [db, memc],
  environment: { MW_CONFIG_FILE: '/etc/mediawiki/LocalSettings.php', WIKI_URL: 'http://wiki.example' },
  files: {
    ...Files.ofFolder(join(__dirname, 'mediawiki'), '/etc/mediawiki'),
    '/var/www/html/health.php': '<?php echo "ok";',
  },
  secrets: { app: ['WIKI_SECRET_KEY', 'WIKI_ADMIN_PASSWORD'] },
};

const jobs = new JobWorkers(wiki, 'jobs', {
  ...code,
  ram: Size.mebibytes(256),
  user: 33,
  workers: [{ name: 'run', command: ['sh', '/etc/mediawiki/run-jobs.sh'], count: 2 }],
});

const web = new WebTier(wiki, 'web', {
  ...code,
  ram: Size.mebibytes(512),
  healthPath: '/health.php',
  migrate: ['sh', '/etc/mediawiki/install.sh'],
  migration: { before: [jobs] },
});

new Balancer(wiki, 'lb', {
  ram: Size.mebibytes(128),
  web,
  staticFiles: [web.staticFiles(['/resources/', '/skins/Vector/resources/'])],
});

app.synth();
