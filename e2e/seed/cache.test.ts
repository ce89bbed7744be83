import { get, loadWhile, ready } from '../support';
import { onTheSite } from './on-the-site';
import { SITE, applySite, ask, everySliceReady, inPod, kill, siteUrl } from './site';

onTheSite('memcached', () => {
  test('a dead one costs misses, not errors', async () => {
    const url = `${await siteUrl()}/`;
    const { sent, failures } = await loadWhile(url, 50, async () => {
      for (const pod of ['seed-memc-1', 'seed-memc-2']) {
        await kill(pod);
        await ready(SITE, ['seed-memc'], 120);
      }
    });
    expect(sent).toBeGreaterThan(50);
    expect(failures).toEqual([]);
  });

  test('they grow over time: two become three by one number, and no request fails meanwhile', async () => {
    const url = `${await siteUrl()}/`;
    const { sent, failures } = await loadWhile(url, 50, async () => {
      await applySite({ cacheSlices: '3' });
      await everySliceReady();
    });
    process.stderr.write(`two memcached became three: ${sent} requests, ${failures.length} failed\n`);
    expect(failures).toEqual([]);
    expect((await get('-n', SITE, 'statefulset', 'seed-memc')).spec.replicas).toBe(3);
    expect((await inPod('deployment/seed-web', 'apache', 'printenv', 'MEMC_SERVERS')).split(',')).toHaveLength(3);
    await ask('/');
    await applySite();
    await everySliceReady();
  });
});
