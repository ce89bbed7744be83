import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { SWITCHOVER_PATH } from '../contract/agent-api';
import type { SwitchoverAnswer } from '../contract/agent-api';
import { NAME, PART_OF, ROLE_LABEL } from '../contract/labels';
import type { Answer } from './port';
import { OF_SITE } from './slices';
import type { Cluster } from './slices';

/** Asks a pod's agent: `POST /switchover`. */
export type AskAgent = (namespace: string, pod: string, request: string) => Promise<Answer>;

/**
 * Makes the standby slice of a pair the active one, and returns what to say of it. Fails where the role is unknown, is no
 * pair, or has no standby that may take over.
 */
export async function switchover(
  cluster: Pick<Cluster, 'apps' | 'core'>,
  ask: AskAgent,
  role: string,
  site?: string,
): Promise<string> {
  const sets = (await cluster.apps.listStatefulSetForAllNamespaces({ labelSelector: OF_SITE })).items.filter(
    ({ metadata }) => site === undefined || metadata?.labels?.[PART_OF] === site,
  );
  const found = sets.filter(({ metadata }) => metadata?.labels?.[NAME] === role || metadata?.name === role);
  const [set] = found;
  if (!set) {
    const known = unique(sets.map(({ metadata }) => metadata?.labels?.[NAME])).join(', ');
    const where = site === undefined ? 'the cluster' : `the site '${site}'`;
    throw new Error(`${where} has no role '${role}'; ${known === '' ? 'it has none' : `write one of ${known}`}`);
  }
  if (found.length > 1) {
    const names = unique(found.map(({ metadata }) => metadata?.labels?.[PART_OF]));
    throw new Error(
      `'${role}' is a role of ${names.join(' and ')}; write the site, too: switchover ${role} ${names[0]}`,
    );
  }
  const namespace = set.metadata?.namespace ?? '';
  const pods = await podsOf(cluster, namespace, set.spec?.selector.matchLabels ?? {});
  const active = activeOf(role, pods);
  const { status, body } = await ask(namespace, active, `POST ${SWITCHOVER_PATH}`);
  const { reason, ms } = JSON.parse(body) as SwitchoverAnswer;
  if (status !== 200) throw new Error(`${active} stays the active one: ${reason}`);
  return `${reason} instead of ${active}, ${ms} ms after it was asked`;
}

async function podsOf({ core }: Pick<Cluster, 'core'>, namespace: string, labels: object): Promise<V1Pod[]> {
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const { items } = await core.listPodForAllNamespaces({ labelSelector });
  return items.filter(({ metadata }) => metadata?.namespace === namespace);
}

function activeOf(role: string, pods: V1Pod[]): string {
  const part = (pod: V1Pod) => pod.metadata?.labels?.[ROLE_LABEL];
  if (pods.every((pod) => part(pod) === undefined))
    throw new Error(`'${role}' is not a pair of which one is active, so there is nothing to switch over`);
  const active = pods.find((pod) => part(pod) === 'active');
  if (!active?.metadata?.name)
    throw new Error(`no slice of '${role}' is active now; 'cdk8s-slices status' says what each waits for`);
  return active.metadata.name;
}

function unique(names: (string | undefined)[]): string[] {
  const known = names.filter((name): name is string => name !== undefined);
  return [...new Set(known)].sort((a, b) => (a < b ? -1 : 1));
}
