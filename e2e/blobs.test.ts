import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ROOT, bringUp, hasImage, kubectl, ready, removeNamespaces, until, urlOf, withCluster } from './support';

const NAMESPACE = 'e2e-blobs';
const FILES = 20;

const ENGINES = [
  {
    engine: 'garage',
    client: 'node /srv/s3.js',
    image: 'docker.io/dxflrs/garage:v2.5.0',
    sets: [] as string[],
    data: '/var/lib/garage/data',
    beside: 'keeper',
  },
  {
    engine: 'mogilefs',
    client: 'perl /srv/mogile.pl',
    image: 'ghcr.io/cdk8s-slices/mogilefs:2.73',
    sets: ['e2e-blobs-db'],
    data: '/var/mogdata -name "*.fid"',
    beside: 'storage',
  },
];

interface Tally {
  readonly done: number;
  readonly failed: number;
}

for (const { engine, client, image, sets, data, beside } of ENGINES) {
  const there = hasImage(image);
  if (!there) process.stderr.write(`${image} is not on every node: the tests of ${engine} are skipped\n`);

  (there ? withCluster : describe.skip)(engine, () => {
    const user = async <T>(...args: string[]): Promise<T> => {
      const command = [...client.split(' '), ...args];
      return JSON.parse(await kubectl('-n', NAMESPACE, 'exec', 'deployment/e2e-blobs-jobs', '--', ...command));
    };
    const as = (...args: string[]) => user<{ reads: Tally; writes: Tally }>(...args);
    const whole = () => until('every file', async () => (await as('check', `${FILES}`)).reads.failed === 0, 120);

    beforeAll(async () => {
      const roles = ['mog', 'jobs', 'web', 'nginx', 'perlbal'].map((role) => `e2e-blobs-${role}`);
      await bringUp(
        join(ROOT, 'e2e', 'sites', 'blobs.ts'),
        { [NAMESPACE]: [...sets, ...roles] },
        { env: { ENGINE: engine } },
      );
      await kubectl('-n', NAMESPACE, 'wait', '--for=condition=Complete', 'job', '--all', '--timeout=180s');
    });

    afterAll(() => removeNamespaces(NAMESPACE));

    test('what was stored is read again', async () => {
      await until('a store that takes files', async () => (await as('store', '1')).writes.failed === 0, 60);
      expect(await as('store', `${FILES}`)).toMatchObject({ writes: { done: FILES, failed: 0 } });
      expect(await as('check', `${FILES}`)).toMatchObject({ reads: { done: FILES, failed: 0 } });
    });

    test.each(['nginx', 'perlbal'])(
      '%s fetches what a page points to in the store, and from nowhere else',
      async (balancer) => {
        const url = await urlOf(NAMESPACE, `e2e-blobs-${balancer}`);
        const pointed = (to: string) =>
          fetch(url, {
            headers: balancer === 'nginx' ? { 'x-to-nginx': `/reproxy/${to}` } : { 'x-to-perlbal': `http://${to}` },
          });
        const { at, sha256 } = await user<{ at: string; sha256: string }>('point', 'f7');
        const file = await pointed(at);
        const body = Buffer.from(await file.arrayBuffer());
        expect([file.status, createHash('sha256').update(body).digest('hex')]).toEqual([200, sha256]);
        const elsewhere = await pointed('10.96.0.1:443/version');
        expect([elsewhere.status, await elsewhere.text()]).toEqual(
          balancer === 'nginx' ? [502, expect.stringContaining('502')] : [200, 'a page\n'],
        );
      },
    );

    test('with one slice gone every file is read, and a write is accepted or refused as the engine says', async () => {
      await kubectl('-n', NAMESPACE, 'scale', 'statefulset/e2e-blobs-mog', '--replicas=1');
      await kubectl('-n', NAMESPACE, 'wait', '--for=delete', 'pod/e2e-blobs-mog-2', '--timeout=120s');
      await whole();
      const { writes } = await as('store', '1');
      expect(writes).toMatchObject({ done: 1, failed: engine === 'garage' ? 1 : 0 });
      await kubectl('-n', NAMESPACE, 'scale', 'statefulset/e2e-blobs-mog', '--replicas=2');
      await ready(NAMESPACE, ['e2e-blobs-mog']);
      await until('a store that takes files', async () => (await as('store', '1')).writes.failed === 0, 120);
    });

    test('a slice that lost its volume is filled again by itself, and no read fails meanwhile', async () => {
      await kubectl('-n', NAMESPACE, 'delete', 'pvc', 'blobs-e2e-blobs-mog-2', '--wait=false');
      await kubectl('-n', NAMESPACE, 'delete', 'pod', 'e2e-blobs-mog-2');
      const probing = as('probe', '60');
      await ready(NAMESPACE, ['e2e-blobs-mog']);
      const count = ['sh', '-c', `find ${data} -type f | wc -l`];
      const began = performance.now();
      await until('the copies on the new volume', async () => {
        const files = await kubectl('-n', NAMESPACE, 'exec', 'e2e-blobs-mog-2', '-c', beside, '--', ...count);
        return Number(files) >= FILES;
      });
      const { reads, writes } = await probing;
      const seconds = Math.round((performance.now() - began) / 1000);
      process.stdout.write(`${engine}: copied ${seconds} s after it was ready; ${JSON.stringify({ reads, writes })}\n`);
      expect(reads).toMatchObject({ failed: 0 });
    });

    if (engine === 'mogilefs') {
      test('all files are checked when it is due, and none is missing', async () => {
        await kubectl('-n', NAMESPACE, 'create', 'job', 'check-now', '--from=cronjob/e2e-blobs-mog-check');
        await kubectl('-n', NAMESPACE, 'wait', '--for=condition=Complete', 'job/check-now', '--timeout=120s');
        const log = await kubectl('-n', NAMESPACE, 'logs', 'job/check-now');
        expect(log).toMatch(/Running: No/);
        expect(log).not.toMatch(/GONE|MISS/);
      });
    }
  });
}
