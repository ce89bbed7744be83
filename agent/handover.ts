import type { Clock } from './clock';
import { sleep } from './clock';
import type { Config, Place } from './config';
import type { Outside } from './heartbeat';
import type { Log } from './log';
import type { Phase, Status } from './peer';

export interface HandoverResult {
  readonly done: boolean;
  readonly reason: string;
  readonly ms: number;
}

/** How often the other pods are asked during a handover, in milliseconds. */
const AGAIN_MS = 25;

/** The pod that hands over. */
export interface Leaver {
  readonly phase: Phase;
  /** Whether it takes no traffic and no turn. */
  leaving: boolean;
  abdicate(reason: string, awayMs: number, facts: Readonly<Record<string, string>>): Promise<void>;
  /** Whether the Lease that it gave back still belongs to nobody. */
  readonly leaseIsFree: boolean;
  /** Takes the Lease again, as nobody else did. */
  comeBack(): void;
  trouble(what: string, error: unknown): void;
}

/** Makes another pod the active one before this one stops, or because an operator says so. */
export class Handover {
  public constructor(
    private readonly config: Config,
    private readonly place: Place,
    private readonly clock: Clock,
    private readonly outside: Outside,
    private readonly leaver: Leaver,
    private readonly log: Log,
  ) {}

  /**
   * Returns when another pod is active and traffic leads to it, or when a bound has passed: then this one stays active.
   * Waits `settleMs` for the nodes before and after, and up to `waitMs` for a peer that is ready.
   */
  public async run(settleMs: number, waitMs: number): Promise<HandoverResult> {
    const { leaver } = this;
    const startedAt = this.clock.now();
    const passed = () => Math.round(this.clock.now() - startedAt);
    const { everyone } = this.config.traffic ?? { everyone: false };
    if (leaver.phase === 'standby' && !everyone && this.config.reads === undefined)
      return { done: true, reason: 'it is not the active one', ms: 0 };
    leaver.leaving = true;
    const why = leaver.phase === 'standby' ? undefined : await this.give(settleMs, waitMs);
    const successor = why === undefined ? await this.successor(settleMs) : undefined;
    if (successor) {
      await sleep(this.clock, settleMs);
      this.log('handed over', { to: successor.pod, term: successor.term, ms: passed() });
      return { done: true, reason: `${successor.pod} is active`, ms: passed() };
    }
    const reason = why ?? `no peer was active within ${this.config.handover.withinMs} ms`;
    leaver.leaving = false;
    leaver.comeBack();
    this.log('did not hand over', { reason });
    return { done: false, reason, ms: passed() };
  }

  /** Gives the Lease to a peer that is ready, or says why there is none. */
  private async give(settleMs: number, waitMs: number): Promise<string | undefined> {
    const end = this.clock.now() + waitMs;
    let heard: Status[] = [];
    for (;;) {
      const statuses = await this.others();
      if (statuses.some(({ ready }) => ready)) break;
      if (statuses.length > 0) heard = statuses;
      if (this.clock.now() >= end) {
        const reasons = heard.map(({ pod, why }) => `${pod}: ${why}`).join(', ');
        return `no peer is ready to take over (${reasons || 'none answers'})`;
      }
      await sleep(this.clock, AGAIN_MS);
    }
    // The nodes hear of this pod's end first, and of the next change only so long after it: until then, it stays active.
    await sleep(this.clock, settleMs);
    const { leaseMs } = this.config.timings;
    await this.leaver.abdicate('it hands over', leaseMs, { leaving: JSON.stringify(this.place) });
    return undefined;
  }

  /** The pod that took over and has the traffic. A Lease that nobody has taken for its whole length is not waited for longer. */
  private async successor(settleMs: number): Promise<Status | undefined> {
    const { handover, timings } = this.config;
    const since = this.clock.now();
    for (;;) {
      const passed = this.clock.now() - since;
      if (passed >= handover.withinMs + settleMs) return undefined;
      if (passed >= timings.leaseMs && this.leaver.leaseIsFree) return undefined;
      const statuses = await this.outside.statuses(timings.renewMs);
      const found = statuses.find(({ phase, pointed, pod }) => phase === 'active' && pointed?.pods.includes(pod));
      if (found && ![...(found.pointed?.pods ?? []), ...found.readers].includes(this.place.pod)) return found;
      await sleep(this.clock, AGAIN_MS);
    }
  }

  /** What the other pods say; one that was made anew a moment ago has an address that has to be looked up first. */
  private async others(): Promise<Status[]> {
    const { renewMs } = this.config.timings;
    const statuses = await this.outside.statuses(renewMs);
    if (statuses.some(({ ready }) => ready)) return statuses;
    await this.outside
      .lookForPods()
      .catch((error: unknown) => this.leaver.trouble('failed to look for the other pods', error));
    return this.outside.statuses(renewMs);
  }
}
