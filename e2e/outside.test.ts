import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, get, kubectl, podsOf, ready, removeNamespaces, synth, until, urlOf, withCluster } from './support';

const NAMESPACE = 'guests';
/** The network that the site does not run: three servers in another namespace, of which the site declares two. */
const OUTSIDE = 'e2e-outside';
const IMAGE = 'docker.io/library/wordpress:6.8-apache';

const START = `mysqld --no-defaults --initialize-insecure --datadir=/tmp/db
cat > /tmp/init.sql <<END
CREATE DATABASE guests;
CREATE USER guests IDENTIFIED BY 'told by its owner';
GRANT ALL ON guests.* TO guests;
END
exec mysqld --no-defaults --datadir=/tmp/db --socket=/tmp/mysql.sock --pid-file=/tmp/mysqld.pid --mysqlx=OFF \\
  --innodb-buffer-pool-size=64M --performance-schema=OFF --skip-log-bin --init-file=/tmp/init.sql`;

/** A pod that is no part of any site. */
function server(name: string, image: string, user: number, command: string[], port: number): object {
  const requests = { cpu: '50m', memory: name.startsWith('mysql') ? '512Mi' : '64Mi' };
  const readinessProbe = { tcpSocket: { port }, periodSeconds: 1 };
  const spec = {
    securityContext: { runAsUser: user },
    containers: [{ name, image, command, readinessProbe, resources: { requests } }],
    terminationGracePeriodSeconds: 1,
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: OUTSIDE }, spec };
}

withCluster('a site whose database and cache are outside', () => {
  let folder: string;
  let address: Record<string, string>;

  beforeAll(async () => {
    await removeNamespaces(NAMESPACE, OUTSIDE);
    await kubectl('create', 'namespace', OUTSIDE);
    const memcached = ['sh', '-c', 'memcached --memory-limit=16 --port=11212 & exec memcached --memory-limit=16'];
    await applied([
      server('mysql', 'docker.io/library/mysql:9.7', 999, ['/bin/sh', '-ec', START], 3306),
      server('memcached', 'docker.io/library/memcached:1.6', 11_211, memcached, 11_211),
      server('other', 'docker.io/library/memcached:1.6', 11_211, memcached, 11_211),
    ]);
    await kubectl('-n', OUTSIDE, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=180s');
    const { items } = await get('-n', OUTSIDE, 'pods');
    // oxlint-disable-next-line typescript/no-explicit-any
    address = Object.fromEntries(items.map(({ metadata, status }: any) => [metadata.name, status.podIP]));
    const main = join(ROOT, 'examples', 'outside', 'main.ts');
    folder = synth(main, { DB_HOST: address['mysql']!, CACHE: `${address['memcached']}:11211`, IMAGE });
  });

  afterAll(() => removeNamespaces(NAMESPACE, OUTSIDE));

  async function secrets(): Promise<string[]> {
    const { stdout } = await promisify(execFile)('npx', ['tsx', 'cli/main.ts', 'secrets', folder], { cwd: ROOT });
    return stdout.trim().split('\n');
  }

  test('the command says which Secrets are missing and whose they are, and makes up none of their values', async () => {
    const create = `kubectl -n ${NAMESPACE} create secret generic`;
    expect((await secrets()).filter((line) => line.includes('missing'))).toEqual([
      `secret guests/guests-database: password missing, which only ${address['mysql']} can give: ${create} guests-database --from-file=password`,
      `secret guests/guests-s3: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY missing, which only s3.example.net can give: ${create} guests-s3 --from-file=AWS_ACCESS_KEY_ID --from-file=AWS_SECRET_ACCESS_KEY`,
    ]);
    const { items } = await get('-n', NAMESPACE, 'secrets');
    expect(items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(['guests-lb-heartbeat']);
  });

  test('until they are there, slices wait, and kubectl describe names the Secret', async () => {
    await kubectl('apply', '-f', folder);
    const [pod] = await until('a pod', () => podsOf(NAMESPACE, 'web'));
    await until('a slice that waits', async () =>
      (await kubectl('-n', NAMESPACE, 'describe', 'pod', pod)).includes('Error: secret "guests-database" not found'),
    );
    const create = ['-n', NAMESPACE, 'create', 'secret', 'generic'];
    await kubectl(...create, 'guests-database', '--from-literal=password=told by its owner');
    const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    await kubectl(...create, 'guests-s3', ...keys.map((key) => `--from-literal=${key}=example`));
    expect((await secrets()).filter((line) => line.includes('missing'))).toEqual([]);
    await ready(NAMESPACE, ['guests-web', 'guests-lb']);
  });

  test('its pages write to the database, and read from it and from the cache', async () => {
    const url = await urlOf(NAMESPACE, 'guests-lb', '/guests/healthy.html');
    const book = `${url}/guests/book.php`;
    for (const name of ['Ada', 'Grace', 'Ada'])
      await fetch(book, { method: 'POST', body: new URLSearchParams({ name }) });
    expect((await (await fetch(book)).text()).trim().split('\n')).toEqual(['Ada', 'Grace', 'in the cache: 2']);
    const rows = ['exec', 'mysql', '--', 'mysql', '--no-defaults', '--socket=/tmp/mysql.sock', '--user=root'];
    expect(
      await kubectl('-n', OUTSIDE, ...rows, '--skip-column-names', '--execute=SELECT name FROM guests.guests'),
    ).toBe('Ada\nGrace\n');
  });

  test('a server beside them that is not declared is out of reach, and so is another port of one that is', async () => {
    const [pod] = await podsOf(NAMESPACE, 'web');
    const connects = (host: string, port: number) => {
      const code = `echo @fsockopen('${host}', ${port}, $code, $message, 3) ? 'connected' : $message;`;
      return kubectl('-n', NAMESPACE, 'exec', pod, '--', 'php', '-r', code);
    };
    expect(await connects(address['memcached']!, 11_211)).toBe('connected');
    for (const [host, port] of [
      [address['other']!, 11_211],
      [address['memcached']!, 11_212],
    ] as const) {
      expect(await connects(host, port)).toMatch(/timed out|refused|prohibited/);
      // The policy refuses the site alone.
      const ask = `exec 3<>/dev/tcp/${host}/${port}; printf 'version\\r\\n' >&3; head -1 <&3`;
      expect(await kubectl('-n', OUTSIDE, 'exec', 'mysql', '--', 'bash', '-c', ask)).toContain('VERSION 1.6');
    }
  });

  async function applied(items: object[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const running = promisify(execFile)('kubectl', ['apply', '-f', '-']);
    running.child.stdin?.end(list);
    await running;
  }
});
