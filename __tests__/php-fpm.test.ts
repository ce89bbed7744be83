import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Size } from 'cdk8s';
import { PhpFpmProps, WebServer, WebTier } from '../constructs';
import type { WebTierProps } from '../constructs';
import {
  childrenLimit,
  leastMebibytes,
  nginxShare,
  opcacheMebibytes,
  requestLimit,
} from '../constructs/web/php-fpm-sizes';
import { PhpSlice, startSlice } from './php-fpm';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';
import { testWith } from './tools';

const testOnPhp = testWith('nginx', 'php-fpm');
const image = 'example.org/forum:1';

function tier(props: PhpFpmProps = {}, of: Partial<WebTierProps> = {}): WebTier {
  return new WebTier(newSite(), 'web', { ram: Size.mebibytes(512), image, server: WebServer.phpFpm(props), ...of });
}

function podOf(web: WebTier): Manifest {
  return find(synth(web), 'Deployment', 'dfw-web').spec.template.spec;
}

function configOf(web: WebTier): Record<'nginx.conf' | 'php-fpm.conf', string> {
  return ofKind(synth(web), 'ConfigMap').find(({ data }) => data['php-fpm.conf']).data;
}

test('PHP-FPM and nginx together take exactly the RAM of the slice', () => {
  const { containers } = podOf(tier());
  const taken = containers.map(({ name, resources }: Manifest) => [name, resources.limits.memory]);
  expect(taken).toEqual([
    ['php-fpm', '480Mi'],
    ['nginx', '32Mi'],
  ]);
});

test.each([
  [128, 32, 12, 1],
  [256, 32, 28, 4],
  [1024, 64, 120, 20],
  [16384, 128, 128, 402],
])(
  'of %i MiB nginx has %i, compiled code %i, and workers of 40 MiB the rest: %i',
  (mebibytes, nginx, opcache, workers) => {
    expect(nginxShare(mebibytes)).toBe(nginx);
    const php = mebibytes - nginx;
    expect(opcacheMebibytes(php)).toBe(opcache);
    expect(childrenLimit(php, 40, opcache)).toBe(workers);
  },
);

test.each([
  [32, 85],
  [128, 597],
])('with %i MiB, nginx has buffers for %i requests', (mebibytes, requests) => {
  expect(requestLimit(mebibytes)).toBe(requests);
});

test.each([20, 40, 64, 300])('two workers of %i MiB fit in the least RAM, and in no less', (worker) => {
  const workers = (mebibytes: number) => {
    const php = mebibytes - nginxShare(mebibytes);
    return childrenLimit(php, worker, opcacheMebibytes(php));
  };
  const least = leastMebibytes(worker, undefined);
  expect(workers(least)).toBe(2);
  expect(workers(least - 1)).toBe(1);
});

test('the settings of both programs follow from the RAM', () => {
  const web = tier({ workerRam: Size.mebibytes(64), opcacheRam: Size.mebibytes(100) });
  expect(configOf(web)['php-fpm.conf']).toContain('pm.max_children = 5\n');
  expect(configOf(web)['nginx.conf']).toContain('worker_connections 287;');
  expect(podOf(web).containers[0].command.slice(-2)).toEqual(['-d', 'opcache.memory_consumption=100']);
});

test('a database sees a connection of each worker at most', () => {
  expect(tier()._clients).toEqual({ each: 9 });
});

test('both run as users without powers, on a root that they cannot write', () => {
  const users = podOf(tier()).containers.map(({ securityContext }: Manifest) => securityContext);
  expect(users).toMatchObject([
    { runAsUser: 33, runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    { runAsUser: 101, runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  ]);
});

test('nginx takes the requests, and the health path leads through it to PHP', () => {
  const web = tier({}, { healthPath: '/healthy.php' });
  const [phpFpm, nginx] = podOf(web).containers;
  expect(nginx.readinessProbe.httpGet).toEqual({ path: '/healthy.php', port: 8080 });
  expect(nginx.ports).toEqual([{ name: 'http', containerPort: 8080 }]);
  expect(phpFpm).not.toHaveProperty('ports');
  expect(web.port).toBe(8080);
});

test("nginx finds a copy of the image's document root, with the tier's files in it", () => {
  const pod = podOf(tier({}, { files: { '/var/www/html/robots.txt': 'User-agent: *\n', '/etc/forum.ini': 'a=1\n' } }));
  const [copy] = pod.initContainers;
  expect(copy).toMatchObject({ name: 'document-root', image, securityContext: { runAsUser: 33 } });
  expect(copy.command.slice(-2)).toEqual(['/var/www/html', '/run/document-root/files']);
  const [, nginx] = pod.containers;
  expect(nginx.volumeMounts).toContainEqual({
    name: 'document-root',
    mountPath: '/var/www/html',
    subPath: 'files',
    readOnly: true,
  });
  expect(nginx.volumeMounts.map(({ mountPath }: Manifest) => mountPath)).toContain('/var/www/html/robots.txt');
  expect(nginx.volumeMounts.map(({ mountPath }: Manifest) => mountPath)).not.toContain('/etc/forum.ini');
});

test('nginx finds a writable document root itself, and may only read it', () => {
  const pod = podOf(tier({ entrypoint: true }, { writable: ['/var/www/html'] }));
  const [phpFpm, nginx] = pod.containers;
  expect(pod).not.toHaveProperty('initContainers');
  expect(phpFpm.volumeMounts).toContainEqual({ name: 'writable-2', mountPath: '/var/www/html' });
  expect(nginx.volumeMounts).toContainEqual({ name: 'writable-2', mountPath: '/var/www/html', readOnly: true });
  expect(phpFpm.args.slice(0, 2)).toEqual(['php-fpm', '-F']);
  expect(phpFpm).not.toHaveProperty('command');
});

test('sessions can be written, wherever the image keeps them', () => {
  const [phpFpm] = podOf(tier()).containers;
  const paths = phpFpm.volumeMounts.filter(({ readOnly }: Manifest) => !readOnly);
  expect(paths.map(({ mountPath }: Manifest) => mountPath)).toEqual(['/run/php-fpm', '/tmp', '/var/lib/php/sessions']);
});

test('nginx sees no secret file, wherever it is', () => {
  const pod = podOf(tier({}, { secretFiles: { '/var/www/html/key.php': { secret: 'app', key: 'KEY' } } }));
  const paths = ({ volumeMounts }: Manifest) => volumeMounts.map(({ mountPath }: Manifest) => mountPath);
  expect(paths(pod.containers[0])).toContain('/var/www/html/key.php');
  expect(paths(pod.containers[1])).not.toContain('/var/www/html/key.php');
  expect(paths(pod.initContainers[0])).not.toContain('/var/www/html/key.php');
});

test('Admin asks for the figures of PHP-FPM at a port of their own', () => {
  const web = tier();
  expect(web._scrapes).toEqual([{ port: 9253, path: '/metrics' }]);
  expect(web._alerts.map(({ name }) => name)).toContain('PhpWorkersNearlyTaken');
});

test('a wrong RAM, image, folder or share of the compiled code is an error', () => {
  expect(problems(tier({}, { ram: Size.mebibytes(128) }))).toEqual([
    "[dfw/web] 'ram' is 128 MiB: nginx, PHP-FPM and two workers need 150 MiB; write that or more, or a smaller workerRam",
  ]);
  expect(problems(tier({ opcacheRam: Size.mebibytes(4) }))).toEqual([
    "[dfw/web] 'server.opcacheRam' is 4 MiB: PHP takes no less than 8 MiB; write that or more",
  ]);
  expect(problems(tier({ nginxImage: 'nginx' }))[0]).toContain("'server.nginxImage'");
  expect(problems(tier({ documentRoot: 'html' }))[0]).toContain("'server.documentRoot'");
  for (const documentRoot of ['/srv/a b', '/srv/$a', '/srv/a;b'])
    expect(problems(tier({ documentRoot }))[0]).toContain("write letters, digits and '._~@+,-' for nginx");
});

describe('on a real PHP-FPM and nginx', () => {
  let slice: PhpSlice;
  const files = {
    'index.php': '<?php echo "front ", $_SERVER["REQUEST_URI"];',
    'info.php': '<?php echo json_encode([$_SERVER["PATH_INFO"] ?? "", $_SERVER["REMOTE_ADDR"], getenv("SITE_WORD")]);',
    'slow.php': '<?php sleep(2); echo "done";',
    'brief.php': '<?php usleep(200000); echo "done";',
    'gc.php': '<?php echo ini_get("session.gc_probability");',
    'style.css': 'body {}',
    '.htpasswd': 'a:b',
    'picture.png': 'not a program <?php echo "ran";',
  };
  const page = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(slice.url + path, { headers });
    return [answer.status, await answer.text()];
  };

  beforeEach(async () => {
    const web = tier();
    slice = await startSlice(podOf(web), configOf(web), files, { SITE_WORD: 'reached' });
  });
  afterEach(() => slice.stop());

  testOnPhp('static files come from nginx, and any other path goes to index.php', async () => {
    expect(await page('/style.css')).toEqual([200, 'body {}']);
    expect(await page('/a/page?x=1')).toEqual([200, 'front /a/page?x=1']);
    expect(await page('/')).toEqual([200, 'front /']);
    expect((await page('/none.php'))[0]).toBe(404);
    expect((await page('/.htpasswd'))[0]).toBe(404);
  });

  testOnPhp('a program gets its path, the client of the balancer and the environment', async () => {
    const [, text] = await page('/info.php/2026/a', { 'x-forwarded-for': '192.0.2.7' });
    expect(JSON.parse(text as string)).toEqual(['/2026/a', '192.0.2.7', 'reached']);
  });

  testOnPhp('requests beyond its buffers are refused so that a balancer asks another slice', async () => {
    const statuses = (await Promise.all(Array.from({ length: 130 }, () => page('/brief.php')))).map(
      ([status]) => status,
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(85);
    expect(statuses.filter((status) => status === 503)).toHaveLength(130 - 85);
  });

  testOnPhp('old sessions are taken away, which Debian leaves to cron', async () => {
    expect(await page('/gc.php')).toEqual([200, '1']);
  });

  testOnPhp('a picture is never run as a program', async () => {
    expect((await page('/picture.png/a.php'))[0]).not.toBe(200);
  });

  testOnPhp('its figures are told while it works', async () => {
    const slow = page('/slow.php');
    await sleep(300);
    const text = await (await fetch(slice.statusUrl)).text();
    expect(text).toMatch(/^phpfpm_active_processes 1$/m);
    expect(await slow).toEqual([200, 'done']);
  });

  testOnPhp('on QUIT a request in flight ends, and then both programs', async () => {
    const slow = page('/slow.php');
    await sleep(300);
    const ended = once(slice.nginx, 'exit');
    slice.nginx.kill('SIGQUIT');
    expect(await slow).toEqual([200, 'done']);
    await ended;
    const over = once(slice.phpFpm, 'exit');
    slice.phpFpm.kill('SIGQUIT');
    expect(await over).toEqual([0, null]);
  });
});
