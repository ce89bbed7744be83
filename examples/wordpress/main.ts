import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Size } from 'cdk8s';
import { Balancer, Durability, ReplicatedMySQL, Site, WebServer, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'blog', { domain: 'blog.example' });

const db = new ReplicatedMySQL(site, 'db', {
  ram: Size.mebibytes(512),
  durability: Durability.PREFERRED,
  databases: ['wordpress'],
});

const read = (name: string) => readFileSync(join(__dirname, 'site', name), 'utf8');
const config = read('wp-config.php');

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(512),
  image: 'docker.io/library/wordpress:6.8-apache',
  // The image's entrypoint copies WordPress to the document root, whose parent has the configuration.
  server: WebServer.apache({ entrypoint: true, workerRam: Size.mebibytes(64) }),
  writable: ['/var/www/html'],
  uses: [db],
  files: {
    '/var/www/wp-config.php': config,
    '/usr/src/wp-config.php': config,
    '/usr/src/install.php': read('install.php'),
  },
  secrets: { app: ['WORDPRESS_KEY', 'WORDPRESS_ADMIN_PASSWORD'] },
  healthPath: '/license.txt',
  migrate: ['php', '/usr/src/install.php'],
});

new Balancer(site, 'lb', { ram: Size.mebibytes(128), web });

app.synth();
