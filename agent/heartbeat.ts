import type { Clock } from './clock';
import { sleep } from './clock';
import type { Config, Place } from './config';
import type { Elector } from './elector';
import type { Agent, Engine, Facts, Verdict } from './engine';
import type { LeaseRecord } from './leader';
import type { Listener } from './lock';
import type { Log } from './log';
import { told } from './log';
import type { Phase, Status } from './peer';

/** What a change of the active one has to be told to, outside the pair. */
export interface Outside {
  /** Makes traffic lead here, and labels the pods. Repeats what fails while `wanted`. */
  pointHere(leaving: Place | undefined, wanted: () => boolean): Promise<void>;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Looks where the other pods are now. */
  lookForPods(): Promise<void>;
  /** What the other pods that answer tell of themselves. */
  statuses(timeoutMs: number): Promise<Status[]>;
}

export interface HandoverResult {
  readonly done: boolean;
  readonly reason: string;
  readonly ms: number;
}

/** One pod of the pair: makes its engine active or standby as the elector says, and hands over when asked. */
export class Heartbeat implements Listener, Omit<Agent, 'recheck' | 'noteOfOther' | 'otherLeaves'> {
  public phase: Phase = 'standby';
  /** Where traffic was made to lead, since this pod is the active one. */
  public pointed: Status['pointed'];
  /** Where what only reads was made to lead. */
  public readers: readonly string[] = [];
  /** About to stop: no traffic and no turn as the active one, until the engine is seen to have come back. */
  public leaving = false;
  /** Counted for /metrics. */
  public takeovers = 0;
  public lastTakeoverMs = 0;
  public troubles = 0;

  private elector!: Elector;
  private work: Promise<void> = Promise.resolve();
  private engineVerdict: Verdict = { well: false, reason: 'not asked yet' };
  private followed = 0;
  private interrupted = false;

  public constructor(
    private readonly config: Config,
    private readonly place: Place,
    private readonly clock: Clock,
    private readonly engine: Engine,
    private readonly outside: Outside,
    private readonly log: Log,
  ) {}

  public attach(elector: Elector): void {
    this.elector = elector;
  }

  /** Whether this pod is the active one at this very moment. */
  public active(): boolean {
    return this.phase === 'active' && this.elector.active();
  }

  /** Whether traffic may lead to both of the pair while it is handed over. */
  public get mayOverlap(): boolean {
    return !this.config.strict && (this.engine.servesAsStandby ?? false);
  }

  public publish(facts: Readonly<Record<string, string | undefined>>): Promise<void> {
    return this.elector.publish(facts);
  }

  public facts(): Facts {
    return this.elector.lease?.facts ?? {};
  }

  public event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.outside.event(type, reason, `${this.place.pod}: ${message}`);
  }

  public async status(): Promise<Status> {
    const { well } = this.engineVerdict;
    const { well: ready, reason: why } = await this.readiness(this.elector.lease);
    const { phase, pointed, leaving, readers } = this;
    const readable = phase === 'standby' && well && !leaving && (this.engine.readable?.() ?? false);
    const { pod } = this.place;
    const { note } = this.engine;
    return { pod, phase, term: this.elector.term, ready, why, well, leaving, readable, note, readers, pointed };
  }

  // --- what the elector asks and tells ---

  public async willing(lease: LeaseRecord | undefined): Promise<boolean> {
    return (await this.readiness(lease)).well;
  }

  public won(term: number, lease: LeaseRecord | undefined, { reason, ms }: { reason: string; ms: number }): void {
    const from = lease?.facts['pod'];
    const startedAt = this.clock.now();
    this.phase = 'promoting';
    this.pointed = undefined;
    this.enqueue(async () => {
      if (this.elector.term !== term) return;
      // The nodes need a while to hear of it: meanwhile this engine refuses as well as the other's.
      const pointed = this.pointHere(lease);
      try {
        await this.engine.promote({ term, facts: this.elector.lease?.facts ?? {} });
      } catch (error) {
        return void this.abdicate(`its engine could not be made active: ${told(error)}`, this.config.timings.leaseMs);
      }
      if (this.elector.term !== term || this.phase !== 'promoting') return;
      this.phase = 'active';
      void pointed.then(() => this.announce(term, reason, from, ms, startedAt));
    });
  }

  public lost(term: number, reason: string): void {
    if (this.phase === 'standby' || this.phase === 'demoting') return;
    this.phase = 'demoting';
    this.log('stopped being active', { term, reason });
    this.outside.event('Warning', 'HeartbeatLost', `${this.place.pod} stopped being active: ${reason}`);
    this.enqueue(() => this.demote(reason));
  }

  public changed(lease: LeaseRecord | undefined): void {
    const pod = lease?.facts['pod'];
    if (!lease || lease.holder === '' || !pod || pod === this.place.pod || lease.term <= this.followed) return;
    this.followed = lease.term;
    this.log('follows', { leader: pod, term: lease.term });
    const leader = { pod, address: lease.facts['address'] ?? '', term: lease.term, facts: lease.facts };
    this.enqueue(() => this.engine.follow(leader).catch((error) => this.trouble('failed to follow', error)));
  }

  public trouble(what: string, error: unknown): void {
    this.troubles++;
    this.log('trouble', { what, error: told(error) });
  }

  // --- what happens in this pod ---

  /** Whether it could take over now, or why it could not. */
  private async readiness(lease: LeaseRecord | undefined): Promise<Verdict> {
    if (this.phase !== 'standby') return { well: false, reason: `it is ${this.phase}` };
    if (this.leaving) return { well: false, reason: 'it is about to stop' };
    if (!this.engineVerdict.well) return this.engineVerdict;
    return this.engine.mayLead(lease?.facts ?? {}).catch((error: unknown) => ({ well: false, reason: told(error) }));
  }

  /** The engine was asked; `turned` where it began or ceased to work by that. */
  public checked(verdict: Verdict, missed: number, turned: boolean): void {
    if (missed > 0) this.interrupted = true;
    else if (this.interrupted) this.interrupted = this.leaving = false;
    if (!turned) return;
    this.engineVerdict = verdict;
    this.log(verdict.well ? 'engine works' : 'engine does not work', { reason: verdict.reason });
    if (verdict.well) this.elector.nudge();
    else if (this.phase === 'active' || this.phase === 'promoting')
      void this.abdicate(`its engine does not work: ${verdict.reason}`, 0);
  }

  /** Before a planned stop: returns when a peer is active and traffic leads to it, or a bound has passed. */
  public async handOver(settleMs = this.config.handover.settleMs): Promise<HandoverResult> {
    const { withinMs } = this.config.handover;
    const startedAt = this.clock.now();
    const passed = () => Math.round(this.clock.now() - startedAt);
    const shared = (this.config.traffic?.everyone ?? false) || this.config.reads !== undefined;
    if (this.phase === 'standby' && !shared) return { done: true, reason: 'it is not the active one', ms: 0 };
    this.leaving = true;
    const failed = (reason: string): HandoverResult => {
      this.leaving = false;
      this.log('did not hand over', { reason });
      return { done: false, reason, ms: passed() };
    };
    if (this.phase !== 'standby') {
      const statuses = await this.others();
      if (!statuses.some(({ ready }) => ready)) {
        const why = statuses.map(({ pod, why: reason }) => `${pod}: ${reason}`).join(', ');
        return failed(`no peer is ready to take over (${why || 'none answers'})`);
      }
      // The nodes hear of this pod's end first, and of the next change only so long after it: until then, it stays active.
      await sleep(this.clock, settleMs);
      await this.abdicate('it hands over', withinMs, { leaving: JSON.stringify(this.place) });
    }
    for (; passed() < withinMs + settleMs; await sleep(this.clock, 25)) {
      const statuses = await this.outside.statuses(this.config.timings.renewMs);
      const successor = statuses.find(({ phase, pointed, pod }) => phase === 'active' && pointed?.pods.includes(pod));
      if (!successor || [...(successor.pointed?.pods ?? []), ...successor.readers].includes(this.place.pod)) continue;
      await sleep(this.clock, settleMs);
      this.log('handed over', { to: successor.pod, term: successor.term, ms: passed() });
      return { done: true, reason: `${successor.pod} is active`, ms: passed() };
    }
    return failed(`no peer was active within ${withinMs} ms`);
  }

  /** What the other pods say; one that was made anew a moment ago has an address that has to be looked up first. */
  private async others(): Promise<Status[]> {
    const { renewMs } = this.config.timings;
    const statuses = await this.outside.statuses(renewMs);
    if (statuses.some(({ ready }) => ready)) return statuses;
    await this.outside
      .lookForPods()
      .catch((error: unknown) => this.trouble('failed to look for the other pods', error));
    return this.outside.statuses(renewMs);
  }

  /** Hands over without a stop to come: this pod is a standby then. */
  public async switchOver(): Promise<HandoverResult> {
    // Nothing ends here, so the nodes may take their time to hear of it.
    const result = await this.handOver(0);
    this.leaving = false;
    return result;
  }

  /** Gives the Lease back, the engine first. */
  public async abdicate(reason: string, awayMs: number, facts: Readonly<Record<string, string>> = {}): Promise<void> {
    if (this.phase === 'standby' || this.phase === 'demoting') return this.work;
    const { term } = this.elector;
    this.phase = 'demoting';
    this.log('gives up the lease', { term, reason });
    this.outside.event('Normal', 'HeartbeatGivenUp', `${this.place.pod} gives up being active: ${reason}`);
    this.enqueue(async () => {
      const planned = facts['leaving'] !== undefined;
      await this.makeStandby(reason, planned);
      await this.elector.release(awayMs, facts);
      this.phase = 'standby';
    });
    await this.work;
    this.elector.nudge();
  }

  /** The facts that each write of the Lease carries. */
  public ownFacts(): Facts {
    const { pod, address, node } = this.place;
    return { pod, address, node };
  }

  private async pointHere(lease: LeaseRecord | undefined): Promise<void> {
    const wanted = () => (this.phase === 'promoting' || this.phase === 'active') && this.elector.term !== undefined;
    const leaving = lease?.facts['leaving'];
    try {
      await this.outside.pointHere(leaving ? (JSON.parse(leaving) as Place) : undefined, wanted);
    } catch (error) {
      this.trouble('failed to make traffic lead here', error);
    }
  }

  private announce(term: number, reason: string, from: string | undefined, ms: number, startedAt: number): void {
    this.takeovers++;
    this.lastTakeoverMs = Math.round(this.clock.now() - startedAt + ms);
    const whose = from && from !== this.place.pod ? ` from ${from}` : '';
    this.log('took over', { from, reason, term, ms: this.lastTakeoverMs });
    this.outside.event(
      'Normal',
      'HeartbeatTookOver',
      `${this.place.pod} took over${whose} in ${this.lastTakeoverMs} ms: ${reason}`,
    );
  }

  private makeStandby(reason: string, planned: boolean): Promise<void> {
    return this.engine
      .demote(reason, planned)
      .catch((error) => this.trouble('failed to make the engine a standby', error));
  }

  private async demote(reason: string): Promise<void> {
    await this.makeStandby(reason, false);
    this.phase = 'standby';
    this.elector.nudge();
  }

  /** The engine does one thing at a time. */
  private enqueue(work: () => Promise<void>): void {
    this.work = this.work.then(work);
  }
}
