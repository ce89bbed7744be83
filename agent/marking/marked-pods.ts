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

/** Pods in one answer: each takes up to 20 KiB, and the agent has a heap of 16 MiB. */
const AT_ONCE = 20;

interface Condition {
  readonly type: string;
  readonly status: string;
}

interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

/** The pods that have a label, as the API server knows them. */
export class MarkedPods {
  public constructor(
    private readonly kube: Kube,
    private readonly pods: SelectedPods,
  ) {}

  /** Those that are ready, and not about to end. */
  public async ready(): Promise<MarkedPod[]> {
    const { selector } = this.pods;
    const found: MarkedPod[] = [];
    let rest = '';
    do {
      const query = `labelSelector=${encodeURIComponent(selector)}&limit=${AT_ONCE}&continue=${encodeURIComponent(rest)}`;
      const list = await this.kube.call('GET', `${this.path}?${query}`);
      found.push(...((list['items'] ?? []) as Json[]).flatMap((pod) => readyPod(pod, selector)));
      rest = (list['metadata'] as { continue?: string } | undefined)?.continue ?? '';
    } while (rest !== '');
    return found;
  }

  /** Says that a pod is not ready: it leaves every Service at once. A kubelet that lives puts that right within 10 s. */
  public async mark(pod: string, message: string, time: Date): Promise<void> {
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
  const { name, labels = {}, deletionTimestamp } = metadata as Metadata;
  const { podIP, conditions = [] } = status as { podIP?: string; conditions?: Condition[] };
  const { nodeName } = spec as { nodeName?: string };
  const isReady = conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  if (!isReady || !podIP || !nodeName || deletionTimestamp !== undefined) return [];
  const role = labels[NAME] ?? selector;
  return [{ pod: name, address: podIP, node: nodeName, role, agent: labels[ROLE_LABEL] !== undefined }];
}

/** The time as Kubernetes' conditions have it. */
function seconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
