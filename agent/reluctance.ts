import type { Verdict } from './engine';

/** How long nobody is active before that is told, and how long a pause between two refusals ends such a time, in milliseconds. */
const TELL_MS = 30_000;
const PAUSE_MS = 10_000;

/** Tells once where a Lease is free for long and this pod does not take it: a person may have to decide. */
export class Reluctance {
  private since: number | undefined;
  private last = 0;
  private told = false;

  public constructor(
    private readonly now: () => number,
    private readonly tell: (reason: string) => void,
  ) {}

  /** The Lease is free, and this is whether the pod takes it. */
  public asked({ well, reason }: Verdict): void {
    const now = this.now();
    if (well || this.since === undefined || now - this.last > PAUSE_MS) {
      this.since = well ? undefined : now;
      this.told = false;
    }
    this.last = now;
    if (this.told || this.since === undefined || now - this.since < TELL_MS) return;
    this.told = true;
    this.tell(reason);
  }
}
