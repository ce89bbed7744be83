import { NODE_SILENT } from '../../contract/events';
import type { Clock } from '../clock';
import type { Place } from '../config';
import { told } from '../log';
import type { Log } from '../log';
import type { Answer, Probe } from './probe';
import { Silence } from './silence';
import type { Silent, Tried } from './silence';
import type { Eviction } from './eviction';
import type { EvictedPod, MarkedPods } from './marked-pods';
import type { Votes } from './votes';

/** How often the pods are tried, the agents vote, and the API server is asked for the pods. */
const STEP_MS = 100;
const VOTE_MS = 200;
const LOOK_MS = 3_000;

/** Tells of what was done, for people. */
export type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => Promise<void>;

/**
 * Takes the pods of a node that died out of all Services, about a second after its power was gone, where Kubernetes takes 40.
 * Each agent tries the pods of all other nodes; more than half of the nodes that have agents must find the same one silent.
 */
export class Marking {
  private readonly silence: Silence;
  private agents: readonly Place[] = [];
  private votedAt = Number.NEGATIVE_INFINITY;
  private voting = false;

  public constructor(
    private readonly own: Place,
    private readonly clock: Clock,
    private readonly probe: Probe,
    /** Those of the site, which are also tried, and others that are marked with them. */
    private readonly pods: readonly MarkedPods[],
    private readonly votes: Votes,
    private readonly eviction: Eviction,
    private readonly tell: Tell,
    private readonly log: Log,
    private readonly today: () => Date = () => new Date(),
  ) {
    this.silence = new Silence(own.node);
  }

  public start(): void {
    this.keep(LOOK_MS, () => this.look());
    this.keep(STEP_MS, async () => this.step());
  }

  private keep(ms: number, work: () => Promise<void>): void {
    const again = async () => {
      await work().catch((error: unknown) =>
        this.log('trouble', { what: 'failed to look for nodes', error: told(error) }),
      );
      this.clock.after(ms, () => void again());
    };
    void again();
  }

  private async look(): Promise<void> {
    void this.eviction.look(await this.know());
    if (!this.voting) await this.votes.look(() => this.clock.now());
  }

  /** Learns which pods there are, and returns those that are evicted. */
  private async know(): Promise<readonly EvictedPod[]> {
    const { ready = [], evicted = [] } = (await this.pods[0]?.look()) ?? {};
    this.silence.know(ready, this.clock.now());
    this.agents = ready.filter(({ agent }) => agent);
    return evicted;
  }

  private step(): void {
    const now = this.clock.now();
    for (const place of this.silence.step(now)) void this.attempt(place, now);
    if (this.voting || now - this.votedAt < VOTE_MS) return;
    this.votedAt = now;
    this.voting = true;
    void this.decide(this.silence.suspected(now))
      .catch((error: unknown) => this.log('trouble', { what: 'failed to vote', error: told(error) }))
      .finally(() => (this.voting = false));
  }

  private async attempt(place: Tried, sentAt: number): Promise<void> {
    const heard = (answer: Answer) => this.silence.heard(place, sentAt, answer);
    heard(await this.probe(place.address, () => heard('kernel')));
  }

  private async decide(silent: Silent | undefined): Promise<void> {
    if (!silent) return this.votes.withdraw();
    const now = () => this.clock.now();
    await this.votes.vote(silent, now);
    // Marked once is enough; and one whose own node was marked is the one that the others do not hear.
    if ([silent.node, this.own.node].includes(this.votes.lately(now()) ?? '')) {
      this.silence.forget(silent.node);
      return this.votes.withdraw();
    }
    if (!this.isStillSilent(silent)) return;
    const voters = [...this.agents.filter(({ pod }) => pod !== this.own.pod), this.own];
    const others = voters.filter(({ node }) => node !== silent.node);
    const isSilent = (each: Silent) => this.silence.isSilent(each);
    if (!this.votes.agree(silent.node, others, isSilent, now()) || this.votes.isTooSoon(now())) return;
    // A pod that ended since the last look answers nobody, and its node is well.
    await this.know();
    if (!this.isStillSilent(silent)) return;
    if (await this.votes.claim(silent.node, this.today(), now)) await this.mark(silent);
  }

  private isStillSilent({ node }: Silent): boolean {
    const latest = this.silence.suspected(this.clock.now());
    return latest?.node === node && this.silence.isSilent(latest);
  }

  private async mark({ node, ms, hangs }: Silent): Promise<void> {
    const message = hangs ? `no program of ${node} answered` : `${node} answered nobody for ${ms} ms`;
    const failed = (error: unknown) => {
      this.log('trouble', { what: 'failed to mark a pod', error: told(error) });
      return [];
    };
    const marks = this.pods.map((pods) => pods.markNode(node, message, this.today(), failed).catch(failed));
    const names = (await Promise.all(marks)).flat().join(', ');
    this.log('marked', { node, silentMs: ms, hangs, pods: names });
    await this.tell('Warning', NODE_SILENT, `${message}: took ${names || 'no pod'} out of their Services`);
  }
}
