import type { V1Secret } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { Manifest } from '../cli/manifests';
import { finishRotation, rotate, secretOf } from '../cli/rotate';
import { SecretStore } from '../cli/secrets';

interface Step {
  readonly op: string;
  readonly path: string;
  readonly value?: string;
}

/** Two namespaces that hold one Secret, and apply JSON patches to it. */
class Cluster {
  public readonly data = new Map<string, Record<string, string>>([
    ['dfw', { password: 'b2xk' }],
    ['dfw-mail', { password: 'b2xk' }],
  ]);
  public readonly said: string[] = [];
  public readonly say = (line: string) => void this.said.push(line);
  public readonly store = {
    readNamespacedSecret: async ({ namespace }: { namespace: string }): Promise<V1Secret> => ({
      data: { ...this.data.get(namespace) },
    }),
    patchNamespacedSecret: async ({ namespace, body }: { namespace: string; body: Step[] }) => {
      const data = this.data.get(namespace) as Record<string, string>;
      for (const { op, path, value } of body) {
        const key = path.replace('/data/', '');
        if (op === 'test' && data[key] !== value) throw new Error('the test of the patch failed');
        if (op === 'remove') delete data[key];
        else if (op !== 'test') data[key] = value as string;
      }
    },
  } as unknown as SecretStore;
}

const secrets = {
  'dfw-db': { namespaces: ['dfw', 'dfw-mail'], keys: { password: 'password' }, dual: true },
  'dfw-db-heartbeat': { namespaces: ['dfw', 'dfw-mail'], keys: { password: 'password' }, dual: true },
  'dfw-db-internal': { namespaces: ['dfw'], keys: { agent: 'password' } },
};
const manifests: Manifest[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'required-secrets', namespace: 'dfw' },
    data: Object.fromEntries(Object.entries(secrets).map(([name, each]) => [name, JSON.stringify(each)])),
  },
];
const account = secretOf('dfw-db', manifests);

test('whoever rotates is told what to wait for: an event of a database, the kubelets for the key of a pair', async () => {
  const { store, say, said } = new Cluster();
  await rotate(account, store, say);
  expect(said.at(-1)).toBe(
    'wait until both servers tell of it (kubectl -n dfw get events | grep Password), ' +
      'restart the programs that use it; then: rotate dfw-db --finish',
  );
  const pair = new Cluster();
  await rotate(secretOf('dfw-db-heartbeat', manifests), pair.store, pair.say);
  expect(pair.said.at(-1)).toBe(
    'wait two minutes, until the kubelets have given it to the agents of the pair; then: rotate dfw-db-heartbeat --finish',
  );
});

test('a new password stands beside the one before, the same in every namespace, and is never said', async () => {
  const { data, store, say, said } = new Cluster();
  await rotate(account, store, say);
  const [one, other] = [...data.values()];
  expect(one).toEqual(other);
  expect(one?.['password-before']).toBe('b2xk');
  const fresh = Buffer.from(one?.['password'] as string, 'base64').toString();
  expect(fresh).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(said.join()).not.toContain(fresh);
});

test('once the rotation is finished, the new password is alone', async () => {
  const { data, store, say, said } = new Cluster();
  await rotate(account, store, say);
  await finishRotation(account, store, say);
  expect(Object.keys(data.get('dfw') ?? {})).toEqual(['password']);
  await finishRotation(account, store, say);
  expect(said.at(-1)).toBe('secret dfw-mail/dfw-db: has no password before its present one');
});

test('a second new password would shut out those that still use the first, and is refused until the first rotation is finished', async () => {
  const { store, say } = new Cluster();
  await rotate(account, store, say);
  await expect(rotate(account, store, say)).rejects.toThrow(
    'dfw-db is being rotated in dfw, dfw-mail: write rotate dfw-db --finish first',
  );
});

test('a Secret whose password cannot be changed while it is used is refused, with the names of those that can', () => {
  expect(() => secretOf('dfw-db-internal', manifests)).toThrow(
    "'dfw-db-internal' cannot be rotated; these can: dfw-db, dfw-db-heartbeat",
  );
});
