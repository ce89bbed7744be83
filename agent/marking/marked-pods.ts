import { NODE_SILENT } from '../../contract/events';
import { NAME, ROLE_LABEL } from '../../contract/labels';
import type { SelectedPods } from '../../contract/agent-config';
import type { Place } from '../config';
import type { Json, Kube } from '../kube';
import { STRATEGIC_MERGE } from '../kube';

/** A pod that is ready. */
export interface MarkedPod extends Place {
  /** The role whose slice it is; all that have no such label are of one. */
  readonly role: string;
  /** Whether it has an agent. */
  readonly agent: boolean;
}

/** A pod that Kubernetes evicted from a node it has given up, and that keeps nothing there. */
export interface EvictedPod {
  readonly pod: string;
  /** The pod's own identifier: another of its name has another. */
  readonly uid: string;
  readonly address: string;
  readonly node: string;
  /** Whether it has an agent. */
  readonly agent: boolean;
}

/** The pods of one look. */
export interface Seen {
  /** Those that are ready, and not about to end, as a Job's are at all times. */
  readonly ready: readonly MarkedPod[];
  readonly evicted: readonly EvictedPod[];
}

/** Pods in one answer: each takes up to 20 KiB, and the agent has a heap of 16 MiB. */
const AT_ONCE = 20;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

interface Metadata {
  readonly name: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly { readonly kind: string }[];
}

/** Kubernetes' own reason: the node has a taint that the pod does not bear for longer. */
const BY_TAINT = 'DeletionByTaintManager';

/** The pods that have a label, as the API server knows them. */
export class MarkedPods {
  public constructor(
    private readonly kube: Kube,
    private readonly pods: SelectedPods,
  ) {}

  public async look(): Promise<Seen> {
    const { selector } = this.pods;
    const ready: MarkedPod[] = [];
    const evicted: EvictedPod[] = [];
    let rest = '';
    do {
      const query = `labelSelector=${encodeURIComponent(selector)}&limit=${AT_ONCE}&continue=${encodeURIComponent(rest)}`;
      const list = await this.kube.call('GET', `${this.path}?${query}`);
      for (const pod of (list['items'] ?? []) as Json[]) {
        ready.push(...readyPod(pod, selector));
        evicted.push(...evictedPod(pod));
      }
      rest = (list['metadata'] as { continue?: string } | undefined)?.continue ?? '';
    } while (rest !== '');
    return { ready, evicted };
  }

  /** Says that a pod has ended, which its node cannot say any more. Its StatefulSet then makes another. */
  public async remove({ pod, uid }: EvictedPod): Promise<void> {
    await this.kube.call('DELETE', `${this.path}/${pod}`, { gracePeriodSeconds: 0, preconditions: { uid } });
  }

  /**
   * Says that the pods of a dead node are not ready: they leave every Service at once. Returns the names of those that it could mark.
   * The right to mark is given once, so each call is repeated where it fails.
   */
  public async markNode(
    dead: string,
    message: string,
    time: Date,
    failed: (error: unknown) => string[],
  ): Promise<string[]> {
    const persist = <T>(work: () => Promise<T>) => this.kube.persist(work, () => true);
    const { ready } = await persist(() => this.look());
    const marks = toMark(ready, dead).map(({ pod }) =>
      persist(() => this.mark(pod, message, time)).then(() => [pod], failed),
    );
    return (await Promise.all(marks)).flat();
  }

  /** A kubelet that lives puts it right within 10 s. */
  private async mark(pod: string, message: string, time: Date): Promise<void> {
    const because = { status: 'False', reason: NODE_SILENT, message, lastTransitionTime: seconds(time) };
    const conditions = ['Ready', 'ContainersReady'].map((type) => ({ type, ...because }));
    await this.kube.call('PATCH', `${this.path}/${pod}/status`, { status: { conditions } }, STRATEGIC_MERGE);
  }

  private get path(): string {
    return `/api/v1/namespaces/${this.pods.namespace}/pods`;
  }
}

/** The pods to mark where a node is dead: those of each role that has another one left, on another node. */
export function toMark(pods: readonly MarkedPod[], dead: string): MarkedPod[] {
  return pods.filter(
    ({ node, role }) => node === dead && pods.some((other) => other.role === role && other.node !== dead),
  );
}

function readyPod({ metadata, spec, status }: Json, selector: string): MarkedPod[] {
  const { name, labels = {}, deletionTimestamp, ownerReferences = [] } = metadata as Metadata;
  const { podIP, conditions = [] } = status as { podIP?: string; conditions?: Condition[] };
  const { nodeName } = spec as { nodeName?: string };
  const isReady = conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  // A pod of a Job ends by itself, without a word before, and its address with it.
  const ends = ownerReferences.some(({ kind }) => kind === 'Job');
  if (!isReady || !podIP || !nodeName || deletionTimestamp !== undefined || ends) return [];
  const role = labels[NAME] ?? selector;
  return [{ pod: name, address: podIP, node: nodeName, role, agent: labels[ROLE_LABEL] !== undefined }];
}

function evictedPod({ metadata, spec, status }: Json): EvictedPod[] {
  const { name, uid, labels = {}, deletionTimestamp, ownerReferences = [] } = metadata as Metadata;
  const { podIP, conditions = [] } = status as { podIP?: string; conditions?: Condition[] };
  const { nodeName, volumes = [] } = spec as { nodeName?: string; volumes?: readonly object[] };
  const isEvicted = conditions.some(({ type, status: is, reason }) => {
    return type === 'DisruptionTarget' && is === 'True' && reason === BY_TAINT;
  });
  const keeps = volumes.some((each) => 'persistentVolumeClaim' in each || 'ephemeral' in each);
  const isNamed = ownerReferences.some(({ kind }) => kind === 'StatefulSet');
  if (!isEvicted || !isNamed || keeps || deletionTimestamp === undefined || !uid || !podIP || !nodeName) return [];
  return [{ pod: name, uid, address: podIP, node: nodeName, agent: labels[ROLE_LABEL] !== undefined }];
}

/** The time as Kubernetes' conditions have it. */
function seconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
