import { NAME, PART_OF } from '../contract/labels';
import { Manifest } from './manifests';
import { runsSlices, sliceName } from './workloads';

/** A role as its objects show it. */
export interface RoleOfSite {
  /** Its name, which is that of its StatefulSet or Deployment: `dfw-db`. */
  readonly name: string;
  readonly namespace: string;
  /** `dfw-db01`, `dfw-db02`, … */
  readonly slices: string[];
  readonly mebibytes: number;
  /** What shares a slice's RAM. */
  readonly containers: { readonly name: string; readonly mebibytes: number }[];
  /** What its slices answer on: `:3306`. */
  readonly ports: string[];
  /** Whether an address of the site leads to it. */
  readonly facesTheWorld: boolean;
  /** Whether it may ask the nodes' kubelets, which know of every slice. */
  readonly asksNodes: boolean;
}

/** Who connects to whom, by the roles' names. */
export interface Relation {
  readonly from: string;
  readonly to: string;
}

export interface SiteGraph {
  readonly roles: RoleOfSite[];
  readonly relations: Relation[];
}

const KUBELET = 10250;
const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const OF_ROLE: readonly string[] = [NAME, PART_OF];

/** The roles of a site, and the relations that its policies allow. */
export function siteGraph(manifests: Manifest[]): SiteGraph {
  const sets = manifests.filter(runsSlices);
  const roles = sets.map((set) => roleOf(set, manifests));
  const relations = manifests
    .filter(({ kind, spec }) => kind === 'NetworkPolicy' && !isEmpty(spec.podSelector))
    .flatMap((policy) => relationsOf(policy, sets));
  return { roles, relations: distinct(relations) };
}

function roleOf(set: Manifest, manifests: Manifest[]): RoleOfSite {
  const { name, namespace = '' } = set.metadata;
  const services = manifests.filter((each) => each.kind === 'Service' && each.metadata.namespace === namespace);
  const pod = set.spec.template.spec;
  const lasting = (pod.initContainers ?? []).filter((each: Container) => each.restartPolicy === 'Always');
  const containers = [...pod.containers, ...lasting].map((each: Container) => ({
    name: each.name,
    mebibytes: Number.parseInt(each.resources.limits.memory, 10),
  }));
  const ports = services.filter((each) => selects(each.spec.selector, set)).flatMap((each) => each.spec.ports ?? []);
  return {
    name,
    namespace,
    slices: slicesOf(set, services, manifests),
    mebibytes: containers.reduce((sum, each) => sum + each.mebibytes, 0),
    containers,
    ports: [...new Set((ports as ServicePort[]).map((each) => `:${each.port}`))],
    facesTheWorld: manifests.some((each) => leadsToWorld(each) && isOfSameRole(each, set)),
    asksNodes: manifests.some((each) => isPolicyOf(each, set) && opens(each, KUBELET)),
  };
}

/** The names of its slices: those of their Services, or as many as a Deployment may have. */
function slicesOf(set: Manifest, services: Manifest[], manifests: Manifest[]): string[] {
  const { name, namespace } = set.metadata;
  if (set.kind === 'StatefulSet') {
    const own = services.filter((each) => selects(each.spec.selector, set) && each.spec.selector[POD_NAME]);
    return own.map((each) => each.metadata.name).sort();
  }
  const scaler = manifests.find(
    ({ kind, metadata, spec }) =>
      kind === 'HorizontalPodAutoscaler' && metadata.namespace === namespace && spec.scaleTargetRef.name === name,
  );
  const length: number = set.spec.replicas ?? scaler?.spec.maxReplicas ?? 0;
  return Array.from({ length }, (_, index) => sliceName(name, index));
}

interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly resources: { readonly limits: { readonly memory: string } };
}

interface ServicePort {
  readonly port: number;
}

function relationsOf(policy: Manifest, sets: Manifest[]): Relation[] {
  const { namespace } = policy.metadata;
  const sources = sets.filter(
    (set) => set.metadata.namespace === namespace && selects(policy.spec.podSelector.matchLabels, set),
  );
  const peers = ((policy.spec.egress ?? []) as { to?: Peer[] }[]).flatMap(({ to }) => to ?? []);
  // What leads to every pod of the site, as the agents' tries do, is no relation of roles.
  const named = peers.filter(({ podSelector }) => Object.keys(podSelector?.matchLabels ?? {}).join() !== PART_OF);
  const targets = named.flatMap((peer) => {
    const where = peer.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] ?? namespace;
    return sets.filter(
      (set) => set.metadata.namespace === where && peer.podSelector && selects(peer.podSelector.matchLabels, set),
    );
  });
  return sources.flatMap((from) =>
    targets.filter((to) => to !== from).map((to) => ({ from: from.metadata.name, to: to.metadata.name })),
  );
}

function isPolicyOf(policy: Manifest, set: Manifest): boolean {
  return (
    policy.kind === 'NetworkPolicy' &&
    policy.metadata.namespace === set.metadata.namespace &&
    selects(policy.spec.podSelector.matchLabels, set)
  );
}

function opens(policy: Manifest, port: number): boolean {
  const rules = (policy.spec.egress ?? []) as { ports?: { port: number }[] }[];
  return rules.some(({ ports }) => ports?.some((each) => each.port === port));
}

interface Peer {
  readonly podSelector?: { readonly matchLabels?: Record<string, string> };
  readonly namespaceSelector?: { readonly matchLabels?: Record<string, string> };
}

/** Whether a selector that asks for something selects the pods of a workload, one of them at least. */
function selects(selector: Record<string, string> | undefined, set: Manifest): boolean {
  if (isEmpty(selector)) return false;
  const labels = set.spec.template.metadata.labels;
  return Object.entries(selector ?? {}).every(([key, value]) => key === POD_NAME || labels[key] === value);
}

/** Whether requests from outside the cluster come by it. */
function leadsToWorld({ kind, spec }: Manifest): boolean {
  return kind === 'Service' ? WORLD.includes(spec.type) : kind === 'Ingress' || kind === 'HTTPRoute';
}

const WORLD: readonly string[] = ['LoadBalancer', 'NodePort'];

function isOfSameRole(one: Manifest, other: Manifest): boolean {
  return OF_ROLE.every((label) => one.metadata.labels?.[label] === other.metadata.labels?.[label]);
}

function isEmpty(object: object | undefined): boolean {
  return Object.keys(object ?? {}).length === 0;
}

function distinct(relations: Relation[]): Relation[] {
  const known = new Map(relations.map((each) => [`${each.from} ${each.to}`, each]));
  return [...known.values()];
}
