import { PAIR_KEY_SUFFIX, PASSWORD_BEFORE_KEY, PASSWORD_KEY } from '../contract/required-secret';
import { Manifest } from './manifests';
import { WantedSecret, newValues } from './secret-values';
import { SecretStore, wantedSecrets } from './secrets';

const [NOW, BEFORE] = [PASSWORD_KEY, PASSWORD_BEFORE_KEY];

/**
 * The Secret of that name.
 *
 * @throws where its password cannot be replaced while it is used; the error names those that can.
 */
export function secretOf(name: string, manifests: Manifest[]): WantedSecret {
  const all = wantedSecrets(manifests);
  const found = all.find((each) => each.name === name);
  if (found?.dual) return found;
  const names = all.filter(({ dual }) => dual).map((each) => each.name);
  throw new Error(`'${name}' cannot be rotated; these can: ${names.join(', ') || 'none'}`);
}

/** Gives it a new password; the one before stays good beside it until the rotation is finished. */
export async function rotate(secret: WantedSecret, store: SecretStore, say: (line: string) => void): Promise<void> {
  const { name, namespaces } = secret;
  const found = await values(secret, store);
  const busy = namespaces.filter((_, index) => found[index]?.[BEFORE] !== undefined);
  if (busy.length > 0)
    throw new Error(`${name} is being rotated in ${busy.join(', ')}: write rotate ${name} --finish first`);
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
  say(nextStep(secret));
}

function nextStep({ name, namespaces: [namespace] }: WantedSecret): string {
  const last = `then: rotate ${name} --finish`;
  if (name.endsWith(PAIR_KEY_SUFFIX))
    return `wait two minutes, until the kubelets have given it to the agents of the pair; ${last}`;
  const events = `kubectl -n ${namespace} get events | grep Password`;
  return `wait until both servers tell of it (${events}), restart the programs that use it; ${last}`;
}

/** Takes the password before away: from then on the new one alone is good. */
export async function finishRotation(
  secret: WantedSecret,
  store: SecretStore,
  say: (line: string) => void,
): Promise<void> {
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
