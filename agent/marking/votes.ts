import { OWN_PREFIX } from '../../contract/labels';
import type { Place } from '../config';
import type { Json, Kube } from '../kube';
import { APPLY, JSON_PATCH, KubeError, MERGE, unlessMissing } from '../kube';
import type { Silent } from './silence';

const VOTE = `${OWN_PREFIX}silent.`;

/** A vote that did not change for so long is its voter's last: each is written anew every 200 ms while the node is silent. */
const FRESH_MS = 1_000;

/** At most one node is marked within this: a second one at once is more likely a fault of the network, or of those who mark. */
const APART_MS = 60_000;

interface Spec {
  readonly leaseTransitions?: number;
  readonly holderIdentity?: string;
  readonly acquireTime?: string;
}

/** The Lease in which the agents of a site say which node each finds silent, and which one is marked. */
export class Votes {
  /** The votes of other pods, and when each was seen to change. */
  private readonly seen = new Map<string, { vote: string; at: number }>();
  /** How many nodes were marked ever, and when that number was seen to change. */
  private marked: { count: number; node: string; at: number } | undefined;
  private cast = false;

  public constructor(
    private readonly kube: Kube,
    private readonly namespace: string,
    private readonly name: string,
    private readonly pod: string,
    private readonly today: () => Date = () => new Date(),
  ) {}

  /** Looks at the Lease, so that a later change is seen as one. */
  public async look(now: () => number): Promise<void> {
    const lease = await this.kube.call('GET', this.path).catch(unlessMissing);
    this.see(lease ?? {}, now());
  }

  /** Says which node is silent, and sees what the others say. */
  public async vote({ node, ms }: Silent, now: () => number): Promise<void> {
    this.cast = true;
    this.see(await this.write(`${node} ${ms}`), now());
  }

  /** Takes the vote back, where there is one. */
  public async withdraw(): Promise<void> {
    if (!this.cast) return;
    await this.write(null);
    this.cast = false;
  }

  /**
   * Whether more than half of the other nodes that have agents find it silent, by the votes as last seen.
   *
   * @param voters the agents on other nodes than that, this one among them.
   * @param isSilent whether a vote says it was silent for long enough.
   */
  public agree(node: string, voters: readonly Place[], isSilent: (silent: Silent) => boolean, now: number): boolean {
    const says = ({ pod }: Place) => {
      const { vote = '', at = 0 } = this.seen.get(pod) ?? {};
      const [named = '', ms] = vote.split(' ');
      return named === node && now - at < FRESH_MS && isSilent({ node, ms: Number(ms) });
    };
    const nodes = new Set(voters.map((voter) => voter.node));
    const agreed = new Set(voters.filter((voter) => voter.pod === this.pod || says(voter)).map((voter) => voter.node));
    return agreed.size > nodes.size / 2;
  }

  /** Whether another node was marked so lately that none may be now. */
  public isTooSoon(now: number): boolean {
    return this.marked === undefined || (this.marked.count > 0 && now - this.marked.at < APART_MS);
  }

  /** The node that was marked within the last minute. */
  public lately(now: number): string | undefined {
    return this.marked && this.marked.count > 0 && now - this.marked.at < APART_MS ? this.marked.node : undefined;
  }

  /** Claims the right to mark a node: one agent gets it. */
  public async claim(node: string, time: Date, now: () => number): Promise<boolean> {
    const count = this.marked?.count ?? 0;
    const changes = [
      { op: 'test', path: '/spec/leaseTransitions', value: count },
      { op: 'add', path: '/spec/leaseTransitions', value: count + 1 },
      { op: 'add', path: '/spec/holderIdentity', value: node },
      { op: 'add', path: '/spec/acquireTime', value: time.toISOString().replace('Z', '000Z') },
    ];
    try {
      this.see(await this.kube.call('PATCH', this.path, changes as unknown as Json, JSON_PATCH), now());
      return true;
    } catch (error) {
      // Another was first.
      if (error instanceof KubeError && error.status === 422) return false;
      throw error;
    }
  }

  private see(lease: Json, now: number): void {
    const annotations = ((lease['metadata'] as Json | undefined)?.['annotations'] ?? {}) as Record<string, string>;
    for (const [key, vote] of Object.entries(annotations)) {
      const pod = key.startsWith(VOTE) ? key.slice(VOTE.length) : this.pod;
      if (pod === this.pod || this.seen.get(pod)?.vote === vote) continue;
      // What stood there when this process first looked may be old.
      this.seen.set(pod, { vote, at: this.marked === undefined ? Number.NEGATIVE_INFINITY : now });
    }
    const { leaseTransitions: count = 0, holderIdentity: node = '', acquireTime } = (lease['spec'] ?? {}) as Spec;
    if (this.marked?.count === count) return;
    // The age of a mark from before this process is known by the Lease alone.
    const age = this.marked === undefined ? this.today().getTime() - Date.parse(acquireTime ?? '') : 0;
    this.marked = { count, node, at: now - Math.max(0, age || 0) };
  }

  private async write(vote: string | null): Promise<Json> {
    const metadata = { annotations: { [`${VOTE}${this.pod}`]: vote } };
    const lease = await this.kube.call('PATCH', this.path, { metadata }, MERGE).catch(unlessMissing);
    if (lease) return lease;
    // Server-side apply makes what is missing: unlike a POST, that is allowed by name.
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec: { leaseTransitions: 0 } };
    const made = { ...body, metadata: { ...metadata, name: this.name } };
    return this.kube.call('PATCH', `${this.path}?fieldManager=heartbeat&force=true`, made, APPLY);
  }

  private get path(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.namespace}/leases/${this.name}`;
  }
}
