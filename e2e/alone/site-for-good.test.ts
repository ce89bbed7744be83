import { removeNamespaces, withCluster } from '../support';
import { loseForGood } from '../site/for-good';
import { nodeOf } from '../site/losses';
import type { SiteUp } from '../site/losses';
import { bringSiteUp } from '../site/sites';
import { withPower } from '../with-power';

withCluster('a site that loses a node for good', () => {
  let up: SiteUp;

  beforeAll(async () => void (up = await bringSiteUp('ams')));

  afterAll(() => removeNamespaces('ams'));

  withPower(
    'has every slice without a volume on the other nodes within 90 s, and one with a volume by one command',
    async () => {
      const loss = await loseForGood(up, await nodeOf(up, 'web-1'), 120);
      process.stdout.write(`${JSON.stringify(loss)}\n`);
      expect(Object.keys(loss.wholeAfterSeconds)).toContain('web');
      for (const [role, seconds] of Object.entries(loss.wholeAfterSeconds))
        expect([role, (seconds ?? Infinity) < 90]).toEqual([role, true]);
      const databases = loss.slices.filter((slice) => slice.startsWith('ams-db-'));
      expect(Object.keys(loss.replacedInSeconds)).toEqual(databases);
    },
    600_000,
  );
});
