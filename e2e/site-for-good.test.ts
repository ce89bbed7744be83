import { ROOT, bringUp, removeNamespaces, urlOf, withCluster } from './support';
import { join } from 'node:path';
import { loseForGood } from './site/for-good';
import { nodeOf } from './site/losses';

const faults = process.env['CLUSTER'] ? test : test.skip;
if (!process.env['CLUSTER'])
  process.stderr.write('CLUSTER names no program that makes faults: no node is lost for good here\n');

withCluster('a site that loses a node for good', () => {
  const up = { namespace: 'ams', url: '' };

  beforeAll(async () => {
    await bringUp(join(ROOT, 'examples/quickstart/main.ts'), {
      ams: ['db', 'memc', 'web', 'lb'].map((role) => `ams-${role}`),
    });
    up.url = await urlOf('ams', 'ams-lb');
  });

  afterAll(() => removeNamespaces('ams'));

  faults(
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
