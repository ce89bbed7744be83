import { ROOT, bringUp, removeNamespaces, urlOf, withCluster } from './support';
import { join } from 'node:path';
import { lose, nodeOf } from './site/losses';

const faults = process.env['CLUSTER'] ? test : test.skip;
if (!process.env['CLUSTER'])
  process.stderr.write('CLUSTER names no program that makes faults: no node loses its power here\n');

withCluster('a site that loses a node', () => {
  const up = { namespace: 'ams', url: '' };

  beforeAll(async () => {
    await bringUp(join(ROOT, 'examples/quickstart/main.ts'), {
      ams: ['db', 'memc', 'web', 'lb'].map((role) => `ams-${role}`),
    });
    up.url = await urlOf('ams', 'ams-lb');
  });

  afterAll(() => removeNamespaces('ams'));

  faults(
    'has good pages again after 3 s, and no page fails later, where Kubernetes takes 40 s to notice',
    async () => {
      const loss = await lose(up, 'power', await nodeOf(up, 'lb'), 30);
      process.stdout.write(`${JSON.stringify(loss)}\n`);
      expect(loss.markedAfterSeconds).toBeLessThan(3);
      for (const seen of [loss.patient, loss.hasty]) {
        expect(seen.asked).toBeGreaterThan(50);
        expect(seen.badForSeconds).toBeLessThanOrEqual(3);
        expect(seen.failedLater).toBe(0);
      }
    },
    300_000,
  );
});
