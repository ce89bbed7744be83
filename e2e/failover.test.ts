import { SCENARIOS } from './failover/scenarios';
import { kubectl, withCluster } from './support';

const NAMESPACE = 'e2e-failover';

/** The rest, with its distributions, is `npm run bench:failover`: it takes nodes away. */
withCluster('a pair with a heartbeat', () => {
  beforeAll(() => void (process.env['HEARTBEAT_NAMESPACE'] = NAMESPACE));
  afterAll(() => kubectl('delete', 'namespace', NAMESPACE, '--wait=false'));

  test('hands over before a planned stop, so that no request of 200 a second fails', async () => {
    const handOver = await SCENARIOS['handover']!();
    expect(await handOver()).toMatchObject({ failed: 0, errors: [] });
  });

  test('answers again within 3 s after its engine was stopped', async () => {
    const stop = await SCENARIOS['engine-stopped']!();
    const { seconds, otherAnswersAfter } = await stop();
    expect(seconds).toBeLessThan(3);
    expect(otherAnswersAfter).toBeDefined();
  });

  test('is never active twice, whatever becomes of the pods and their network', async () => {
    const makeFaults = await SCENARIOS['random-faults']!();
    const { overlaps, terms } = await makeFaults();
    expect(overlaps).toBe(0);
    expect(terms).toBeGreaterThan(1);
  });
});
