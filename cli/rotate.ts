import { PAIR_KEY_SUFFIX, PASSWORD_BEFORE_KEY, PASSWORD_KEY } from '../contract/required-secret';
import { Manifest } from './manifests';
import { WantedSecret, newValues } from './secret-values';
import { SecretStore, wantedSecrets } from './secrets';

const [NOW, BEFORE] = [PASSWORD_KEY, PASSWORD_BEFORE_KEY];

/** The Secret of that name, if its password can be changed while it is used. */
export function secretOf(name: string | undefined, manifests: Manifest[]): WantedSecret {
  const all = wantedSecrets(manifests);
  const names = all.filter(({ dual }) => dual).map((each) => each.name);
  const found = all.find((each) => each.name === name);
  if (!found?.dual)
    throw new Error(`'${name ?? ''}' is no Secret whose password has one before it; there are: ${names.join(', ')}`);
  return found;
}

/** Gives it a new password; the one before stays beside it until it is settled. */
export async function rotate(secret: WantedSecret, store: SecretStore, say: (line: string) => void): Promise<void> {
  const { name, namespaces } = secret;
  const found = await values(secret, store);
  const busy = namespaces.filter((_, index) => found[index]?.[BEFORE] !== undefined);
  if (busy.length > 0)
    throw new Error(`${name} has a password before its present one in ${busy.join(', ')}: settle it first`);
  const fresh = await newValues({ ...secret, keys: { [NOW]: 'password' } });
  const value = Buffer.from(fresh[NOW] as string).toString('base64');
  for (const [index, namespace] of namespaces.entries()) {
    const old = found[index]?.[NOW];
    const body = [
      // Fails where someone else has changed it meanwhile.
      { op: 'test', path: `/data/${NOW}`, value: old },
      { op: 'add', path: `/data/${BEFORE}`, value: old },
      { op: 'replace', path: `/data/${NOW}`, value },
    ];
    await store.patchNamespacedSecret({ name, namespace, body });
    say(`secret ${namespace}/${name}: has a new password, and the one before`);
  }
  const next = name.endsWith(PAIR_KEY_SUFFIX)
    ? 'wait two minutes, until the kubelets have given it to the agents of the pair'
    : 'when both servers tell of it (event MySQLPassword), restart what uses it';
  say(`${next}; then: cdk8s-slices settle ${name}`);
}

/** From then on the new password alone is good. */
export async function settle(secret: WantedSecret, store: SecretStore, say: (line: string) => void): Promise<void> {
  const { name, namespaces } = secret;
  const found = await values(secret, store);
  for (const [index, namespace] of namespaces.entries()) {
    if (found[index]?.[BEFORE] === undefined) {
      say(`secret ${namespace}/${name}: has no password before its present one`);
      continue;
    }
    await store.patchNamespacedSecret({ name, namespace, body: [{ op: 'remove', path: `/data/${BEFORE}` }] });
    say(`secret ${namespace}/${name}: has its new password alone`);
  }
}

async function values({ name, namespaces }: WantedSecret, store: SecretStore): Promise<Record<string, string>[]> {
  return Promise.all(
    namespaces.map(async (namespace) => (await store.readNamespacedSecret({ name, namespace })).data ?? {}),
  );
}
