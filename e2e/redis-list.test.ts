import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Prometheus } from './prometheus';
import { ROOT, apply, kubectl, podsOf, ready, removeNamespaces, synth, until, withCluster } from './support';

const NAMESPACE = 'e2e-lists';
const OUTSIDE = 'e2e-lists-outside';
const IMAGE = 'docker.io/valkey/valkey:8.1';
const PASSWORD = 'told-by-its-owner';

/** Valkey in a namespace that is not the site's, behind a Service. */
function outside(): object {
  const metadata = { name: 'valkey', namespace: OUTSIDE, labels: { app: 'valkey' } };
  const command = ['valkey-server', '--bind', '*', '--requirepass', PASSWORD, '--save', '', '--dir', '/tmp'];
  const container = { name: 'valkey', image: IMAGE, command, readinessProbe: { tcpSocket: { port: 6379 } } };
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OUTSIDE } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { securityContext: { runAsUser: 10_001 }, containers: [container] },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: 'valkey' }, ports: [{ port: 6379 }] } },
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}

withCluster('a queue in lists of Valkey outside', () => {
  let prometheus: Prometheus;

  beforeAll(async () => {
    await removeNamespaces(NAMESPACE, OUTSIDE);
    const running = promisify(execFile)('kubectl', ['apply', '-f', '-']);
    running.child.stdin?.end(JSON.stringify(outside()));
    await running;
    const folder = synth(join(ROOT, 'e2e', 'sites', 'redis-list.ts'));
    await apply(folder);
    const literal = `--from-literal=password=${PASSWORD}`;
    await kubectl('-n', NAMESPACE, 'create', 'secret', 'generic', 'valkey', literal);
    await ready(NAMESPACE, ['e2e-lists-jobs', 'e2e-lists-admin']);
    prometheus = await Prometheus.in(NAMESPACE, 'e2e-lists-admin-1');
  });

  afterAll(async () => {
    prometheus?.end();
    await removeNamespaces(NAMESPACE, OUTSIDE);
  });

  const valkey = (...command: string[]) =>
    kubectl('-n', OUTSIDE, 'exec', 'valkey', '--', 'valkey-cli', '-a', PASSWORD, '--no-auth-warning', ...command);

  const lengths = () => prometheus.values('queue_ready', 'queue');

  test('its workers take jobs that others have put there', async () => {
    await valkey('RPUSH', 'queues:default', 'first');
    const [pod] = await podsOf(NAMESPACE, 'jobs');
    await until('it was taken', async () => (await kubectl('-n', NAMESPACE, 'logs', pod)).includes('first'));
  });

  test('the figures tell the length of each list', async () => {
    await until('empty lists', async () => {
      const { default: one, mail } = await lengths();
      return one === 0 && mail === 0;
    });
    await kubectl('-n', NAMESPACE, 'scale', 'deployment/e2e-lists-jobs', '--replicas=0');
    await kubectl('-n', NAMESPACE, 'wait', '--for=delete', 'pod', '-l', 'app.kubernetes.io/name=jobs', '--timeout=90s');
    await valkey('RPUSH', 'queues:default', 'a', 'b', 'c');
    await valkey('RPUSH', 'queues:mail', 'd');
    await until('three and one', async () => {
      const { default: three, mail } = await lengths();
      return three === 3 && mail === 1;
    });
    await kubectl('-n', NAMESPACE, 'scale', 'deployment/e2e-lists-jobs', '--replicas=1');
    await until('an empty list again', async () => (await lengths())['default'] === 0);
    expect(await lengths()).toEqual({ default: 0, mail: 1 });
  });
});
