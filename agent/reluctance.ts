import type { Verdict } from './engine';

/** How long nobody is active before that is told, and how long a pause between two refusals ends such a time, in milliseconds. */
const TELL_MS = 30_000;
const PAUSE_MS = 10_000;
/** The same reason is told again after so long, in milliseconds: Kubernetes keeps an Event for an hour. */
const AGAIN_MS = 1_800_000;

/**
 * Tells where a Lease is free for long and this pod does not take it: a person may have to decide. A reason that changes is told
 * anew, as the first may be that the engine does not answer yet, and only a later one what to do.
 */
export class Reluctance {
  private since: number | undefined;
  private last = 0;
  private told: { readonly reason: string; readonly at: number } | undefined;

  public constructor(
    private readonly now: () => number,
    private readonly tell: (reason: string) => void,
  ) {}

  /** The Lease is free, and this is whether the pod takes it. */
  public asked({ well, reason }: Verdict): void {
    const now = this.now();
    if (well || this.since === undefined || now - this.last > PAUSE_MS) {
      this.since = well ? undefined : now;
      this.told = undefined;
    }
    this.last = now;
    if (this.since === undefined || now < this.dueAt(this.since, reason)) return;
    this.told = { reason, at: now };
    this.tell(reason);
  }

  private dueAt(since: number, reason: string): number {
    if (!this.told) return since + TELL_MS;
    return this.told.at + (this.told.reason === reason ? AGAIN_MS : TELL_MS);
  }
}
