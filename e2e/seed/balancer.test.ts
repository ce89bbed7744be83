import { clientAddress } from '../own-address';
import { podsOf, get, kubectl, ready, until } from '../support';
import { onTheSite } from './on-the-site';
import { MAIL, SITE, ask, inPod, pageAnswers, post, siteUrl, text } from './site';

onTheSite('balancers and web slices', () => {
  test('we have a total of 13 servers', async () => {
    const pods = [...(await get('-n', SITE, 'pods')).items, ...(await get('-n', MAIL, 'pods')).items];
    const slices = pods.filter((pod: { status: { phase: string } }) => pod.status.phase === 'Running');
    expect(slices).toHaveLength(13);
  });

  test("the site's IP is hosted on one of these", async () => {
    const { items } = await get('-n', SITE, 'endpointslices', '-l', 'kubernetes.io/service-name=seed-lb-active');
    const ends = items.flatMap((item: { endpoints?: { targetRef: { name: string } }[] }) => item.endpoints ?? []);
    const active = (await get('-n', SITE, 'pods', '-l', 'app.kubernetes.io/name=lb,cdk8s-slices/instance-role=active'))
      .items;
    expect(active).toHaveLength(1);
    expect(ends.map(({ targetRef }: { targetRef: { name: string } }) => targetRef.name)).toEqual([
      active[0].metadata.name,
    ]);
    expect(await text('/')).toContain('<title>Journal</title>');
  });

  test('all of the web requests are served by these two slices, and a page is read through memcached', async () => {
    const id = await post('/entry', { user: 'mark', subject: 'current architecture', body: 'thirteen servers' });
    await ask(`/entry/${id}`);
    const again = await ask(`/entry/${id}`);
    expect(again.headers.get('x-cache')).toBe('hit');
    expect(await again.text()).toContain('thirteen servers');
    // Requests at once, as one after the other may all have the connection that is open; and a slice that was away is asked again
    // when the cluster's DNS names it. Apache has them in its log, beside those of its probe.
    await until('requests at both', async () => {
      await Promise.all(Array.from({ length: 40 }, () => ask('/address')));
      const logs = await Promise.all((await podsOf(SITE, 'web')).map((pod) => kubectl('-n', SITE, 'logs', pod)));
      return logs.every((log) => log.includes('GET /address'));
    });
  });

  test("requests reach Apache with the client's own address, whatever the client says of itself", async () => {
    const { said, own } = await clientAddress(`${await siteUrl()}/address`);
    expect(said).toBe(own);
  });

  test('static files are served by these machines: with no web slice at all, and by no other', async () => {
    expect(await inPod('deployment/seed-web', 'apache', 'ls', '/srv/journal/htdocs/stc')).toContain('journal.css');
    await kubectl('-n', SITE, 'scale', 'deployment', 'seed-web', '--replicas=0');
    try {
      const web = ['-n', SITE, 'pods', '-l', 'app.kubernetes.io/name=web'];
      await until('the end of every web slice', async () => (await get(...web)).items.length === 0);
      expect(await text('/stc/journal.css')).toContain('serif');
      expect((await ask('/img/dot.svg')).headers.get('content-type')).toBe('image/svg+xml');
      await expect(ask('/')).rejects.toThrow();
    } finally {
      await kubectl('-n', SITE, 'scale', 'deployment', 'seed-web', '--replicas=2');
    }
    await ready(SITE, ['seed-web'], 180);
    await pageAnswers();
  });
});
