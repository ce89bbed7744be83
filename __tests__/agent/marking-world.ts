import type { Clock } from '../../agent/clock';
import type { Place } from '../../agent/config';
import type { Json } from '../../agent/kube';
import { Kube, KubeError } from '../../agent/kube';
import { Eviction } from '../../agent/marking/eviction';
import { Marking } from '../../agent/marking/marking';
import { MarkedPods } from '../../agent/marking/marked-pods';
import type { Answer } from '../../agent/marking/probe';
import { Votes } from '../../agent/marking/votes';
import { random } from './world';

interface Pod extends Place {
  readonly role: string;
  readonly agent: boolean;
  ready: boolean;
}

/** The nodes of a site, the network between them, an API server, and an agent in some pods: all in virtual time. */
export class MarkingWorld {
  public now = 0;
  public readonly pods: Pod[] = [];
  /** Each mark: which pod, and when. */
  public readonly marks: { readonly pod: string; readonly at: number }[] = [];
  /** Nodes without power; nodes off the network; the part of the packets to and from a node that gets lost. */
  public readonly off = new Set<string>();
  public readonly cut = new Set<string>();
  public readonly loss = new Map<string, number>();
  /** Pairs of nodes that do not reach each other. */
  public readonly apart = new Set<string>();
  /** Nodes whose every process stands still, while their kernels answer. */
  public readonly hung = new Set<string>();
  /** Agents whose process stands still. */
  public readonly stopped = new Set<string>();
  public lease: { annotations: Record<string, string>; spec: Record<string, unknown> } | undefined;
  /** So many calls for pods fail once a node may be marked. */
  public failures = 0;
  private readonly random: () => number;
  private readonly queue: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  private order = 0;

  /** @param places `web-1@a` is a pod of the role web on the node a; one that ends with `*` has an agent. */
  public constructor(places: readonly string[], seed = 1) {
    this.random = random(seed);
    for (const place of places) {
      const [pod = '', node = ''] = place.replace('*', '').split('@');
      const role = pod.replace(/-\d+$/, '');
      this.pods.push({ pod, node, role, address: pod, agent: place.endsWith('*'), ready: true });
    }
    for (const pod of this.pods.filter(({ agent }) => agent)) this.agent(pod).start();
  }

  public at(time: number, run: () => void): void {
    const entry = { at: Math.max(time, this.now), order: this.order++, run };
    let i = this.queue.length;
    while (i > 0 && this.queue[i - 1]!.at > entry.at) i--;
    this.queue.splice(i, 0, entry);
  }

  public async run(until: number): Promise<void> {
    while (this.queue[0] && this.queue[0].at <= until) {
      const { at, run } = this.queue.shift()!;
      this.now = at;
      run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.now = until;
  }

  /** A pod ends: its address answers nobody. */
  public end(name: string): void {
    this.pods.splice(
      this.pods.findIndex(({ pod }) => pod === name),
      1,
    );
  }

  /** The pods that were marked, each once, in order. */
  public get marked(): string[] {
    return [...new Set(this.marks.map(({ pod }) => pod))].sort();
  }

  private agent(own: Pod): Marking {
    // Each process starts at another time, and its clock at another number.
    const skew = this.random() * 1e6;
    const clock: Clock = {
      now: () => this.now + skew,
      after: (ms, then) => {
        let cancelled = false;
        const due = () => {
          if (this.off.has(own.node) || cancelled) return;
          if (this.stopped.has(own.pod) || this.hung.has(own.node)) this.at(this.now + 10, due);
          else then();
        };
        this.at(this.now + ms + this.random() * 5, due);
        return () => (cancelled = true);
      },
    };
    const kube = new Kube({ host: '', port: 0, credentials: '', timeoutMs: 0, clock });
    kube.call = (method, path, body) => this.call(own, method, path, body);
    const pods = new MarkedPods(kube, { namespace: 'site', selector: 'part-of=site' });
    return new Marking(
      own,
      clock,
      (address, connected) => this.probe(own, address, connected),
      [pods],
      new Votes(kube, 'site', 'site-silent-nodes', own.pod),
      new Eviction(
        [],
        () => false,
        () => Promise.resolve('program'),
        pods,
        () => Promise.resolve(),
        () => undefined,
      ),
      () => Promise.resolve(),
      () => undefined,
    );
  }

  /** A packet each way to the kernel, and for an agent two more to the program. */
  private async probe(own: Pod, address: string, connected = () => {}): Promise<Answer> {
    if (!(await this.reply(own, address))) return 'nothing';
    const { agent, node, pod } = this.pods.find((each) => each.address === address) ?? { pod: address };
    if (!agent) return 'program';
    connected();
    const sentAt = this.now;
    while (this.stopped.has(pod) || this.hung.has(node!)) {
      await new Promise<void>((resolve) => this.at(this.now + 20, resolve));
      if (this.now - sentAt > 1_000) return 'kernel';
    }
    return (await this.reply(own, address)) ? 'program' : 'kernel';
  }

  private reply(own: Pod, address: string): Promise<boolean> {
    const node = this.pods.find((pod) => pod.address === address)?.node ?? '';
    const isLost = () => [own.node, node].some((each) => this.random() < (this.loss.get(each) ?? 0));
    const answers =
      node !== '' &&
      this.reaches(own.node, node) &&
      !isLost() &&
      !isLost() &&
      !this.apart.has([own.node, node].sort().join(' '));
    return new Promise((resolve) =>
      this.at(this.now + (answers ? 1 + this.random() * 20 : 500), () =>
        resolve(answers && this.reaches(own.node, node)),
      ),
    );
  }

  private reaches(...nodes: string[]): boolean {
    return nodes.every((node) => !this.off.has(node) && !this.cut.has(node));
  }

  private call(own: Pod, method: string, path: string, body?: Json): Promise<Json> {
    return new Promise((resolve, reject) => {
      this.at(this.now + 5 + this.random() * 20, () => {
        if (!this.reaches(own.node)) return this.at(this.now + 1_000, () => reject(new Error('no answer')));
        try {
          resolve(path.includes('/leases/') ? this.leaseCall(method, path, body) : this.podCall(method, path));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  private leaseCall(method: string, path: string, body?: Json): Json {
    if (!this.lease && !path.includes('fieldManager')) throw new KubeError(404, 'not found', undefined);
    this.lease ??= { annotations: {}, spec: { leaseTransitions: 0 } };
    if (Array.isArray(body)) {
      const [test, ...adds] = body as { path: string; value: unknown }[];
      if (this.lease.spec['leaseTransitions'] !== test?.value) throw new KubeError(422, 'test failed', undefined);
      for (const { path: at, value } of adds) this.lease.spec[at.replace('/spec/', '')] = value;
    } else if (method === 'PATCH') {
      const { annotations } = body!['metadata'] as { annotations: Record<string, string | null> };
      for (const [key, value] of Object.entries(annotations)) {
        if (value === null) delete this.lease.annotations[key];
        else this.lease.annotations[key] = value;
      }
    }
    return { metadata: { annotations: { ...this.lease.annotations } }, spec: { ...this.lease.spec } };
  }

  private putRight(pod: Pod): void {
    this.at(this.now + 5_000, () => {
      if (this.reaches(pod.node) && !this.hung.has(pod.node)) pod.ready = true;
      else this.putRight(pod);
    });
  }

  private podCall(method: string, path: string): Json {
    if (this.lease?.spec['leaseTransitions'] === 1 && this.failures-- > 0)
      throw new KubeError(503, 'unavailable', undefined);
    if (method === 'GET') return { items: this.pods.map(toObject) };
    const pod = this.pods.find((each) => path.includes(`/pods/${each.pod}/status`))!;
    pod.ready = false;
    this.marks.push({ pod: pod.pod, at: this.now });
    // A kubelet that lives puts it right.
    this.putRight(pod);
    return {};
  }
}

function toObject({ pod, node, address, role, agent, ready }: Pod): Json {
  return {
    metadata: {
      name: pod,
      labels: { 'app.kubernetes.io/name': role, ...(agent ? { 'cdk8s-slices/instance-role': 'standby' } : {}) },
    },
    spec: { nodeName: node },
    status: { podIP: address, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}
