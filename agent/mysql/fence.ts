import type { Files } from './host';
import { disk, thisHost } from './host';

/**
 * A file that says until when this server is the active one, in hundredths of a second of the machine's uptime. What runs
 * beside mysqld ends it when that has passed: an agent that was stopped cannot make it read-only.
 */
export class Fence {
  public constructor(
    private readonly folder: string,
    private readonly files: Files = disk,
    /** Seconds since the node started. */
    private readonly uptime: () => number = () => thisHost.uptime(),
  ) {
    // mysqld's container is another user, and removes these files when it starts.
    files.share(folder);
  }

  /** Says it for so many milliseconds from now. */
  public extend(ms: number): void {
    this.write(String(Math.round(this.uptime() * 100 + ms / 10)));
  }

  /** Lets mysqld run on: it is not the active one any more, and has been told so. */
  public lift(): void {
    this.files.remove(`${this.folder}/active-until`);
  }

  /** Ends mysqld. */
  public fall(): void {
    this.write('0');
  }

  /** Says whether this server may be read from: what the readiness probe looks at. */
  public readable(readable: boolean): void {
    if (readable) this.files.write(`${this.folder}/readable`, '');
    else this.files.remove(`${this.folder}/readable`);
  }

  /** The set of transactions that the data of a new pair were restored with; empty where they were not. */
  public restored(): string {
    return (this.files.read(`${this.folder}/restored`) ?? '').replace(/\s/g, '');
  }

  private write(text: string): void {
    this.files.write(`${this.folder}/active-until`, `${text}\n`);
  }
}
