import type { V1Node, V1PersistentVolume, V1Pod, V1PodSpec } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};
import { PART_OF } from '../contract/labels';
import { Manifest } from './manifests';
import { Load, Room, pack } from './packing';
import { mayRunOn } from './node-rules';
import { mebibytes, millicores } from './quantities';
import { runsSlices, sliceName } from './workloads';

/** What a plan is made of: the nodes, and what is on them. */
export interface Machines {
  readonly nodes: readonly V1Node[];
  readonly pods: readonly V1Pod[];
  readonly volumes: readonly V1PersistentVolume[];
}

/** Whether a site fits, where one node is lost or none. */
export interface Plan {
  /** The node that is lost; undefined where all are there. */
  readonly lost: string | undefined;
  /** By slice, its node. */
  readonly places: Readonly<Record<string, string>>;
  /** The slices that find no node. */
  readonly left: readonly { readonly slice: string; readonly mebibytes: number; readonly millicores: number }[];
  /** The slices that wait for the lost node, as their volumes are on it. */
  readonly waiting: readonly string[];
}

/** Whether a site's slices fit on these nodes, with all of them and with any one of them lost. */
export function plansOf(manifests: readonly Manifest[], machines: Machines): Plan[] {
  const usable = machines.nodes.filter(isUsable);
  const sites = new Set(
    manifests.map(({ metadata }) => metadata.labels?.[PART_OF]).filter((site) => site !== undefined),
  );
  const slices = manifests.filter(runsSlices).flatMap((set) => loadsOf(set, usable, machines));
  return [undefined, ...usable.map(nameOf)].map((lost) => {
    const there = usable.filter((node) => nameOf(node) !== lost);
    const rooms = there.map((node) => roomOf(node, machines.pods, sites));
    const waiting = slices.filter(({ nodes }) => nodes.length === 1 && nodes[0] === lost).map(({ name }) => name);
    const moving = slices.filter(({ name }) => !waiting.includes(name));
    const { places, left } = pack(moving, rooms);
    return {
      lost,
      places: Object.fromEntries([...places].sort(([a], [b]) => (a < b ? -1 : 1))),
      left: left.map(({ name, ...rest }) => ({ slice: name, mebibytes: rest.mebibytes, millicores: rest.millicores })),
      waiting,
    };
  });
}

/** A plan in a line, and a line for each slice that has no place. */
export function linesOf(plan: Plan): string[] {
  const where = plan.lost === undefined ? 'with all nodes' : `without ${plan.lost}`;
  const verdict = plan.left.length === 0 ? 'fits' : 'DOES NOT FIT';
  return [
    `${where}: ${verdict}`,
    ...plan.left.map(
      (each) => `  ${each.slice}: no node has ${each.mebibytes} MiB and ${each.millicores}m of CPU left for it`,
    ),
    ...(plan.waiting.length > 0
      ? [`  ${plan.waiting.join(', ')}: down until the node is back, which has the volume`]
      : []),
  ];
}

function loadsOf(set: Manifest, nodes: readonly V1Node[], { volumes }: Machines): Load[] {
  const { name, namespace } = set.metadata;
  const { replicas = 1, ordinals, template, volumeClaimTemplates = [] } = set.spec;
  const asked = requestsOf(template.spec);
  return Array.from({ length: replicas }, (_, index) => {
    const pod = `${name}-${(ordinals?.start ?? 0) + index}`;
    const claims = (volumeClaimTemplates as { metadata: { name: string } }[]).map(
      (each) => `${each.metadata.name}-${pod}`,
    );
    const own = volumes.filter(
      ({ spec }) => spec?.claimRef?.namespace === namespace && claims.includes(spec?.claimRef?.name ?? ''),
    );
    const possible = nodes.filter((node) => mayRunOn(node, template.spec, own)).map(nameOf);
    return {
      name: sliceName(name, index),
      group: `${namespace}/${name}`,
      ...asked,
      nodes: possible,
    };
  });
}

/** What is left of a node beside the pods that are not of these sites. */
function roomOf(node: V1Node, pods: readonly V1Pod[], sites: ReadonlySet<string>): Room {
  const isOther = ({ metadata, spec, status }: V1Pod) =>
    spec?.nodeName === nameOf(node) &&
    !['Succeeded', 'Failed'].includes(status?.phase ?? '') &&
    !sites.has(metadata?.labels?.[PART_OF] ?? '');
  const taken = pods.filter(isOther).map(({ spec }) => requestsOf(spec as V1PodSpec));
  const { memory = '0', cpu = '0' } = node.status?.allocatable ?? {};
  return {
    name: nameOf(node),
    mebibytes: mebibytes(memory) - taken.reduce((sum, each) => sum + each.mebibytes, 0),
    millicores: millicores(cpu) - taken.reduce((sum, each) => sum + each.millicores, 0),
  };
}

/** What the scheduler counts of a pod: its containers and sidecars together, or the largest that begins before them. */
export function requestsOf({ containers, initContainers = [] }: V1PodSpec): { mebibytes: number; millicores: number } {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const first = initContainers.filter(({ restartPolicy }) => restartPolicy !== 'Always');
  const of = (each: V1PodSpec['containers'][number], resource: 'memory' | 'cpu') => {
    const { requests, limits } = each.resources ?? {};
    return (resource === 'memory' ? mebibytes : millicores)(requests?.[resource] ?? limits?.[resource] ?? '0');
  };
  const sum = (resource: 'memory' | 'cpu') =>
    Math.max(
      [...containers, ...sidecars].reduce((total, each) => total + of(each, resource), 0),
      ...first.map((each) => of(each, resource)),
    );
  return { mebibytes: sum('memory'), millicores: sum('cpu') };
}

/** Whether pods can be put on it now. */
function isUsable({ spec, status }: V1Node): boolean {
  const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  return ready === true && spec?.unschedulable !== true;
}

function nameOf({ metadata }: V1Node): string {
  return metadata?.name ?? '';
}
