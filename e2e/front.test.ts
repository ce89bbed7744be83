import { execFile, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { addressOf, apply, get, kubectl, ready, removeNamespaces, synth, until, withCluster } from './support';

const NAMESPACE = 'e2e-front';
const LB = `${NAMESPACE}-lb`;
const run = promisify(execFile);

const installed =
  process.env['KUBECONFIG'] !== undefined && spawnSync('kubectl', ['get', 'gatewayclass/traefik']).status === 0;
const withTraefik = installed ? withCluster : describe.skip;
if (!installed) process.stderr.write('Traefik is not installed: skipped\n');

const GATEWAY = JSON.stringify({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: NAMESPACE, namespace: 'traefik' },
  spec: {
    gatewayClassName: 'traefik',
    listeners: [{ name: 'web', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }],
  },
});

/** Traefik's entry point of port 443 has TLS, as in its chart: `--entrypoints.websecure.http.tls`. */
withTraefik('what stands in front of a balancer', () => {
  let traefik: string;

  async function bringUp(front: string, engine = 'nginx'): Promise<void> {
    await apply(synth('e2e/sites/front.ts', { FRONT: front, ENGINE: engine }));
    await ready(NAMESPACE, [`${NAMESPACE}-web`, LB]);
  }

  /** The status, the redirect and the body that curl gets of the site at an address. */
  async function curl(url: string, address: string, ...options: string[]) {
    const to = `::${address.includes(':') ? address : `${address}:`}`;
    const there = ['-s', '-k', '-m', '5', '--connect-to', to, '-w', '\n%{http_code} %{redirect_url}'];
    const { stdout } = await run('curl', [...there, ...options, url]).catch((error) => error as { stdout: string });
    const [, body = '', status, location] = /^([^]*)\n(\d+) (.*)$/.exec(stdout) ?? [];
    return { status: Number(status), location, body };
  }

  const served = (url: string) =>
    until(`an answer of ${url}`, async () => {
      const { status, body } = await curl(url, traefik);
      return status === 200 && (JSON.parse(body) as Record<string, string>);
    });

  /** The address of the active slice's node. */
  const active = async () => {
    const label = 'cdk8s-slices/instance-role=active';
    const { items } = await get('-n', NAMESPACE, 'pods', '-l', `app.kubernetes.io/name=lb,${label}`);
    return items[0] as { metadata: { name: string }; status: { hostIP: string; podIP: string } };
  };

  /** Seconds from the first failed request to the last, 20 a second, while the active slice is killed. */
  async function failover(url: string): Promise<void> {
    const failed: number[] = [];
    const asked: Promise<void>[] = [];
    const { metadata } = await active();
    const begin = performance.now();
    for (let index = 0; index < 400; index++) {
      await sleep(Math.max(0, begin + index * 50 - performance.now()));
      const at = performance.now();
      asked.push(curl(url, traefik).then(({ status }) => void (status !== 200 && failed.push(at))));
      if (index === 60)
        asked.push(
          kubectl('-n', NAMESPACE, 'delete', 'pod', metadata.name, '--force', '--grace-period=0').then(() => undefined),
        );
    }
    await Promise.all(asked);
    const seconds = failed.length > 0 ? (Math.max(...failed) - Math.min(...failed)) / 1000 : 0;
    process.stdout.write(`${url}: ${failed.length} of 400 failed, over ${seconds.toFixed(1)} s\n`);
    expect(seconds).toBeLessThan(10);
    expect((await active()).metadata.name).not.toBe(metadata.name);
    await ready(NAMESPACE, [LB]);
  }

  /** What a pod without the controller's labels gets of the active slice. */
  async function stranger(): Promise<string> {
    const { status } = await active();
    const ask = `fetch('http://${status.podIP}:8080/', { signal: AbortSignal.timeout(4000), headers: { 'X-Forwarded-For': '192.0.2.1' } })`;
    const script = `${ask}.then((r) => console.log('status', r.status), (e) => console.log('none', e.name))`;
    return kubectl(
      'run',
      'stranger',
      '-n',
      'traefik',
      '--rm',
      '-i',
      '--restart=Never',
      '--quiet',
      '--image=docker.io/library/node:24-slim',
      '--image-pull-policy=IfNotPresent',
      '--',
      'node',
      '-e',
      script,
    );
  }

  beforeAll(async () => {
    await removeNamespaces(NAMESPACE);
    traefik = await addressOf('traefik', 'traefik');
    await bringUp('loadBalancer');
  });

  afterAll(async () => {
    await kubectl('-n', 'traefik', 'delete', 'gateway', NAMESPACE, '--ignore-not-found');
    await removeNamespaces(NAMESPACE);
  });

  test('an Ingress takes the place of the load balancer', async () => {
    expect(await stranger()).toContain('status 200');
    await bringUp('ingress');
    const headers = await served('https://front.example/');
    expect(headers).toMatchObject({ host: 'front.example', 'x-forwarded-proto': 'https' });
    const before = headers['x-forwarded-for'];
    const spoofed = await curl('https://front.example/', traefik, '-H', 'X-Forwarded-For: 192.0.2.1');
    expect(JSON.parse(spoofed.body)['x-forwarded-for']).toBe(before);
    expect(before).toMatch(/^172\.30\.0\./);
    const plain = await curl('http://front.example/a?b', traefik);
    expect([plain.status, plain.location]).toEqual([308, 'https://front.example/a?b']);
    expect((await curl('https://other.example/', traefik)).status).toBe(404);
    expect(await stranger()).toContain('none');
  });

  test('behind it, another slice takes over', () => failover('https://front.example/'));

  test.each(['nginx', 'haproxy'])('a Gateway leads to %s', async (engine) => {
    await run('sh', ['-c', 'printf %s "$0" | kubectl apply -f -', GATEWAY]);
    await kubectl('-n', NAMESPACE, 'delete', 'ingress', '--all');
    await bringUp('gateway', engine);
    expect(await served('http://front.example/')).toMatchObject({ 'x-forwarded-proto': 'http' });
    const spoofed = await curl('http://front.example/', traefik, '-H', 'X-Forwarded-For: 192.0.2.1');
    expect(JSON.parse(spoofed.body)['x-forwarded-for']).toMatch(/^172\.30\.0\./);
    expect(await stranger()).toContain('none');
  });

  test('a port of the node of the active slice answers, and no other node', async () => {
    await bringUp('nodePort');
    const { status } = await active();
    const { items } = await get('nodes');
    // oxlint-disable-next-line typescript/no-explicit-any
    const nodes: string[] = items.map((each: any) => each.status.addresses[0].address);
    await until('an answer', async () => (await curl('http://any.example/', `${status.hostIP}:30480`)).status === 200);
    for (const node of nodes) {
      const answer = await curl('http://any.example/', `${node}:30480`);
      expect([node, answer.status]).toEqual([node, node === status.hostIP ? 200 : 0]);
    }
  });
});
