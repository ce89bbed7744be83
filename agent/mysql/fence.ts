import type { Files } from '../files';
import { disk } from '../files';
import { thisHost } from './host';

/**
 * What the agent says by files to the script that runs mysqld, and to its readiness probe.
 *
 * - `active-until`: until when this server is the active one, in hundredths of a second of the machine's uptime. The script ends
 *   mysqld when that has passed: an agent that was stopped cannot make it read-only.
 * - `refuses`: this server refuses writes, so mysqld may be told to stop. The script renames it to `stopping` when it does, and
 *   kills mysqld where it is not there.
 * - `ready`: what the readiness probe looks at.
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
  public release(): void {
    this.files.remove(`${this.folder}/active-until`);
  }

  /** Ends mysqld. */
  public kill(): void {
    this.write('0');
  }

  /** Says that this server refuses writes, so that mysqld may be told to stop; not once it was told. */
  public refuses(): void {
    const file = `${this.folder}/refuses`;
    if (this.stops()) return;
    if (this.files.read(file) === undefined) this.files.write(file, '');
  }

  /** Takes that back, where it is not known to be so any more. */
  public mayTakeWrites(): void {
    this.files.remove(`${this.folder}/refuses`);
  }

  /** Takes that back, before it opens. Throws where mysqld was told to stop meanwhile. */
  public opens(): void {
    if (!this.files.take(`${this.folder}/refuses`) || this.stops())
      throw new Error('mysqld is about to stop, or was started again a moment ago');
  }

  /** Says whether this server is ready: what the readiness probe looks at. */
  public ready(ready: boolean): void {
    if (ready) this.files.write(`${this.folder}/ready`, '');
    else this.files.remove(`${this.folder}/ready`);
  }

  /** The set of transactions that the data of a new pair were restored with; empty where they were not. */
  public restored(): string {
    return (this.files.read(`${this.folder}/restored`) ?? '').replace(/\s/g, '');
  }

  /** Whether mysqld was told to stop: what told it has renamed the file. */
  private stops(): boolean {
    return this.files.read(`${this.folder}/stopping`) !== undefined;
  }

  private write(text: string): void {
    this.files.write(`${this.folder}/active-until`, `${text}\n`);
  }
}
