import { get, kubectl, loadWhile } from '../support';
import { onTheSite } from './on-the-site';
import { everySliceReady, pageAnswers, siteUrl } from './site';

onTheSite('a drain of each node in turn', () => {
  test('under 100 requests a second no request fails', async () => {
    await pageAnswers();
    const nodes = (await get('nodes')).items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    const failed: Record<string, string[]> = {};
    for (const name of nodes) {
      const { sent, failures } = await loadWhile(`${await siteUrl()}/`, 100, async () => {
        try {
          await kubectl('drain', name, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=240s');
        } finally {
          await kubectl('uncordon', name);
        }
        await everySliceReady();
      });
      process.stderr.write(`${name} drained: ${sent} requests, ${failures.length} failed\n`);
      failed[name] = failures;
    }
    expect(failed).toEqual(Object.fromEntries(nodes.map((name: string) => [name, []])));
  });
});
