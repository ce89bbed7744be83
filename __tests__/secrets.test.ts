import type { V1Secret } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { SecretStore, makeSecrets } from '../cli/secrets';
import { Manifest } from '../cli/manifests';

/** A cluster that holds Secrets and nothing else. */
class Cluster {
  public readonly secrets = new Map<string, Record<string, string>>();
  public readonly namespaces: string[] = [];
  public readonly said: string[] = [];

  public async make(secrets: Record<string, object>): Promise<void> {
    const data = Object.fromEntries(Object.entries(secrets).map(([name, each]) => [name, JSON.stringify(each)]));
    const manifests: Manifest[] = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dfw' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'required-secrets', namespace: 'dfw' }, data },
    ];
    await makeSecrets(manifests, this.store as unknown as SecretStore, (line) => this.said.push(line));
  }

  private readonly store = {
    createNamespace: async ({ body }: { body: { metadata: { name: string } } }) => {
      if (this.namespaces.includes(body.metadata.name)) throw Object.assign(new Error('exists'), { code: 409 });
      this.namespaces.push(body.metadata.name);
    },
    readNamespacedSecret: async ({ namespace, name }: { namespace: string; name: string }): Promise<V1Secret> => {
      const data = this.secrets.get(`${namespace}/${name}`);
      if (!data) throw Object.assign(new Error('none'), { code: 404 });
      return { data };
    },
    createNamespacedSecret: async ({ namespace, body }: { namespace: string; body: V1Secret }) => {
      this.secrets.set(`${namespace}/${body.metadata?.name}`, { ...body.data });
    },
    patchNamespacedSecret: async (patch: {
      namespace: string;
      name: string;
      body: { path: string; value: string }[];
    }) => {
      const data = this.secrets.get(`${patch.namespace}/${patch.name}`) ?? {};
      for (const { path, value } of patch.body) data[path.replace('/data/', '')] = value;
    },
  };
}

const decoded = (text = '') => Buffer.from(text, 'base64').toString();

test('a Secret that the cluster lacks is made, in a namespace that it lacks, with random values', async () => {
  const cluster = new Cluster();
  await cluster.make({ 'dfw-db': { namespaces: ['dfw'], keys: { password: 'password', root: 'password' } } });
  const { password, root } = cluster.secrets.get('dfw/dfw-db') ?? {};
  expect(decoded(password)).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(password).not.toBe(root);
  expect(cluster.said).toEqual(['namespace dfw: made', 'secret dfw/dfw-db: made (random: password, root)']);
});

test('a second run changes nothing', async () => {
  const cluster = new Cluster();
  const secrets = { 'dfw-db': { namespaces: ['dfw'], keys: { password: 'password' } } };
  await cluster.make(secrets);
  const before = { ...cluster.secrets.get('dfw/dfw-db') };
  await cluster.make(secrets);
  expect(cluster.secrets.get('dfw/dfw-db')).toEqual(before);
  expect(cluster.said.at(-1)).toBe('secret dfw/dfw-db: there');
});

test('a key that a Secret lacks is added, and the others stay', async () => {
  const cluster = new Cluster();
  cluster.secrets.set('dfw/dfw-db', { password: 'mine' });
  await cluster.make({ 'dfw-db': { namespaces: ['dfw'], keys: { password: 'password', replication: 'password' } } });
  expect(cluster.secrets.get('dfw/dfw-db')).toEqual({ password: 'mine', replication: expect.any(String) });
});

test('the values are the same in every namespace that reads them', async () => {
  const cluster = new Cluster();
  cluster.secrets.set('dfw/dfw-db', { password: 'mine' });
  await cluster.make({ 'dfw-db': { namespaces: ['dfw', 'dfw-mail'], keys: { password: 'password' } } });
  expect(cluster.secrets.get('dfw-mail/dfw-db')).toEqual({ password: 'mine' });
});

test('values that differ between namespaces are left, and it is said', async () => {
  const cluster = new Cluster();
  cluster.secrets.set('dfw/dfw-db', { password: 'mine' });
  cluster.secrets.set('dfw-mail/dfw-db', { password: 'other' });
  await cluster.make({ 'dfw-db': { namespaces: ['dfw', 'dfw-mail'], keys: { password: 'password' } } });
  expect(cluster.secrets.get('dfw-mail/dfw-db')).toEqual({ password: 'other' });
  expect(cluster.said).toContain('secret dfw-mail/dfw-db: left, though password differs in another namespace');
});

test('a certificate is for the hosts it is asked for, and comes with its key and authority', async () => {
  const cluster = new Cluster();
  await cluster.make({ 'dfw-lb-tls': { namespaces: ['dfw'], keys: { tls: 'certificate' }, hosts: ['example.org'] } });
  const secret = cluster.secrets.get('dfw/dfw-lb-tls') ?? {};
  expect(Object.keys(secret)).toEqual(['tls.crt', 'tls.key', 'ca.crt']);
  expect(decoded(secret['tls.crt'])).toContain('BEGIN CERTIFICATE');
  expect(decoded(secret['tls.key'])).toContain('PRIVATE KEY');
});

test('a kind of value that is not known is an error that names the Secret', async () => {
  const wanted = { 'dfw-x': { namespaces: ['dfw'], keys: { a: 'riddle' } } };
  await expect(new Cluster().make(wanted)).rejects.toThrow(
    "the Secret 'dfw-x' cannot be made by this version, update it: keys.a must be 'password' or 'hex-64' or",
  );
});

test('what is made up is named, and how', async () => {
  const cluster = new Cluster();
  cluster.secrets.set('dfw/dfw-db', { user: 'cm9vdA==' });
  await cluster.make({
    'dfw-db': { namespaces: ['dfw'], keys: { user: 'root', host: 'any-host', password: 'password' } },
    'dfw-lb-tls': { namespaces: ['dfw'], keys: { tls: 'certificate' }, hosts: ['example.org'] },
  });
  expect(cluster.said.slice(1)).toEqual([
    'secret dfw/dfw-db: added (fixed: host; random: password)',
    'secret dfw/dfw-lb-tls: made (self-signed: tls.crt, tls.key, ca.crt)',
  ]);
});

test('a missing value is named with the server that only can give it', async () => {
  const cluster = new Cluster();
  const owners = ['db.example.net', '10.1.2.3'];
  await cluster.make({ shop: { namespaces: ['dfw'], keys: { password: 'given' }, owners } });
  expect(cluster.said.at(-1)).toBe(
    'secret dfw/shop: password missing, which only db.example.net, 10.1.2.3 can give: kubectl -n dfw create secret generic shop --from-file=password',
  );
});

test("a value of somebody else's is never made up: what is missing is named, with the command that gives it", async () => {
  const cluster = new Cluster();
  const secrets = { stripe: { namespaces: ['dfw'], keys: { 'api-key': 'given', hook: 'given' } } };
  await cluster.make(secrets);
  expect(cluster.secrets.size).toBe(0);
  expect(cluster.said.at(-1)).toBe(
    "secret dfw/stripe: api-key, hook missing, which is not the site's to make: kubectl -n dfw create secret generic stripe --from-file=api-key --from-file=hook",
  );
  cluster.secrets.set('dfw/stripe', { 'api-key': 'YQ==', hook: 'Yg==' });
  const said = cluster.said.length;
  await cluster.make(secrets);
  expect(cluster.said.slice(said)).toEqual([]);
  expect(cluster.secrets.get('dfw/stripe')).toEqual({ 'api-key': 'YQ==', hook: 'Yg==' });
});

test("a Secret with keys of the site's and of others gets those of the site", async () => {
  const cluster = new Cluster();
  cluster.secrets.set('dfw/mixed', { token: 'YQ==' });
  await cluster.make({ mixed: { namespaces: ['dfw'], keys: { token: 'given', password: 'password' } } });
  const { token, password } = cluster.secrets.get('dfw/mixed') ?? {};
  expect(token).toBe('YQ==');
  expect(decoded(password)).toMatch(/^[A-Za-z0-9]{32}$/);
});
