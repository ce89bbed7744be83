import type { Schedule } from './schedule';

/** What happened last, for a person who wants to know why a run failed. */
export class Trace {
  private readonly lines: string[] = [];

  public constructor(
    private readonly schedule: Schedule,
    /** How many lines are kept. */
    private readonly length = 400,
    /** Prints each line as it comes. */
    private readonly print?: (line: string) => void,
  ) {}

  public say(who: string, what: string): void {
    const line = `${(this.schedule.now / 1000).toFixed(3).padStart(9)}  ${who.padEnd(12)} ${what}`;
    this.print?.(line);
    this.lines.push(line);
    if (this.lines.length > 2 * this.length) this.lines.splice(0, this.length);
  }

  public get text(): string {
    return this.lines.slice(-this.length).join('\n');
  }
}
