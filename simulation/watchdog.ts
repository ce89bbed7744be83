import type { PodFiles } from './files';
import type { Process } from './machine';

/** How often the script looks, in milliseconds. */
const WATCH_MS = 200;

/** The part of a start script that ends a server whose agent has not said for too long that it is the active one. */
export class Watchdog {
  private readonly until: string;

  public constructor(
    private readonly script: Process,
    private readonly files: PodFiles,
    private readonly fence: string,
    private readonly end: () => void,
  ) {
    this.until = `${fence}/active-until`;
    files.onWrite = (path) => path === this.until && this.watch();
  }

  /** Looks when the time of the file has passed, within one of the script's periods. */
  private watch(): void {
    const { script, files } = this;
    const { machine } = script;
    const left = Number(files.read(this.until)) * 10 - machine.now();
    script.after(Math.max(0, left) + 10 + machine.random.next() * WATCH_MS, () => {
      const until = Number(files.read(this.until) ?? Number.NaN);
      if (!(until < Math.floor(machine.now() / 10))) return;
      for (const file of [this.until, `${this.fence}/ready`]) files.remove(file);
      this.end();
    });
  }
}
