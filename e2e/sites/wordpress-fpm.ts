/** The example's WordPress in the image with PHP-FPM, behind nginx. */
import { join } from 'node:path';
import { App, Size } from 'cdk8s';
import { Balancer, Files, ReplicatedMySQL, Durability, Site, WebServer, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'blog', { domain: 'blog.example' });

const db = new ReplicatedMySQL(site, 'db', {
  ram: Size.mebibytes(512),
  durability: Durability.PREFERRED,
  databases: ['wordpress'],
});

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(512),
  image: 'docker.io/library/wordpress:6.8-fpm',
  server: WebServer.phpFpm({ entrypoint: true, workerRam: Size.mebibytes(64) }),
  writable: ['/var/www/html'],
  uses: [db],
  files: Files.ofFolder(join(__dirname, '../../examples/wordpress/site'), '/usr/src'),
  environment: { RELEASE: process.env['RELEASE'] ?? '1' },
  secrets: { app: ['WORDPRESS_KEY', 'WORDPRESS_ADMIN_PASSWORD'] },
  healthPath: '/healthy.php',
  migrate: ['php', '/usr/src/install.php'],
});

new Balancer(site, 'lb', { ram: Size.mebibytes(128), web });

app.synth();
