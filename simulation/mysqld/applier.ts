import type { Mysqld } from './server';

/** The thread of a replica that applies what was received, one transaction after the other: the SQL thread. */
export class Applier {
  public running = false;
  public error = '';
  public id = 0;
  private busy = false;
  private whenStopped: (() => void)[] = [];

  public constructor(private readonly server: Mysqld) {}

  public start(): void {
    if (this.running) return;
    this.error = '';
    this.id = this.server.nextId();
    this.running = true;
    this.wake();
  }

  /** `STOP REPLICA SQL_THREAD`: what it is about to apply is done first. */
  public stop(done: () => void): void {
    this.running = false;
    if (this.busy) this.whenStopped.push(done);
    else done();
  }

  public wake(): void {
    const { volume, process } = this.server;
    const next = volume.relay[0];
    if (!this.running || this.busy || !next) return;
    this.busy = true;
    const applied = () => {
      // RESET or CLONE may have taken it away.
      if (volume.relay[0] === next) {
        volume.relay.shift();
        volume.relaySynced = Math.max(0, volume.relaySynced - 1);
      }
      this.busy = false;
      const { whenStopped } = this;
      this.whenStopped = [];
      for (const done of whenStopped) done();
      this.wake();
    };
    process.after(next.ms, () =>
      volume.executed.has(next.gtid) ? applied() : this.server.commits.apply(next, applied),
    );
  }
}
