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
    'has all web slices on the other nodes within 90 s, and what has a volume by one command',
    async () => {
      const loss = await loseForGood(up, await nodeOf(up, 'web-1'), 120);
      process.stdout.write(`${JSON.stringify(loss)}\n`);
      expect(loss.wholeAfterSeconds).toEqual({ web: expect.any(Number) });
      expect(loss.wholeAfterSeconds['web']).toBeLessThan(90);
      const others = loss.slices.filter((slice) => !slice.startsWith('ams-web-'));
      expect(Object.keys(loss.replacedInSeconds)).toEqual(others);
    },
    600_000,
  );
});
