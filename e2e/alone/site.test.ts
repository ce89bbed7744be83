import { removeNamespaces, withCluster } from '../support';
import { lose, nodeOf } from '../site/losses';
import type { SiteUp } from '../site/losses';
import { bringSiteUp } from '../site/sites';
import { withPower } from '../with-power';

withCluster('a site that loses a node', () => {
  let up: SiteUp;

  beforeAll(async () => void (up = await bringSiteUp('ams')));

  afterAll(() => removeNamespaces('ams'));

  withPower(
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
