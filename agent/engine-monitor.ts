import type { Clock } from './clock';
import type { Config } from './config';
import type { Engine, Verdict } from './engine';
import { told } from './log';

/** How often an engine that is gone is asked whether it is back, in milliseconds. */
const GONE_MS = 100;

/** Asks the engine all the time, and tells how many checks in a row it missed and whether it began or ceased to work. */
export class EngineMonitor {
  private failures = 0;
  private verdict: Verdict = { well: false, reason: 'not asked yet' };
  private stopped = false;
  private asking = false;
  private hurried = false;
  private cancelTimer: (() => void) | undefined;

  public constructor(
    private readonly engine: Engine,
    private readonly check: Config['check'],
    private readonly clock: Clock,
    private readonly checked: (verdict: Verdict, missed: number, turned: boolean) => void,
  ) {}

  public get well(): boolean {
    return this.verdict.well;
  }

  public get reason(): string {
    return this.verdict.reason;
  }

  public start(): void {
    void this.ask();
  }

  public stop(): void {
    this.stopped = true;
  }

  /** Asks at once. */
  public hurry(): void {
    this.hurried = this.asking;
    if (this.asking || !this.cancelTimer) return;
    this.cancelTimer();
    void this.ask();
  }

  private async ask(): Promise<void> {
    const startedAt = this.clock.now();
    this.asking = true;
    const verdict: Verdict = await this.engine
      .check()
      .catch((error: unknown) => ({ well: false, reason: told(error) }));
    this.asking = false;
    if (this.stopped) return;
    this.failures = verdict.well ? 0 : this.failures + 1;
    // One good answer is enough to be well; to be ill takes several bad ones, as a busy engine may miss one. One that is
    // gone is not busy.
    const well = verdict.well || (!verdict.gone && this.verdict.well && this.failures < this.check.failures);
    const turned = well !== this.verdict.well;
    this.verdict = { well, reason: verdict.reason };
    this.checked(this.verdict, this.failures, turned);
    // Its return may be what the whole pair waits for, and nothing is easier to ask than what is not there.
    const everyMs = verdict.gone ? Math.min(GONE_MS, this.check.everyMs) : this.check.everyMs;
    const pause = this.hurried ? 0 : startedAt + everyMs - this.clock.now();
    this.hurried = false;
    this.cancelTimer = this.clock.after(Math.max(0, pause), () => void this.ask());
  }
}
