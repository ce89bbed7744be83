import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { violations } from './crd/schema';
import { Manifest } from './support';

const ROOT = join(__dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

function externalSecret(): Manifest {
  const [, block = ''] = /```yaml\n([^]*?)```/.exec(read('docs/secrets.md')) ?? [];
  return parse(block);
}

test('the object of External Secrets that the page shows is right by its types', () => {
  expect(violations(externalSecret() as Parameters<typeof violations>[0])).toEqual([]);
});

test('it makes the Secret and the key that the example names', () => {
  const { spec, metadata } = externalSecret();
  const keys = spec.data.map(({ secretKey }: Manifest) => secretKey);
  expect(keys).toEqual(['password']);
  const site = read('examples/outside/main.ts');
  expect(site).toContain(`{ secret: '${spec.target.name}', key: '${keys[0]}' }`);
  expect(site).toContain(`new Site(app, '${metadata.namespace}'`);
});

test.each([
  ['a key that a Secret cannot have', (spec: Manifest) => (spec.data[0].secretKey = 'a/b'), 'secretKey is not'],
  ['a reference without a key', (spec: Manifest) => delete spec.data[0].remoteRef.key, 'remoteRef.key is missing'],
  ['a store of another kind', (spec: Manifest) => (spec.secretStoreRef.kind = 'Vault'), 'kind is none of SecretStore'],
])('%s is found', (_, spoil, found) => {
  const spoilt = externalSecret();
  spoil(spoilt.spec);
  expect(violations(spoilt as Parameters<typeof violations>[0])).toEqual([expect.stringContaining(found)]);
});

test('an object of an earlier version is found', () => {
  const earlier = { ...externalSecret(), apiVersion: 'external-secrets.io/v1beta1' };
  expect(violations(earlier as unknown as Parameters<typeof violations>[0])).toEqual([
    'ExternalSecret is of external-secrets.io/v1, not external-secrets.io/v1beta1',
  ]);
});
