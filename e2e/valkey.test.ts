import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { node, processes, send } from './failover/cluster';
import { ROOT, bringUp, get, kubectl, podsOf, removeNamespaces, until, withCluster } from './support';
import { Writers } from './valkey-writers';
import { withPower } from './with-power';

const NAMESPACE = 'e2e-valkey';
const PODS = ['e2e-valkey-valkey-1', 'e2e-valkey-valkey-2'];

withCluster('a pair of Valkey servers', () => {
  const writers = new Writers(NAMESPACE, 'e2e-valkey-jobs');

  beforeAll(() =>
    bringUp(join(ROOT, 'e2e/sites/valkey.ts'), {
      [NAMESPACE]: ['e2e-valkey-valkey', 'e2e-valkey-jobs', 'e2e-valkey-admin'],
    }),
  );

  afterAll(() => removeNamespaces(NAMESPACE));

  async function lease() {
    const { metadata, spec } = await get('-n', NAMESPACE, 'lease', 'e2e-valkey-valkey');
    const fact = (name: string) => metadata.annotations?.[`cdk8s-slices/${name}`] as string | undefined;
    return { pod: spec.holderIdentity ? fact('pod') : undefined, replica: fact('replica'), primary: fact('primary') };
  }

  const nodeOf = async (pod: string): Promise<string> => (await get('-n', NAMESPACE, 'pod', pod)).spec.nodeName;

  /** Makes a fault of the primary while programs write, and returns what they saw. */
  async function during(name: string, fault: (primary: string) => Promise<unknown>, besidePrimary = false) {
    await until('a replica that may take over', async () => (await lease()).replica, 240);
    const before = await lease();
    if (besidePrimary) await writers.start('In', [await nodeOf(before.pod!)]);
    else await writers.start('NotIn', await Promise.all(PODS.map(nodeOf)));
    const since = await writers.now();
    await fault(before.pod!);
    await until('another primary', async () => (await lease()).primary !== before.primary && (await lease()).pod, 120);
    const seen = await writers.stop(since);
    process.stdout.write(`${name}: ${JSON.stringify(seen)}\n`);
    return seen;
  }

  test('workers take the jobs of a list, and programs have the variables of the pair', async () => {
    const { spec } = await get('-n', NAMESPACE, 'deployment', 'e2e-valkey-jobs');
    const names = spec.template.spec.containers[0].env.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['VALKEY_HOST', 'VALKEY_PORT', 'VALKEY_PASSWORD']));
    const [pod] = await podsOf(NAMESPACE, 'jobs');
    await kubectl(
      '-n',
      NAMESPACE,
      'exec',
      pod,
      '--',
      'bash',
      '-c',
      'REDISCLI_AUTH=$VALKEY_PASSWORD valkey-cli -h $VALKEY_HOST RPUSH queues:default first',
    );
    await until('it was taken', async () => (await kubectl('-n', NAMESPACE, 'logs', pod)).includes('first'));
  });

  test('a planned handover loses nothing', async () => {
    const { lost, longestGapMs } = await during('delete pod', (primary) =>
      kubectl('-n', NAMESPACE, 'delete', 'pod', primary, '--wait=false'),
    );
    expect(lost).toBe(0);
    expect(longestGapMs).toBeLessThan(6_000);
  });

  test.each([1, 2, 3])('the replica takes over from a primary that is killed (%i)', async () => {
    const { lost, longestGapMs } = await during('kill -9', (primary) =>
      kubectl(
        '-n',
        NAMESPACE,
        'exec',
        primary,
        '-c',
        'valkey',
        '--',
        'bash',
        '-c',
        'kill -9 $(</run/valkey/valkey.pid)',
      ),
    );
    // What was sent to the replica before is read by it: a process that is killed loses only what it was about to send.
    expect(lost).toBeLessThanOrEqual(3);
    expect(longestGapMs).toBeLessThan(6_000);
  });

  withPower(
    'the replica takes over from a primary whose agent is stopped, and whose server is killed by its script',
    async () => {
      const { lost } = await during('agent stopped for 8 s', async (primary) => {
        const pids = await processes(NAMESPACE, primary, 'node');
        expect(pids.length).toBeGreaterThan(0);
        send(pids, 'SIGSTOP');
        await sleep(8_000);
        send(pids, 'SIGCONT');
      });
      expect(lost).toBeLessThanOrEqual(3);
    },
  );

  withPower(
    'a primary that is cut off stops taking the writes of programs beside it, which may be lost until then',
    async () => {
      const { lastLostMs } = await during(
        'its node cut off for 8 s, programs beside it',
        async (primary) => {
          const cut = await nodeOf(primary);
          await node('cut', cut);
          await sleep(8_000);
          await node('heal', cut);
        },
        true,
      );
      expect(lastLostMs).toBeLessThan(5_000);
    },
  );

  withPower('the replica takes over from a primary whose node loses its power', async () => {
    let off = '';
    try {
      const { longestGapMs } = await during('power of its node off', async (primary) => {
        off = await nodeOf(primary);
        await node('off', off);
      });
      expect(longestGapMs).toBeLessThan(10_000);
    } finally {
      if (off !== '') await node('on', off);
    }
    await until('a replica again', async () => (await lease()).replica, 300);
  });
});
