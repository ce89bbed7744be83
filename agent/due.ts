import { jittered } from './clock';
import * as leader from './leader';
import type { State, Timings } from './leader';

const NEVER = Number.NEGATIVE_INFINITY;

/** When the elector's next steps are due: from when each was last done, on the clock. */
export class Due {
  /** What is under way, and so not due again. */
  public renewing = false;
  public looking = false;
  public asking = false;
  public wanting = false;
  /** When the last renewal or attempt was sent, the Lease was last read, and the peer was last asked. */
  public sentAt = NEVER;
  public lookedAt = NEVER;
  public askedAt = NEVER;
  /** Before these the Lease is not taken: it was given away, or an attempt failed. */
  public awayUntil = NEVER;
  public retryAt = NEVER;

  public constructor(
    private readonly timings: Timings,
    private readonly requireLease: boolean,
  ) {}

  public renewal(): number {
    return this.renewing ? Infinity : this.sentAt + this.timings.renewMs;
  }

  /** A holder asks its peer once a renewal is overdue; one whose time ran out, once the API server kept silent for a Lease. */
  public question({ tenure, reachedAt }: State): number {
    if (this.requireLease || this.asking) return Infinity;
    const due = tenure
      ? tenure.validUntil - this.timings.giveUpMs + 1.5 * this.timings.renewMs
      : reachedAt + this.timings.leaseMs;
    return Math.max(due, this.askedAt + this.timings.renewMs);
  }

  public attempt(state: State): number {
    if (this.wanting || state.attempting || !state.looked) return Infinity;
    return Math.max(leader.freeAt(state), this.awayUntil, this.retryAt);
  }

  /** A watch that keeps silent may be dead. */
  public look({ reachedAt }: State, watched: boolean): number {
    if (this.looking) return Infinity;
    const silence = watched ? 1.5 * this.timings.renewMs : 0;
    return Math.max(reachedAt + silence, this.lookedAt + jittered(this.timings.renewMs));
  }
}
