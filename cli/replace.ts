import type { V1Node, V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};
import type { Cluster } from './cluster';
import { ENGINES, Engine, Exec, NOTHING_KEPT, Neighbours } from './engines';
import { mayRunOn } from './node-rules';
import { isReady, troubleOf } from './pod-state';
import { selectorOf } from './slices';
import { Workload, namesOf, podsOf, workloadsOf } from './workloads';

/** What a replacement is planned by. */
export interface Surroundings {
  readonly cluster: Cluster;
  readonly nodes: readonly V1Node[];
  readonly volumes: readonly V1PersistentVolume[];
  /** The claims of a namespace. */
  readonly claims: (namespace: string) => Promise<readonly V1PersistentVolumeClaim[]>;
  readonly exec: (namespace: string) => Exec;
}

/** A slice that is to be made anew. */
export interface Replacement {
  readonly slice: string;
  readonly namespace: string;
  readonly pod: string;
  /** The pod's own identifier, which the new pod does not have; undefined where there is no pod. */
  readonly uid: string | undefined;
  readonly node: string | undefined;
  /** Whether the node cannot confirm that the pod has ended. */
  readonly isNodeGone: boolean;
  /** Claims whose volumes no other node can have. */
  readonly removed: readonly string[];
  /** Claims whose volumes can move. */
  readonly kept: readonly string[];
  readonly engine: Engine;
  readonly around: Neighbours;
}

/**
 * Plans to make a slice anew.
 *
 * @throws where the slice is unknown, works, is alike others, or may have the last copy of something.
 */
export async function planReplacement(
  { cluster, nodes, volumes, claims, exec }: Surroundings,
  name: string,
  losesFiles = false,
): Promise<Replacement> {
  const [workloads, pods] = await Promise.all([workloadsOf(cluster, selectorOf([])), cluster.pods(selectorOf([]))]);
  const { workload, slice } = sliceCalled(name, workloads, pods);
  const { namespace, template } = workload;
  const own = podsOf(workload, pods);
  const pod = own.find(({ metadata }) => metadata?.name === slice.pod);
  const node = pod?.spec?.nodeName;
  const isNodeGone = node !== undefined && !nodes.some((each) => each.metadata?.name === node && isUp(each));
  if (pod && isReady(pod) && !isNodeGone) throw new Error(`${slice.name} is ready: there is nothing to replace`);
  const around: Neighbours = {
    pod: slice.pod,
    others: own.filter((each) => each !== pod),
    exec: exec(namespace),
    losesFiles,
  };
  const containers = template?.spec?.containers ?? [];
  const engine = containers.map((each) => ENGINES[each.name]).find((each) => each !== undefined) ?? NOTHING_KEPT;
  const reason = await engine.refuse?.(around);
  if (reason !== undefined) throw new Error(`${slice.name} is not replaced: ${reason}`);
  const found = (await claims(namespace)).filter(({ metadata }) => metadata?.name?.endsWith(`-${slice.pod}`));
  const canMove = ({ spec }: V1PersistentVolumeClaim) => {
    const volume = volumes.find(({ metadata }) => metadata?.name === spec?.volumeName);
    return volume === undefined || nodes.some((each) => isUp(each) && mayRunOn(each, { containers: [] }, [volume]));
  };
  const called = (some: readonly V1PersistentVolumeClaim[]) => some.map(({ metadata }) => metadata?.name ?? '');
  return {
    slice: slice.name,
    namespace,
    pod: slice.pod,
    uid: pod?.metadata?.uid,
    node,
    isNodeGone,
    removed: called(found.filter((each) => !canMove(each))),
    kept: called(found.filter(canMove)),
    engine,
    around,
  };
}

/** The replacement in a few lines, for the person who is asked. */
export function linesOf({ slice, node, isNodeGone, removed, kept, engine }: Replacement): string[] {
  return [
    ...(isNodeGone ? [`${node} does not answer: go on only if this machine is off and stays off`] : []),
    ...removed.map((claim) => `the volume of ${claim} is lost, and with it ${engine.lost}; ${engine.filled}`),
    ...kept.map((claim) => `the volume of ${claim} is kept, as it can move to another node`),
    ...(removed.length + kept.length === 0 ? [`${slice} has no volume; lost is ${engine.lost}`] : []),
  ];
}

/** Deletes the claims and the pod: its StatefulSet makes both anew. */
export async function replace(
  { namespace, pod, uid, isNodeGone, removed }: Replacement,
  kubectl: (...args: string[]) => Promise<string>,
): Promise<void> {
  const where = [`--namespace=${namespace}`, '--ignore-not-found', '--wait=false'];
  if (removed.length > 0) await kubectl('delete', 'persistentvolumeclaim', ...removed, ...where);
  if (uid !== undefined) await kubectl('delete', 'pod', pod, ...where, ...(isNodeGone ? ['--force'] : []));
}

/**
 * Waits until the new pod is ready and has all of its copy, and says what it waits for as that changes.
 *
 * @throws after so many seconds.
 */
export async function waitForReplacement(
  { slice, namespace, pod, uid, engine, around }: Replacement,
  cluster: Cluster,
  seconds: number,
  say: (line: string) => void,
  pause: () => Promise<void>,
): Promise<void> {
  const start = performance.now();
  let told: string | undefined;
  for (;;) {
    const found = (await cluster.pods(selectorOf([]))).find(
      ({ metadata }) => metadata?.namespace === namespace && metadata.name === pod && metadata.uid !== uid,
    );
    const reason = await reasonOf(found, engine, around);
    const passed = Math.round((performance.now() - start) / 1000);
    if (reason !== told) say(`${String(passed).padStart(4)} s  ${slice}  ${reason ?? doneOn(found)}`);
    if (reason === undefined) return;
    told = reason;
    if (passed >= seconds) throw new Error(`${slice} is not whole after ${passed} s: ${reason}`);
    await pause();
  }
}

async function reasonOf(pod: V1Pod | undefined, engine: Engine, around: Neighbours): Promise<string | undefined> {
  if (!pod) return 'its pod has not been made';
  if (!isReady(pod)) return troubleOf(pod, Date.now())?.reason ?? 'not ready';
  // A program that has just started may not answer yet.
  const isFilled = await (engine.isFilled?.(around) ?? Promise.resolve(true)).catch(() => false);
  return isFilled ? undefined : 'copies are made again';
}

function doneOn(pod: V1Pod | undefined): string {
  return `whole again on ${pod?.spec?.nodeName}`;
}

function sliceCalled(name: string, workloads: readonly Workload[], pods: readonly V1Pod[]) {
  for (const workload of workloads) {
    const slice = namesOf(workload).find((each) => each.name === name || each.pod === name);
    if (slice) return { workload, slice };
    if (!workload.pods && podsOf(workload, pods).some(({ metadata }) => metadata?.name === name))
      throw new Error(`${name} keeps nothing: Kubernetes replaces it by itself, 90 s after its node was lost`);
  }
  const known = workloads.flatMap(namesOf).map((each) => each.name);
  throw new Error(
    `the cluster has no slice '${name}'; ${known.length > 0 ? `write one of ${known.join(', ')}` : 'it has none'}`,
  );
}

function isUp({ status }: V1Node): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}
