import type { CoreV1Api, V1Secret } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { MANAGED, MANAGED_BY, REQUIRED_SECRETS_LABEL } from '../contract/labels';
import { REQUIRED_SECRETS, parseRequiredSecret } from '../contract/required-secret';
import { codeOf } from './errors';
import { Manifest } from './manifests';
import { WantedSecret, givenKeysOf, keysOf, newValues, originsOf } from './secret-values';

/** What the command needs of a cluster: `CoreV1Api` has it. */
export type SecretStore = Pick<
  CoreV1Api,
  'readNamespacedSecret' | 'createNamespacedSecret' | 'patchNamespacedSecret' | 'createNamespace'
>;

/**
 * Makes the Secrets that a site's pods wait for and a cluster lacks, with random values.
 *
 * What is there is never changed: a Secret that lacks a key gets that key. The values are the same in every namespace that
 * reads a Secret; where two namespaces have it with different values, both are left as they are, and it is said.
 */
export async function makeSecrets(
  manifests: Manifest[],
  store: SecretStore,
  say: (line: string) => void,
): Promise<void> {
  await makeNamespaces(manifests, store, say);
  const wanted = wantedSecrets(manifests);
  if (wanted.length === 0) say('the site needs no Secrets');
  for (const secret of wanted) await makeSecret(secret, store, say);
}

/** A store that only says what would become of what is written to it. */
export function withoutWrites(store: SecretStore): SecretStore {
  return {
    readNamespacedSecret: (request) => store.readNamespacedSecret(request),
    createNamespace: (request) => store.createNamespace({ ...request, dryRun: 'All' }),
    // In a namespace that is not made either, the API server would refuse it.
    createNamespacedSecret: async ({ body }) => body,
    patchNamespacedSecret: (request) => store.patchNamespacedSecret({ ...request, dryRun: 'All' }),
  };
}

/** The Secrets that the sites of dist name, and each pair of one's own. */
export function wantedSecrets(manifests: Manifest[]): WantedSecret[] {
  return manifests
    .filter(({ kind, metadata }) => kind === 'ConfigMap' && (metadata.name === REQUIRED_SECRETS || isList(metadata)))
    .flatMap(({ data }) =>
      Object.entries(data ?? {}).map(([name, text]) => ({ name, ...parseRequiredSecret(name, text) })),
    );
}

function isList({ labels }: Manifest['metadata']): boolean {
  return labels?.[REQUIRED_SECRETS_LABEL] === 'true';
}

async function makeNamespaces(manifests: Manifest[], store: SecretStore, say: (line: string) => void): Promise<void> {
  for (const namespace of manifests.filter(({ kind }) => kind === 'Namespace')) {
    try {
      await store.createNamespace({ body: { metadata: namespace.metadata } });
      say(`namespace ${namespace.metadata.name}: made`);
    } catch (error) {
      // Who may not make namespaces is given one; where it is lacking, what is put into it is refused.
      if (codeOf(error) !== 409 && codeOf(error) !== 403) throw error;
    }
  }
}

async function makeSecret(secret: WantedSecret, store: SecretStore, say: (line: string) => void): Promise<void> {
  const found = await Promise.all(secret.namespaces.map((namespace) => read(store, namespace, secret.name)));
  const known = Object.assign({}, ...[...found].reverse().map((each) => each?.data ?? {})) as Record<string, string>;
  const wanted = keysOf(secret, known);
  const fresh = wanted.every((key) => key in known) ? {} : await newValues(secret, known);
  // Kubernetes' own form: base64.
  const values = Object.fromEntries(
    wanted.map((key) => [key, known[key] ?? Buffer.from(fresh[key] as string).toString('base64')]),
  );
  for (const [index, namespace] of secret.namespaces.entries()) {
    sayMissing(secret, namespace, found[index], say);
    if (wanted.length === 0 && givenKeysOf(secret).length > 0) continue;
    await fill(secret, namespace, values, found[index], store, say);
  }
}

/** Values of somebody else's are never made up. */
function sayMissing(
  secret: WantedSecret,
  namespace: string,
  present: V1Secret | undefined,
  say: (line: string) => void,
): void {
  const missing = givenKeysOf(secret).filter((key) => present?.data?.[key] === undefined);
  if (missing.length === 0) return;
  const command = `kubectl -n ${namespace} create secret generic ${secret.name} ${missing.map((key) => `--from-file=${key}`).join(' ')}`;
  const whose = secret.owners ? `which only ${secret.owners.join(', ')} can give` : "which is not the site's to make";
  say(`secret ${namespace}/${secret.name}: ${missing.join(', ')} missing, ${whose}: ${command}`);
}

async function fill(
  secret: WantedSecret,
  namespace: string,
  values: Record<string, string>,
  present: V1Secret | undefined,
  store: SecretStore,
  say: (line: string) => void,
): Promise<void> {
  const { name } = secret;
  if (!present) {
    const labels = { [MANAGED]: MANAGED_BY };
    await store.createNamespacedSecret({ namespace, body: { metadata: { name, namespace, labels }, data: values } });
    return say(`secret ${namespace}/${name}: made (${originsOf(secret, Object.keys(values))})`);
  }
  const lacking = Object.keys(values).filter((key) => !(key in (present.data ?? {})));
  const different = Object.keys(values).filter(
    (key) => present.data?.[key] !== undefined && present.data[key] !== values[key],
  );
  if (different.length > 0)
    say(`secret ${namespace}/${name}: left, though ${different.join(', ')} differs in another namespace`);
  if (lacking.length === 0) return say(`secret ${namespace}/${name}: there`);
  const body = Object.fromEntries(lacking.map((key) => [key, values[key]]));
  await store.patchNamespacedSecret({ name, namespace, body: lacking.map((key) => add(key, body[key], present)) });
  say(`secret ${namespace}/${name}: added (${originsOf(secret, lacking)})`);
}

/** One step of a JSON patch, which the client sends by default: it fails where the key has come up meanwhile. */
function add(key: string, value: string | undefined, present: V1Secret): object {
  if (!present.data) return { op: 'add', path: '/data', value: { [key]: value } };
  return { op: 'add', path: `/data/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, value };
}

async function read(store: SecretStore, namespace: string, name: string): Promise<V1Secret | undefined> {
  try {
    return await store.readNamespacedSecret({ namespace, name });
  } catch (error) {
    if (codeOf(error) === 404) return undefined;
    throw error;
  }
}
