import { EVICTION_ENDED } from '../../contract/events';
import { KubeError } from '../kube';
import { told } from '../log';
import type { Log } from '../log';
import type { EvictedPod, MarkedPods } from './marked-pods';
import type { Tell } from './marking';
import type { Probe } from './probe';

/** So many looks in a row, 3 s apart, at which nothing answered for a pod. */
const LOOKS = 4;

/** Tries at each look: a network that loses 30 % of its packets leaves all of the twelve without an answer once in 3,000 cases. */
const TRIES = 3;

/**
 * Ends the eviction of pods that keep nothing. Kubernetes evicts a lost node's pods after 45 s, but a StatefulSet waits for the node to say
 * that the pod has ended, so that a role of named slices would never be whole again.
 *
 * A node that is only cut off from the API server still answers here, and its pods are left alone.
 */
export class Eviction {
  /** How often nothing answered, by the pod's own identifier. */
  private readonly silent = new Map<string, number>();
  private looking = false;

  public constructor(
    /** The pods of this agent's pair. */
    private readonly pair: readonly string[],
    /** Whether this agent's own pod is the active one: then no other pod of the pair is. */
    private readonly isActive: () => boolean,
    private readonly probe: Probe,
    private readonly pods: Pick<MarkedPods, 'remove'>,
    private readonly tell: Tell,
    private readonly log: Log,
  ) {}

  public async look(evicted: readonly EvictedPod[]): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const known = new Set(evicted.map(({ uid }) => uid));
    for (const uid of this.silent.keys()) if (!known.has(uid)) this.silent.delete(uid);
    await Promise.all(evicted.filter((pod) => this.mayRemove(pod)).map((pod) => this.consider(pod)));
    this.looking = false;
  }

  /** The pods of another pair are its own agents' matter: they know whether one of them is active. */
  private mayRemove({ pod, agent }: EvictedPod): boolean {
    return this.pair.includes(pod) ? this.isActive() : !agent;
  }

  private async consider(pod: EvictedPod): Promise<void> {
    const answers = await Promise.all(Array.from({ length: TRIES }, () => this.probe(pod.address)));
    const looks = answers.some((answer) => answer !== 'nothing') ? 0 : (this.silent.get(pod.uid) ?? 0) + 1;
    this.silent.set(pod.uid, looks);
    if (looks < LOOKS || !this.mayRemove(pod)) return;
    try {
      await this.pods.remove(pod);
    } catch (error) {
      // Another agent was first, or there is a new pod of its name.
      if (error instanceof KubeError && [404, 409].includes(error.status)) return;
      this.log('trouble', { what: 'failed to end an eviction', error: told(error) });
      return;
    }
    const message = `${pod.node} is lost, and nothing answers for ${pod.pod}: removed it, so that another takes its place`;
    this.log('ended an eviction', { pod: pod.pod, node: pod.node });
    await this.tell('Warning', EVICTION_ENDED, message);
  }
}
