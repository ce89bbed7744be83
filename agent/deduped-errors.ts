import type { Listener } from './lock';
import { told } from './log';

/** What went wrong since this pod last wrote the Lease, each thing told once and not at each try. */
export class DedupedErrors {
  private readonly lines = new Set<string>();

  public constructor(private readonly listener: Listener) {}

  public get last(): string | undefined {
    return [...this.lines].at(-1);
  }

  public tell(what: string, error: unknown): void {
    const line = `${what}: ${told(error)}`;
    if (!this.lines.has(line)) this.listener.trouble(what, error);
    this.lines.add(line);
  }

  /** What goes wrong from here on is news again. */
  public forget(): void {
    this.lines.clear();
  }
}
