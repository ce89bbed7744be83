import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * A file that says until when this server is the active one, in hundredths of a second of the machine's uptime. What runs
 * beside mysqld ends it when that has passed: an agent that was stopped cannot make it read-only.
 */
export class Fence {
  public constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    // mysqld's container is another user, and removes these files when it starts.
    chmodSync(folder, 0o777);
  }

  /** Says it for so many milliseconds from now. */
  public extend(ms: number): void {
    const [seconds = '0'] = readFileSync('/proc/uptime', 'utf8').split(' ');
    this.write(String(Math.round(Number(seconds) * 100 + ms / 10)));
  }

  /** Lets mysqld run on: it is not the active one any more, and has been told so. */
  public lift(): void {
    rmSync(`${this.folder}/active-until`, { force: true });
  }

  /** Ends mysqld. */
  public fall(): void {
    this.write('0');
  }

  /** Says whether this server may be read from: what the readiness probe looks at. */
  public readable(readable: boolean): void {
    if (readable) writeFileSync(`${this.folder}/readable`, '');
    else rmSync(`${this.folder}/readable`, { force: true });
  }

  /** The set of transactions that the data of a new pair were restored with; empty where they were not. */
  public restored(): string {
    const file = `${this.folder}/restored`;
    return existsSync(file) ? readFileSync(file, 'utf8').replace(/\s/g, '') : '';
  }

  private write(text: string): void {
    const file = `${this.folder}/active-until`;
    writeFileSync(`${file}.new`, `${text}\n`);
    renameSync(`${file}.new`, file);
  }
}
