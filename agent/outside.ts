import type { Clock } from './clock';
import type { Config, Place } from './config';
import type { Elector } from './elector';
import type { Events } from './events';
import type { Heartbeat, Outside } from './heartbeat';
import type { Kube } from './kube';
import type { HttpPeers, Status } from './peer';
import type { Pods } from './pods';
import { Outranked } from './traffic';
import type { Targets, Traffic } from './traffic';

/** How often what was written is looked at again, as others may have changed it. */
const LOOK_AGAIN_MS = 5_000;

/**
 * For so many times as the nodes take to hear of a change, traffic leads to the one that leaves, too: a load balancer that sends
 * only to nodes that have an endpoint hears of the new one later than of the end of the old one, and would have none.
 */
const OVERLAPS = 2;

/** What was last heard of another pod. */
interface Heard {
  readonly place: Place;
  readonly at: number;
  readonly well: boolean;
  readonly leaving: boolean;
  readonly readable: boolean;
  readonly note?: string | undefined;
}

/** Keeps what the world sees of the pair as it should be: the EndpointSlice, the labels, the Events. */
export class Announcer implements Outside {
  private readonly heard = new Map<string, Heard>();
  private lookedAt = Number.NEGATIVE_INFINITY;
  private lastTargets = '';
  private lastReaders = '';
  private pointing = false;
  private overlapUntil = Number.NEGATIVE_INFINITY;

  public constructor(
    private readonly config: Config,
    private readonly place: Place,
    private readonly clock: Clock,
    private readonly kube: Kube,
    private readonly pods: Pods,
    private readonly peers: HttpPeers,
    private readonly traffic: Traffic | undefined,
    private readonly reads: Traffic | undefined,
    private readonly events: Events,
    private readonly elector: () => Elector,
    private readonly heartbeat: () => Heartbeat,
  ) {}

  public async pointHere(leaving: Place | undefined, wanted: () => boolean): Promise<void> {
    this.heard.clear();
    const at = this.clock.now();
    // One that takes its own Lease back is not leaving.
    if (leaving?.pod === this.place.pod) leaving = undefined;
    if (leaving) this.heard.set(leaving.pod, { place: leaving, at, well: true, leaving: true, readable: false });
    this.overlapUntil = leaving && this.heartbeat().mayOverlap ? at + OVERLAPS * this.config.handover.settleMs : at;
    this.pointing = true;
    try {
      await this.kube.persist(() => this.point(this.targets()), wanted);
      // Labels are for people and for Services that select them: traffic does not wait for them.
      void this.kube.persist(() => this.pods.label(), wanted).catch(() => undefined);
    } finally {
      this.pointing = false;
    }
  }

  /** What another pod's engine says of itself. */
  public noteOfOther(): string | undefined {
    return this.lately.find(({ note }) => note !== undefined)?.note;
  }

  /** Whether another pod said lately that it is about to stop. */
  public get otherLeaves(): boolean {
    return this.lately.some(({ leaving }) => leaving);
  }

  /** Each other pod that was heard within a Lease: what one said before it vanished counts no more. */
  private get lately(): Heard[] {
    const since = this.clock.now() - this.config.timings.leaseMs;
    return [...this.heard.values()].filter(({ at }) => at >= since);
  }

  public event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    void this.events.tell(type, reason, message);
  }

  public lookForPods(): Promise<void> {
    return this.pods.refresh();
  }

  public statuses(timeoutMs: number): Promise<Status[]> {
    return this.peers.statuses(timeoutMs);
  }

  /** Looks again, for as long as the process runs: where the pods are, and whether what was written still holds. */
  public keep(): void {
    const again = async () => {
      await this.round().catch((error: unknown) => this.heartbeat().trouble('failed to look again', error));
      this.clock.after(this.config.timings.renewMs, () => void again());
    };
    void again();
  }

  private async round(): Promise<void> {
    const due = this.clock.now() - this.lookedAt >= LOOK_AGAIN_MS;
    if (due) this.lookedAt = this.clock.now();
    if (!this.heartbeat().active() || this.pointing) return due ? this.pods.refresh() : undefined;
    await this.hear();
    const targets = this.targets();
    if (due) await this.pods.label();
    if (this.heartbeat().active() && !this.pointing && (due || JSON.stringify(targets) !== this.lastTargets))
      await this.point(targets);
    const readers = this.readers();
    if (this.heartbeat().active() && !this.pointing && (due || JSON.stringify(readers) !== this.lastReaders))
      await this.lead(readers);
  }

  /** Asks the other pods how they are, where it matters. */
  private async hear(): Promise<void> {
    if (!this.config.traffic?.everyone && !this.reads && !this.otherLeaves) return;
    for (const { pod, well, leaving, readable, note } of await this.peers.statuses(this.config.timings.renewMs)) {
      const place = this.pods.others.find((other) => other.pod === pod);
      if (place) this.heard.set(pod, { place, at: this.clock.now(), well, leaving, readable, note });
    }
  }

  /** This pod gets traffic; so does any that works, where everyone is to; one that leaves is named for as long as it answers. */
  private targets(): Targets {
    const since = this.clock.now() - this.config.timings.giveUpMs;
    const well = [...this.heard.values()].filter((other) => other.well && other.at > since);
    const places = (some: Heard[]) => some.map(({ place }) => place);
    const leaving = places(well.filter((other) => other.leaving));
    const others = this.config.traffic?.everyone ? places(well.filter((other) => !other.leaving)) : [];
    const overlaps = this.clock.now() < this.overlapUntil;
    return { ready: [this.place, ...others, ...(overlaps ? leaving : [])], leaving: overlaps ? [] : leaving };
  }

  /** What only reads is kept from the active one, as long as there is another to read from. */
  private readers(): Targets {
    const since = this.clock.now() - this.config.timings.giveUpMs;
    const others = [...this.heard.values()].filter(({ at, readable }) => readable && at > since);
    return { ready: others.length > 0 ? others.map(({ place }) => place) : [this.place], leaving: [] };
  }

  private async point(targets: Targets): Promise<void> {
    const term = await this.write(this.traffic, targets);
    if (term === undefined) return;
    this.lastTargets = JSON.stringify(targets);
    this.heartbeat().pointed = { term, pods: targets.ready.map(({ pod }) => pod) };
  }

  private async lead(readers: Targets): Promise<void> {
    if (!this.reads || (await this.write(this.reads, readers)) === undefined) return;
    this.lastReaders = JSON.stringify(readers);
    this.heartbeat().readers = readers.ready.map(({ pod }) => pod);
  }

  /** Returns the term in which it was written, if this pod has one. */
  private async write(traffic: Traffic | undefined, targets: Targets): Promise<number | undefined> {
    const elector = this.elector();
    const { term } = elector;
    if (term === undefined) return undefined;
    try {
      await traffic?.point(term, targets);
    } catch (error) {
      if (error instanceof Outranked) elector.outranked(error.term);
      throw error;
    }
    return term;
  }
}
