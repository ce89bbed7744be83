import type { Files } from './files';

/**
 * Files by which an agent tells the script that runs a server, and its readiness probe, what this server is.
 *
 * - `active-until`: until when this server is the active one, in hundredths of a second of the machine's uptime. The script kills the
 *   server when that has passed: an agent that was stopped cannot make it refuse writes.
 * - `ready`: what the readiness probe looks at.
 */
export class Fence {
  public constructor(
    protected readonly folder: string,
    protected readonly files: Files,
    /** Seconds since the node started. */
    private readonly uptime: () => number,
  ) {
    // The server's container is another user, and removes these files when it starts.
    files.share(folder);
  }

  /** Says it for so many milliseconds from now. */
  public extend(ms: number): void {
    this.write(String(Math.round(this.uptime() * 100 + ms / 10)));
  }

  /** Lets the server run on: it is not the active one any more, and has been told so. */
  public release(): void {
    this.files.remove(`${this.folder}/active-until`);
  }

  /** Kills the server. */
  public kill(): void {
    this.write('0');
  }

  public ready(ready: boolean): void {
    if (ready) this.files.write(`${this.folder}/ready`, '');
    else this.files.remove(`${this.folder}/ready`);
  }

  private write(text: string): void {
    this.files.write(`${this.folder}/active-until`, `${text}\n`);
  }
}
