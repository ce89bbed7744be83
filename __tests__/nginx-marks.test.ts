import { setTimeout as sleep } from 'node:timers/promises';
import { Size } from 'cdk8s';
import { nginxFigures } from '../agent/exporter/nginx';
import { Balancer, StaticFiles, WebTier } from '../constructs';
import { SLOW } from '../contract/nginx-marks';
import { install, start, testOnNginx } from './nginx';
import { freePorts, serve, serveNames } from './servers';
import { endProgram } from './started';
import { newSite, ofKind, synth } from './support';

function configuration(): string {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram: Size.mebibytes(256), image: 'example.org/site:1' });
  const staticFiles = [StaticFiles.fromText({ '/robots.txt': '' })];
  const lb = new Balancer(site, 'lb', { ram: Size.mebibytes(256), web, staticFiles });
  const configs = ofKind(synth(lb), 'ConfigMap');
  return configs.find(({ metadata }) => metadata.name.startsWith('dfw-lb-config')).data['nginx.conf'];
}

/** The bounds that nginx marks an answer at, whose time it writes so. */
const over = (time: string) => SLOW.filter(({ pattern }) => new RegExp(pattern).test(time)).map((each) => each.over);

test.each([
  ['0.000', []],
  ['0.099', []],
  ['-', []],
  ['', []],
  ['0.100', ['0.1']],
  ['0.249', ['0.1']],
  ['0.250', ['0.1', '0.25']],
  ['0.312', ['0.1', '0.25']],
  ['0.999', ['0.1', '0.25', '0.5']],
  ['1.000', ['0.1', '0.25', '0.5', '1']],
  ['2.499', ['0.1', '0.25', '0.5', '1']],
  ['2.500', ['0.1', '0.25', '0.5', '1', '2.5']],
  ['4.012', ['0.1', '0.25', '0.5', '1', '2.5']],
  ['5.000', ['0.1', '0.25', '0.5', '1', '2.5', '5']],
  ['10.001', ['0.1', '0.25', '0.5', '1', '2.5', '5', '10']],
  ['120.000', ['0.1', '0.25', '0.5', '1', '2.5', '5', '10']],
  // One slice did not answer, and the next one was slow; a file that the web tier points to.
  ['-, 0.600', ['0.1', '0.25', '0.5']],
  ['0.004, 0.005', []],
  ['0.003 : 0.120', ['0.1']],
])('an answer after %s s is marked as slower than %j', (time, bounds) => {
  expect(over(time)).toEqual(bounds);
});

testOnNginx('nginx counts answers of the web tier that began late, and none whose end came late', async () => {
  const web = await serve((request, response) => {
    if (request.url === '/late') return void setTimeout(() => response.end('late'), 300);
    response.write('begun');
    setTimeout(() => response.end(), request.url === '/long' ? 700 : 0);
  });
  const names = await serveNames();
  const [http, health] = await freePorts(2);
  const moved = configuration()
    .replaceAll('listen 8080', `listen 127.0.0.1:${http}`)
    .replaceAll('listen 8081', `listen 127.0.0.1:${health}`);
  const nginx = start(install(moved, [`127.0.0.1:${web.port}`], `127.0.0.1:${names.port}`));
  try {
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${http}${path}`)).text();
    for (let left = 100; left > 0 && !(await get('/').catch(() => '')); left--) await sleep(100);
    for (const path of ['/late', '/late', '/long', '/robots.txt', '/']) await get(path);
    const figures = await nginxFigures({ host: '127.0.0.1', port: health! });
    const slow = [...figures.matchAll(/nginx_web_slow_total\{over="(.*)"\} (\d+)/g)].map(([, bound, n]) => [bound, n]);
    expect(slow).toEqual([
      ['0.1', '2'],
      ['0.25', '2'],
      ['0.5', '0'],
      ['1', '0'],
      ['2.5', '0'],
      ['5', '0'],
      ['10', '0'],
    ]);
    expect(figures).toMatch(/^nginx_server_errors_total \d+$/m);
  } finally {
    await endProgram(nginx);
    web.server.close();
    names.close();
  }
});
