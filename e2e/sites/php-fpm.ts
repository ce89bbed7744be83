/** PHP-FPM in the library's own start, with a document root that the image has and cannot be written. */
import { App, Size } from 'cdk8s';
import { Balancer, Site, WebServer, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-php', { domain: 'example.org' });
const root = '/usr/src/wordpress';

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(384),
  image: 'docker.io/library/wordpress:6.8-fpm',
  server: WebServer.phpFpm({ documentRoot: root }),
  files: {
    [`${root}/healthy.php`]: '<?php echo "ok";',
    [`${root}/release.php`]: '<?php echo getenv("RELEASE");',
    [`${root}/late.php`]:
      '<?php sleep(10); echo "late"; fastcgi_finish_request(); sleep(3); error_log("after the answer");',
    [`${root}/session.php`]: '<?php session_start(); echo $_SESSION["count"] = 1 + ($_SESSION["count"] ?? 0);',
    [`${root}/robots.txt`]: 'User-agent: *\n',
  },
  environment: { RELEASE: process.env['RELEASE'] ?? '1' },
  healthPath: '/healthy.php',
});

new Balancer(site, 'lb', { ram: Size.mebibytes(128), web });

app.synth();
