import { join } from 'node:path';
import { ROOT, addressOf, bringUp, until } from '../kubernetes';
import { kubectl } from '../failover/cluster';
import type { SiteUp } from './losses';

/** A site that can be lost a node of. */
interface Candidate {
  /** As reports call it, and what it is made with. */
  readonly site: string;
  readonly variant: string;
  readonly main: string;
  readonly namespace: string;
  readonly workloads: readonly string[];
  /** Namespaces of the site beside that, with their workloads. */
  readonly beside?: Readonly<Record<string, string[]>>;
  /** The Service whose address visitors have, and a page. */
  readonly service: string;
  readonly page: string;
}

function ours(site: string, namespace: string, main: string, roles: readonly string[], page: string): Candidate {
  const workloads = roles.map((role) => `${namespace}-${role}`);
  const service = `${namespace}-lb-active`;
  return { site, variant: 'cdk8s-slices', main: `examples/${main}/main.ts`, namespace, workloads, service, page };
}

const WIKI_PAGE = '/index.php/Main_Page';

const SITES: Readonly<Record<string, Candidate>> = {
  ams: ours('ams', 'ams', 'quickstart', ['db', 'memc', 'web', 'lb'], '/'),
  blog: ours('blog', 'blog', 'wordpress', ['db', 'web', 'lb'], '/'),
  wiki: ours('wiki', 'wiki', 'wiki', ['memc', 'db', 'web', 'jobs', 'lb'], WIKI_PAGE),
  // Its mail goes nowhere: what is asked for are its pages.
  journal: {
    site: 'journal',
    variant: 'cdk8s-slices',
    main: 'e2e/sites/seed.ts',
    namespace: 'seed',
    workloads: ['db', 'memc', 'mog', 'jobs', 'web', 'lb', 'admin'].map((role) => `seed-${role}`),
    beside: { 'seed-mail': ['seed-mail'] },
    service: 'seed-lb-active',
    page: '/',
  },
  'plain-wiki': {
    site: 'wiki',
    variant: 'plain Kubernetes',
    main: 'e2e/site/plain-wiki.ts',
    namespace: 'plain',
    workloads: ['db', 'memc', 'web', 'jobs'],
    service: 'web',
    page: WIKI_PAGE,
  },
};

/** Brings a site up. With `keep`, one that is there stays as it is. */
export async function bringSiteUp(
  name: string,
  keep = false,
): Promise<SiteUp & Pick<Candidate, 'site' | 'variant'> & { readonly namespaces: string[] }> {
  const found = SITES[name];
  if (!found) throw new Error(`there is no site ${name}; there are ${Object.keys(SITES).join(', ')}`);
  const { site, variant, main, namespace, workloads, beside = {}, service, page } = found;
  const isThere = await kubectl('get', 'namespace', namespace).then(Boolean, () => false);
  if (!keep || !isThere) await bringUp(join(ROOT, main), { [namespace]: [...workloads], ...beside });
  const url = `http://${await addressOf(namespace, service)}${page}`;
  await until(`an answer of ${url}`, async () => (await fetch(url)).ok, 300);
  return { site, variant, namespace, namespaces: [namespace, ...Object.keys(beside)], url };
}
