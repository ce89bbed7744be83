import { join } from 'node:path';
import { node } from './failover/cluster';
import { Receiver } from './receiver';
import { withPower } from './with-power';
import { ROOT, apply, get, kubectl, ready, removeNamespaces, synth, until, withCluster } from './support';

const NAMESPACE = 'e2e-notify';
const RECEIVER = 'e2e-notify-receiver';

/** What is promised: from the death of a slice to the message. */
const PROMISED_SECONDS = 90;

withCluster('people are told of alerts', () => {
  let receiver: Receiver;

  beforeAll(async () => {
    await removeNamespaces(NAMESPACE, RECEIVER);
    receiver = await Receiver.start(RECEIVER);
    const [first, second] = receiver.address.split('.');
    const folder = synth(join(ROOT, 'e2e/sites/notify.ts'), {
      RECEIVER: receiver.address,
      NETWORK: `${first}.${second}.0.0/16`,
      RECEIVER_NODE: receiver.node,
    });
    await kubectl('create', 'namespace', NAMESPACE);
    const url = `--from-literal=url=http://${receiver.address}:8080/slack`;
    await kubectl('-n', NAMESPACE, 'create', 'secret', 'generic', 'e2e-notify-slack', url);
    await apply(folder);
    await ready(NAMESPACE, ['e2e-notify-memc', 'e2e-notify-admin']);
  });

  afterAll(async () => {
    await removeNamespaces(NAMESPACE, RECEIVER);
  });

  async function called(status: string, of: (labels: Record<string, string>) => boolean): Promise<boolean> {
    const calls = await receiver.calls('/webhook');
    return calls.some(({ body }) =>
      body.alerts.some(
        (each: { status: string; labels: Record<string, string> }) => each.status === status && of(each.labels),
      ),
    );
  }

  const webhook = (status: string, name: string) =>
    called(status, ({ alertname, slice }) => alertname === 'SliceDown' && slice?.startsWith(name) === true);

  test('workers without probes that crash at once are told of, and a slice that is well is not', async () => {
    // A kubelet may list such a pod in none of its figures: then its role lacks a slice.
    const isTold = ({ alertname, role, slice }: Record<string, string>) =>
      (alertname === 'SliceDown' && slice?.startsWith('e2e-notify-jobs-') === true) ||
      (alertname === 'SlicesMissing' && role === 'e2e-notify-jobs');
    await until('the alert of the workers', () => called('firing', isTold), 300);
    for (const slice of ['memc01', 'memc02', 'admin01'])
      expect([slice, await webhook('firing', `e2e-notify-${slice}`)]).toEqual([slice, false]);
  });

  test("the dead man's switch is called again and again, and its call goes to nobody else", async () => {
    await until('two calls', async () => (await receiver.calls('/watchdog')).length >= 2, 150);
    expect(JSON.stringify(await receiver.calls('/webhook'))).not.toContain('Watchdog');
    expect(await receiver.mail()).not.toContain('Watchdog');
  });

  test('a slice that is gone is told of in 90 seconds by mail, by a call and by Slack, and so is its return', async () => {
    const scale = (count: number) =>
      kubectl('-n', NAMESPACE, 'scale', 'statefulset/e2e-notify-memc', `--replicas=${count}`);
    const death = performance.now();
    await scale(1);
    const seconds = () => Math.round((performance.now() - death) / 1000);
    const took = new Map<string, number>();
    const mentioned = async (kind: string, text: Promise<string>) =>
      (await text).includes('e2e-notify-memc02 has not been ready') && took.get(kind) === undefined;
    await until('the messages', async () => {
      if (await mentioned('mail', receiver.mail())) took.set('mail', seconds());
      if (
        await mentioned(
          'slack',
          receiver.calls('/slack').then((calls) => JSON.stringify(calls)),
        )
      )
        took.set('slack', seconds());
      if (!took.has('webhook') && (await webhook('firing', 'e2e-notify-memc02'))) took.set('webhook', seconds());
      return took.size === 3;
    });
    process.stdout.write(`told after ${JSON.stringify(Object.fromEntries(took))} s\n`);
    expect(Math.max(...took.values())).toBeLessThanOrEqual(PROMISED_SECONDS);
    expect(await receiver.mail()).toMatch(/^Subject: FIRING SliceDown/m);
    await scale(2);
    const back = performance.now();
    await until('its return', () => webhook('resolved', 'e2e-notify-memc02'), 240);
    process.stdout.write(`its return after ${Math.round((performance.now() - back) / 1000)} s\n`);
    await until('the mail of it', async () => /RESOLVED SliceDown/.test(await receiver.mail()), 30);
  });

  withPower('a slice whose node lost its power is told of in 90 seconds', async () => {
    const { items } = await get('-n', NAMESPACE, 'pods', '--selector=app.kubernetes.io/name=memc');
    const pods = items as { metadata: { name: string }; spec: { nodeName: string } }[];
    const lost = pods.find(({ spec }) => spec.nodeName !== receiver.node)!;
    const slice = lost.metadata.name.replace(/-(\d)$/, '0$1');
    const before = (await receiver.mail()).length;
    const death = performance.now();
    await node('off', lost.spec.nodeName);
    try {
      const told = async () => (await receiver.mail()).slice(before).includes(`FIRING SliceDown (critical)\n${slice} `);
      await until('the mail', told, PROMISED_SECONDS);
      process.stdout.write(`of a lost node after ${Math.round((performance.now() - death) / 1000)} s\n`);
    } finally {
      await node('on', lost.spec.nodeName);
    }
  });

  test('the containers of the Admin stayed in their RAM, and were never started again', async () => {
    const { status } = await get('-n', NAMESPACE, 'pod', 'e2e-notify-admin-1');
    const restarts = status.containerStatuses as { name: string; restartCount: number }[];
    expect(restarts.map(({ name, restartCount }) => `${name} ${restartCount}`).sort()).toEqual([
      'alertmanager 0',
      'exporter 0',
      'prometheus 0',
    ]);
    const node = (await get('-n', NAMESPACE, 'pod', 'e2e-notify-admin-1')).spec.nodeName as string;
    const figures = await kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/metrics/resource`);
    const taken = /^container_memory_working_set_bytes\{container="alertmanager",namespace="e2e-notify",.*\} (\S+)/m;
    const mebibytes = Number(taken.exec(figures)?.[1]) / 1024 / 1024;
    process.stdout.write(`Alertmanager takes ${Math.round(mebibytes)} MiB\n`);
    expect(mebibytes).toBeLessThan(40);
  });
});
