import { join } from 'node:path';
import { ROOT, bringUp, get, kubectl, loadWhile, ready, removeNamespaces, until, urlOf, withCluster } from './support';

const NAMESPACE = 'e2e-scaling';
const WEB = 'e2e-scaling-web';

withCluster('a web tier that scales', () => {
  let url: string;

  const slices = async () =>
    (await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=web')).items.length as number;
  /** How many slices answer: each writes its own address. */
  const answering = async () => {
    const pages = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()));
    return new Set(pages).size;
  };

  beforeAll(async () => {
    const sets = { [NAMESPACE]: [WEB, 'e2e-scaling-lb'] };
    await bringUp(join(ROOT, 'e2e', 'sites', 'scaling.ts'), sets);
    url = await urlOf(NAMESPACE, 'e2e-scaling-lb');
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('has a third slice while there is load for it, which serves, and no request fails', async () => {
    const began = performance.now();
    const load = await loadWhile(url, 200, async () => {
      await until('a third slice', async () => (await slices()) === 3, 240);
      await ready(NAMESPACE, [WEB]);
      await until('an answer of each', async () => (await answering()) === 3, 60);
    });
    process.stdout.write(`a third slice served after ${Math.round((performance.now() - began) / 1000)} s\n`);
    expect({ failures: load.failures.slice(0, 10), enough: load.sent > 1000 }).toEqual({ failures: [], enough: true });
  });

  test('is as it was when the load is gone, and no request fails on the way', async () => {
    // Kubernetes waits for five minutes, which is not what is tried here.
    const soon = JSON.stringify({ spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } } });
    await kubectl('-n', NAMESPACE, 'patch', 'hpa', WEB, '--type=merge', '-p', soon);
    const load = await loadWhile(url, 5, () =>
      until('two slices', async () => (await slices()) === 2, 240).then(() => undefined),
    );
    expect({ failures: load.failures.slice(0, 10), enough: load.sent > 100 }).toEqual({ failures: [], enough: true });
  });
});
