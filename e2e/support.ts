import { addressOf, apply, ready, removeNamespaces, synth, until } from './kubernetes';

export * from './kubernetes';

/** `describe` where there is a cluster. Elsewhere the tests are skipped, and the report says so; in CI they fail. */
export const withCluster = process.env['KUBECONFIG'] ? describe : describe.skip;
if (!process.env['KUBECONFIG'] && process.env['CI'])
  throw new Error('KUBECONFIG names no cluster: write its path there');
if (!process.env['KUBECONFIG'])
  process.stderr.write('KUBECONFIG names no cluster: the tests that need one are skipped\n');

/** Makes a site from nothing, in namespaces of its own, and waits until every slice of these sets is ready. */
export async function bringUp(
  main: string,
  sets: Record<string, string[]>,
  { env = {}, seconds = 400 }: { env?: Record<string, string>; seconds?: number } = {},
): Promise<void> {
  await removeNamespaces(...Object.keys(sets));
  await apply(synth(main, env));
  for (const [namespace, names] of Object.entries(sets)) await ready(namespace, names, seconds);
}

/** Where a site's balancers answer, once they do. */
export async function urlOf(namespace: string, balancer: string, path = '/'): Promise<string> {
  const url = `http://${await addressOf(namespace, `${balancer}-active`)}`;
  await until(`an answer of ${url}${path}`, async () => (await fetch(url + path)).ok, 300);
  return url;
}
