import { NOBODY_ACTIVE, TOOK_OVER } from '../contract/events';
import type { Clock } from './clock';
import type { Config, Place } from './config';
import type { Elector } from './elector';
import { Handover } from './handover';
import type { HandoverResult, Leaver } from './handover';
import { PODS } from './leader';
import type { Agent, Engine, Facts, Verdict } from './engine';
import type { LeaseRecord } from './leader';
import type { Listener } from './lock';
import type { Log } from './log';
import { told } from './log';
import type { Phase, Status } from './peer';
import { Reluctance } from './reluctance';

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

/**
 * After good checks alone, so many or for so long in milliseconds, one that was about to stop did not: an engine that ends stops
 * answering. A long Lease asks seldom, and its pair would be without an active one for minutes.
 */
const STAYED_CHECKS = 100;
const STAYED_MS = 25_000;

/** For how long one that is about to stop does not take the Lease again, in milliseconds: longer than it takes to end. */
const STOP_MS = 30_000;

/** One pod of the pair: makes its engine active or standby as the elector says, and hands over when asked. */
export class Heartbeat implements Listener, Leaver, Omit<Agent, 'recheck' | 'noteOfOther' | 'otherLeaves'> {
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

  private readonly reluctance: Reluctance;
  private elector!: Elector;
  private work: Promise<void> = Promise.resolve();
  private engineVerdict: Verdict = { well: false, reason: 'not asked yet' };
  private followed = 0;
  private interrupted = false;
  /** Whether a handover is under way, and how many good checks came after it. */
  private handing = false;
  private stayed = 0;
  /** Counts the tenures: what was begun in one is not finished in another. The term may change within one. */
  private tenure = 0;

  public constructor(
    private readonly config: Config,
    private readonly place: Place,
    private readonly clock: Clock,
    private readonly engine: Engine,
    private readonly outside: Outside,
    private readonly log: Log,
  ) {
    const tell = (reason: string) => this.event('Warning', NOBODY_ACTIVE, `it does not take over: ${reason}`);
    this.reluctance = new Reluctance(() => clock.now(), tell);
  }

  public attach(elector: Elector): void {
    this.elector = elector;
  }

  /** Whether this pod is the active one at this very moment. */
  public active(): boolean {
    return this.phase === 'active' && this.elector.active();
  }

  /** Whether traffic may lead to both of the pair while it is handed over. */
  public get mayOverlap(): boolean {
    return !this.config.requireLease && (this.engine.servesAsStandby ?? false);
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
    const { well: ready, reason: why } = await this.readiness(this.elector.lease, true);
    const { phase, pointed, leaving, readers } = this;
    const readable = phase === 'standby' && well && !leaving && (this.engine.readable?.() ?? false);
    const { pod } = this.place;
    const { note } = this.engine;
    return { pod, phase, term: this.elector.term, ready, why, well, leaving, readable, note, readers, pointed };
  }

  // --- what the elector asks and tells ---

  public async willing(lease: LeaseRecord | undefined): Promise<boolean> {
    const verdict = await this.readiness(lease);
    this.reluctance.asked(verdict);
    return verdict.well;
  }

  public won(term: number, lease: LeaseRecord | undefined, { reason, ms }: { reason: string; ms: number }): void {
    const from = lease?.facts['pod'];
    const startedAt = this.clock.now();
    const tenure = ++this.tenure;
    const over = () => tenure !== this.tenure || this.phase !== 'promoting';
    this.phase = 'promoting';
    this.pointed = undefined;
    // The engine may have failed while the Lease was being taken.
    if (!this.engineVerdict.well) return void this.abdicateIll();
    this.enqueue(async () => {
      if (over()) return;
      // The nodes need a while to hear of it: meanwhile this engine refuses as well as the other's.
      const pointed = this.pointHere(lease);
      try {
        await this.engine.promote({ term, facts: this.elector.lease?.facts ?? {} });
      } catch (error) {
        if (over()) return;
        return void this.abdicate(`its engine could not be made active: ${told(error)}`, this.config.timings.leaseMs);
      }
      if (over()) return;
      this.phase = 'active';
      void pointed.then(() => this.announce(term, reason, from, ms, startedAt));
    });
  }

  public lost(term: number, reason: string): void {
    const tenure = ++this.tenure;
    if (this.phase === 'standby' || this.phase === 'demoting') return;
    this.phase = 'demoting';
    this.log('stopped being active', { term, reason });
    this.outside.event('Warning', 'HeartbeatLost', `${this.place.pod} stopped being active: ${reason}`);
    this.enqueue(() => this.demote(reason, tenure));
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
  private async readiness(lease: LeaseRecord | undefined, forOther = false): Promise<Verdict> {
    if (this.phase !== 'standby') return { well: false, reason: `it is ${this.phase}` };
    if (this.leaving) return { well: false, reason: 'it is about to stop' };
    if (!this.engineVerdict.well) return this.engineVerdict;
    // Only the API server can make it the active one. It is heard of with each renewal of the holder's.
    if (forOther && this.clock.now() - this.elector.reachedAt > this.config.timings.leaseMs)
      return { well: false, reason: 'it does not reach the api server' };
    return this.engine.mayLead(lease?.facts ?? {}).catch((error: unknown) => ({ well: false, reason: told(error) }));
  }

  /** The engine was asked; `turned` where it began or ceased to work by that. */
  public checked(verdict: Verdict, missed: number, turned: boolean): void {
    if (missed > 0) this.interrupted = true;
    else if (this.interrupted) this.interrupted = this.leaving = false;
    else if (this.leaving && !this.handing && ++this.stayed >= this.stayedChecks) this.leaving = false;
    this.engineVerdict = verdict;
    if (turned) this.log(verdict.well ? 'engine works' : 'engine does not work', { reason: verdict.reason });
    if (!verdict.well) void this.abdicateIll();
    else if (turned) this.elector.nudge();
  }

  private get stayedChecks(): number {
    return Math.min(STAYED_CHECKS, STAYED_MS / this.config.check.everyMs);
  }

  private abdicateIll(): Promise<void> {
    return this.abdicate(`its engine does not work: ${this.engineVerdict.reason}`, 0);
  }

  /** Makes a peer active before a planned stop. Where none takes over, this pod stays active. */
  public handOver(settleMs = this.config.handover.settleMs): Promise<HandoverResult> {
    return this.hand(settleMs, this.config.handover.withinMs);
  }

  /**
   * Before the engine is told to end: hands over, and where no peer takes over, makes an engine a standby that may not end as
   * the active one.
   */
  public async beforeStop(): Promise<HandoverResult> {
    const result = await this.handOver();
    this.leaving = true;
    if (!result.done && !this.engine.servesAsStandby)
      await this.abdicate(`it is about to stop: ${result.reason}`, STOP_MS, {}, true);
    return result;
  }

  /** Hands over without a stop to come: this pod is a standby then. */
  public async switchOver(): Promise<HandoverResult> {
    // Nothing ends here, so the nodes may take their time to hear of it; nobody waits for a peer to become ready.
    const result = await this.hand(0, 0);
    this.leaving = false;
    return result;
  }

  private async hand(settleMs: number, waitMs: number): Promise<HandoverResult> {
    this.handing = true;
    const handover = new Handover(this.config, this.place, this.clock, this.outside, this, this.log);
    return handover.run(settleMs, waitMs).finally(() => {
      this.handing = false;
      this.stayed = 0;
    });
  }

  public get leaseIsFree(): boolean {
    return this.elector.lease?.holder === '';
  }

  public comeBack(): void {
    if (this.phase === 'standby') this.elector.nudge();
  }

  /** Gives the Lease back, the engine first. */
  public async abdicate(
    reason: string,
    awayMs: number,
    facts: Readonly<Record<string, string>> = {},
    planned = facts['leaving'] !== undefined,
  ): Promise<void> {
    if (this.phase === 'standby' || this.phase === 'demoting') return this.work;
    const { term } = this.elector;
    this.phase = 'demoting';
    this.log('gives up the lease', { term, reason });
    this.outside.event('Normal', 'HeartbeatGivenUp', `${this.place.pod} gives up being active: ${reason}`);
    this.enqueue(async () => {
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
    return { pod, address, node, [PODS]: this.config.pods.join(' ') };
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
      TOOK_OVER,
      `${this.place.pod} took over${whose} in ${this.lastTakeoverMs} ms: ${reason}`,
    );
  }

  private makeStandby(reason: string, planned: boolean): Promise<void> {
    return this.engine
      .demote(reason, planned)
      .catch((error) => this.trouble('failed to make the engine a standby', error));
  }

  private async demote(reason: string, tenure: number): Promise<void> {
    await this.makeStandby(reason, false);
    // The Lease may be won again meanwhile: then it is promoted next.
    if (tenure !== this.tenure) return;
    this.phase = 'standby';
    this.elector.nudge();
  }

  /** The engine does one thing at a time. */
  private enqueue(work: () => Promise<void>): void {
    this.work = this.work.then(work);
  }
}
