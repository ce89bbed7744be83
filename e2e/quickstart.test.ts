import { join } from 'node:path';
import { ROOT, bringUp, get, removeNamespaces, urlOf, withCluster } from './support';

const NAMESPACE = 'ams';

withCluster("the README's first example", () => {
  let url: string;

  beforeAll(async () => {
    const sets = ['ams-db', 'ams-memc', 'ams-web', 'ams-lb'];
    await bringUp(join(ROOT, 'examples', 'quickstart', 'main.ts'), { [NAMESPACE]: sets });
    url = await urlOf(NAMESPACE, 'ams-lb');
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('its page comes from the web tier, and its static file from the balancer', async () => {
    expect(await (await fetch(url)).text()).toBe('<h1>Two slices say hello</h1>\n');
    expect(await (await fetch(`${url}/robots.txt`)).text()).toBe('User-agent: *\n');
  });

  test('its eight slices run, and no container was started twice', async () => {
    interface Pod {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly status: { readonly containerStatuses: { readonly restartCount: number }[] };
    }
    const pods: Pod[] = (await get('-n', NAMESPACE, 'pods')).items;
    const roles = pods.map(({ metadata }) => metadata.labels['app.kubernetes.io/name'] ?? '');
    expect(roles.sort((a, b) => a.localeCompare(b))).toEqual(['db', 'db', 'lb', 'lb', 'memc', 'memc', 'web', 'web']);
    expect(pods.flatMap(({ status }) => status.containerStatuses).filter((each) => each.restartCount > 0)).toEqual([]);
  });
});
