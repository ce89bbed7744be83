import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { podsOf, ROOT, get, kubectl, ready, removeNamespaces, synth, until, withCluster } from './support';

const NAMESPACE = 'e2e-secrets';

withCluster('the command that makes Secrets', () => {
  let folder: string;

  beforeAll(async () => {
    await removeNamespaces(NAMESPACE);
    folder = synth(join(ROOT, 'e2e', 'sites', 'secrets.ts'));
    await kubectl('apply', '-f', folder);
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  async function makeSecrets(): Promise<string[]> {
    const { stdout } = await promisify(execFile)('npx', ['tsx', 'cli/main.ts', 'secrets', folder], { cwd: ROOT });
    return stdout.trim().split('\n');
  }

  async function secret(name: string): Promise<{ data: Record<string, string>; version: string }> {
    const { data, metadata } = await get('-n', NAMESPACE, 'secret', name);
    return { data, version: metadata.resourceVersion };
  }

  test('until then a pod waits, and kubectl describe names the Secret', async () => {
    // While the kubelet tries again, its state is ContainerCreating for a moment.
    await until('a pod that waits for its Secret', async () => {
      const { status } = await get('-n', NAMESPACE, 'pod', (await podsOf(NAMESPACE, 'web'))[0]);
      return status.containerStatuses?.[0].state.waiting?.reason === 'CreateContainerConfigError';
    });
    expect(await kubectl('-n', NAMESPACE, 'describe', 'pod', (await podsOf(NAMESPACE, 'web'))[0])).toContain(
      'Error: secret "e2e-secrets-mailer" not found',
    );
  });

  test('it makes what lacks with random values, and changes none that is there', async () => {
    await kubectl('-n', NAMESPACE, 'create', 'secret', 'generic', 'e2e-secrets-shop', '--from-literal=SHOP_KEY=mine');
    expect((await makeSecrets()).filter((line) => line.startsWith('secret'))).toEqual([
      'secret e2e-secrets/e2e-secrets-mailer: made (random: MAILER_TOKEN)',
      'secret e2e-secrets/e2e-secrets-shop: added (random: SHOP_SALT)',
    ]);
    const { data } = await secret('e2e-secrets-shop');
    expect(Buffer.from(data['SHOP_KEY']!, 'base64').toString()).toBe('mine');
    expect(Buffer.from(data['SHOP_SALT']!, 'base64').toString()).toMatch(/^[A-Za-z0-9]{32}$/);
  });

  test('then the pod runs, by itself, with these values', async () => {
    await ready(NAMESPACE, ['e2e-secrets-web']);
    const { data } = await secret('e2e-secrets-mailer');
    const token = await kubectl(
      '-n',
      NAMESPACE,
      'exec',
      'deployment/e2e-secrets-web',
      '--',
      'printenv',
      'MAILER_TOKEN',
    );
    expect(token.trim()).toBe(Buffer.from(data['MAILER_TOKEN']!, 'base64').toString());
  });

  test('the next time it changes nothing', async () => {
    const names = ['e2e-secrets-mailer', 'e2e-secrets-shop'];
    const before = await Promise.all(names.map(secret));
    expect((await makeSecrets()).filter((line) => line.startsWith('secret'))).toEqual(
      names.map((name) => `secret ${NAMESPACE}/${name}: there`),
    );
    expect(await Promise.all(names.map(secret))).toEqual(before);
  });
});
