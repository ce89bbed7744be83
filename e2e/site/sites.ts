import { join } from 'node:path';
import { ROOT, addressOf, bringUp, until } from '../kubernetes';
import { kubectl } from '../failover/cluster';
import type { SiteUp } from './losses';

/** Each site that can be lost a node of: its program, its workloads, its page. */
const SITES: Record<string, { readonly main: string; readonly sets: string[]; readonly page: string }> = {
  ams: {
    main: 'examples/quickstart/main.ts',
    sets: ['db', 'memc', 'web', 'lb'].map((role) => `ams-${role}`),
    page: '/',
  },
  wiki: {
    main: 'examples/wiki/main.ts',
    sets: ['memc', 'db', 'web', 'jobs', 'lb'].map((role) => `wiki-${role}`),
    page: '/index.php/Main_Page',
  },
};

/** Brings a site up. With `keep`, one that is there stays as it is. */
export async function bringSiteUp(name: string, keep = false): Promise<SiteUp> {
  const site = SITES[name];
  if (!site) throw new Error(`there is no site ${name}; there are ${Object.keys(SITES).join(', ')}`);
  const isThere = await kubectl('get', 'namespace', name).then(Boolean, () => false);
  if (!keep || !isThere) await bringUp(join(ROOT, site.main), { [name]: site.sets });
  const url = `http://${await addressOf(name, `${name}-lb-active`)}${site.page}`;
  await until(`an answer of ${url}`, async () => (await fetch(url)).ok, 300);
  return { namespace: name, url };
}
