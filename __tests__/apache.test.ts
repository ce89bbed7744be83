import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Size } from 'cdk8s';
import { WebTier } from '../constructs';
import { freePorts } from './servers';
import { endProgram, startProgram } from './started';
import { find, newSite, synth } from './support';
import { testWith } from './tools';

/** Debian's modules, and a virtual host, as an image has one. */
const configuration = (root: string, port: number) => `ServerRoot ${root}
PidFile ${root}/pid
ServerName localhost
LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
ErrorLog ${root}/error.log
Listen 127.0.0.1:${port}
<VirtualHost *:${port}>
  DocumentRoot ${root}/html
</VirtualHost>
`;

testWith('apache')('Apache takes headers as large as a balancer may, in its virtual hosts, too', async () => {
  const web = new WebTier(newSite(), 'web', { ram: Size.mebibytes(256), image: 'example.org/site:1' });
  const [{ command }] = find(synth(web), 'Deployment', 'dfw-web').spec.template.spec.containers;
  const given = [...String(command[2]).matchAll(/-C '([^']+)'/g)].flatMap(([, directive]) => ['-C', directive!]);
  const root = mkdtempSync(join(tmpdir(), 'apache-'));
  mkdirSync(join(root, 'html'));
  writeFileSync(join(root, 'html/index.html'), 'a page');
  const [port] = (await freePorts(1)) as [number];
  writeFileSync(join(root, 'apache.conf'), configuration(root, port));
  const apache = startProgram('apache2', ['-f', join(root, 'apache.conf'), '-DFOREGROUND', ...given]);
  try {
    const url = `http://127.0.0.1:${port}/index.html`;
    for (let left = 100; left > 0 && !(await fetch(url).catch(() => undefined)); left--) await sleep(50);
    const long = 'a'.repeat(64_000);
    expect((await fetch(url, { headers: { 'X-A': long } })).status).toBe(200);
    expect((await fetch(`${url}?${long}`)).status).toBe(200);
  } finally {
    await endProgram(apache);
  }
});
