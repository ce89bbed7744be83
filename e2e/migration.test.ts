import { join } from 'node:path';
import { ROOT, apply, bringUp, get, ready, removeNamespaces, synth, withCluster } from './support';

const NAMESPACE = 'e2e-migration';
const MAIN = join(ROOT, 'e2e', 'sites', 'migration.ts');
const SETS = ['e2e-migration-web', 'e2e-migration-jobs'];

interface Terminated {
  readonly terminated?: { readonly finishedAt: string };
}

withCluster('a migration', () => {
  beforeAll(() => bringUp(MAIN, { [NAMESPACE]: SETS }));

  afterAll(() => removeNamespaces(NAMESPACE));

  const jobs = async () => (await get('-n', NAMESPACE, 'jobs')).items;

  test('no web slice and no worker started before it had ended', async () => {
    const pods = async (role: string) =>
      (await get('-n', NAMESPACE, 'pods', '-l', `app.kubernetes.io/name=${role}`)).items;
    const [job] = await pods('web-migrate');
    const statuses = job.status.containerStatuses as { readonly name: string; readonly state: Terminated }[];
    const ended = Date.parse(statuses.find(({ name }) => name === 'migrate')!.state.terminated!.finishedAt);
    for (const pod of [...(await pods('web')), ...(await pods('jobs'))]) {
      const started = Date.parse(pod.status.containerStatuses[0].state.running.startedAt);
      process.stdout.write(`${pod.metadata.name} started ${(started - ended) / 1000} s after it\n`);
      expect(started).toBeGreaterThanOrEqual(ended);
      expect(pod.status.containerStatuses[0].restartCount).toBe(0);
    }
  });

  test('a change of a file that it does not read is rolled out, and runs it no second time', async () => {
    const names = async () => (await jobs()).map((each: { metadata: { name: string } }) => each.metadata.name);
    const before = await names();
    await apply(synth(MAIN, { PAGE: 'b' }));
    await ready(NAMESPACE, SETS);
    expect(await names()).toEqual(before);
  });
});
