import { Size } from 'cdk8s';
import { BlobEngine, BlobStore, ExternalBlobStore, IConnectable, Site, WebTier } from '../constructs';
import { KEY, asProgram, startStore } from './s3/store';
import { endProgram } from './started';
import { Manifest, find, newSite, synth } from './support';
import { testWith } from './tools';

const testOnS3 = testWith('python');

let store: Awaited<ReturnType<typeof startStore>> | undefined;
afterEach(async () => {
  if (store) await endProgram(store.program);
  store = undefined;
});

/** The environment of a web tier's program, with the values that the keys of its Secrets have. */
function environment(uses: (site: Site) => IConnectable, secrets: Record<string, string>): Record<string, string> {
  const site = newSite();
  new WebTier(site, 'web', { ram: Size.gibibytes(1), image: 'example.org/shop:1', uses: [uses(site)] });
  const { env } = find(synth(site), 'Deployment', 'dfw-web').spec.template.spec.containers[0];
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }: Manifest) => [name, value ?? secrets[valueFrom.secretKeyRef.key]]),
  );
}

const bucket = (site: Site) =>
  new ExternalBlobStore(site, 'files', {
    endpoint: 'http://10.1.2.3:9000',
    bucket: 'shop',
    accessKey: { secret: 's3', key: 'id' },
    secretKey: { secret: 's3', key: 'secret' },
  });

/** The store of a test is on this machine, whose address no site may name. */
const at = (port: number) => ({ FILES_S3_ENDPOINT: `http://127.0.0.1:${port}` });

testOnS3('a client of S3 stores, lists and reads files by the variables of a store outside alone', async () => {
  store = await startStore('shop');
  const given = environment(bucket, { id: KEY.accessKey, secret: KEY.secretKey });
  expect(given['FILES_S3_ENDPOINT']).toBe('http://10.1.2.3:9000');
  const env = { ...given, ...at(store.port) };
  const files = (...action: string[]) => asProgram(env, 'FILES', ...action);
  await files('put', 'pictures/a b+c/ä.txt', 'a file');
  expect(await files('get', 'pictures/a b+c/ä.txt')).toBe('a file');
  expect(await files('list', 'pictures/')).toBe('pictures/a b+c/ä.txt');
  const url = await files('sign', 'pictures/a b+c/ä.txt');
  expect(await (await fetch(url)).text()).toBe('a file');
  expect((await fetch(url.replace('.txt?', '.png?'))).status).toBe(403);
});

testOnS3('a secret that is not the key’s is refused by the store', async () => {
  store = await startStore('shop');
  const env = { ...environment(bucket, { id: KEY.accessKey, secret: 'wrong' }), ...at(store.port) };
  await expect(asProgram(env, 'FILES', 'put', 'a', 'a file')).rejects.toThrow('SignatureDoesNotMatch');
});

testOnS3('the variables of Garage are those that a client of S3 wants, too', async () => {
  const garage = (site: Site) => new BlobStore(site, 'mog', { ram: Size.mebibytes(256), engine: BlobEngine.garage() });
  const env = environment(garage, { 'access-key': KEY.accessKey, 'secret-key': KEY.secretKey });
  expect(env['MOG_S3_ENDPOINT']).toBe('http://dfw-mog-s3.dfw.svc.cluster.local:3900');
  store = await startStore(env['MOG_BUCKET']!);
  const here = { ...env, MOG_S3_ENDPOINT: `http://127.0.0.1:${store.port}` };
  await asProgram(here, 'MOG', 'put', 'a', 'a file');
  expect(await asProgram(here, 'MOG', 'get', 'a')).toBe('a file');
});
