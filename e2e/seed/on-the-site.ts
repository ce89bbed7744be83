import { get, hasImage, withCluster } from '../support';
import { IMAGES, MAIL, SITE } from './site';

/** The tests of the site, and that no slice ran out of the RAM that it had in 2009 meanwhile. */
export function onTheSite(name: string, tests: () => void): void {
  const missing = IMAGES.filter((image) => !hasImage(image));
  if (missing.length > 0) process.stderr.write(`${name}: skipped, not every node has ${missing.join(', ')}\n`);
  (missing.length > 0 ? describe.skip : withCluster)(name, () => {
    tests();

    test('and no container was killed for memory', async () => {
      const pods = [...(await get('-n', SITE, 'pods')).items, ...(await get('-n', MAIL, 'pods')).items];
      const statuses = pods.flatMap(({ metadata, status }: Pod) =>
        [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map((each) => ({
          name: `${metadata.name}/${each.name}`,
          ended: [each.lastState?.terminated?.reason, each.state?.terminated?.reason],
        })),
      );
      expect(statuses.length).toBeGreaterThan(13);
      expect(statuses.filter(({ ended }) => ended.includes('OOMKilled'))).toEqual([]);
    });
  });
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly status: { readonly initContainerStatuses?: Status[]; readonly containerStatuses?: Status[] };
}

interface Status {
  readonly name: string;
  readonly state?: { readonly terminated?: { readonly reason: string } };
  readonly lastState?: Status['state'];
}
