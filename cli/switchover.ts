import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { SWITCHOVER_PATH } from '../contract/agent-api';
import type { SwitchoverAnswer } from '../contract/agent-api';
import { NAME, PART_OF, ROLE_LABEL } from '../contract/labels';
import type { Answer } from './port';
import type { Cluster } from './cluster';
import { selecting, selectorOf } from './slices';
import { Workload, workloadsOf } from './workloads';

/** Asks a pod's agent: `POST /switchover`. */
export type AskAgent = (namespace: string, pod: string, request: string) => Promise<Answer>;

/** A pair of which one slice is active. */
export interface Pair {
  readonly role: string;
  readonly namespace: string;
  /** The pod that is active now. */
  readonly active: string;
}

/**
 * Finds a pair by its role.
 *
 * @throws where the role is unknown, is one of several sites, is no pair, or has no active slice.
 */
export async function pairOf(cluster: Cluster, role: string, site?: string): Promise<Pair> {
  const workloads = await workloadsOf(cluster, selectorOf(site === undefined ? [] : [site]));
  const { namespace, selector } = theOne(workloads, role, site);
  const pods = await cluster.pods(selecting(selector));
  const own = pods.filter(({ metadata }) => metadata?.namespace === namespace);
  return { role, namespace, active: activeOf(role, own) };
}

/** The workload of a role. */
export function theOne(workloads: readonly Workload[], role: string, site?: string): Workload {
  const found = workloads.filter(({ labels, name }) => labels[NAME] === role || name === role);
  const [workload] = found;
  if (!workload) {
    const known = unique(workloads.map(({ labels }) => labels[NAME])).join(', ');
    const where = site === undefined ? 'the cluster' : `the site '${site}'`;
    throw new Error(`${where} has no role '${role}'; ${known === '' ? 'it has none' : `write one of ${known}`}`);
  }
  if (found.length === 1) return workload;
  const sites = unique(found.map(({ labels }) => labels[PART_OF]));
  throw new Error(`'${role}' is a role of ${sites.join(' and ')}; write the site, too: ${role} ${sites[0]}`);
}

/**
 * Makes the standby slice of a pair the active one, and returns what to say of it.
 *
 * @throws where no standby may take over.
 */
export async function switchover({ namespace, active }: Pair, ask: AskAgent): Promise<string> {
  const { status, body } = await ask(namespace, active, `POST ${SWITCHOVER_PATH}`);
  const { reason, ms } = JSON.parse(body) as SwitchoverAnswer;
  if (status !== 200) throw new Error(`${active} stays the active one: ${reason}`);
  return `${reason} instead of ${active}, ${ms} ms after it was asked`;
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
