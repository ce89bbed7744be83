import type { Mysqld } from './server';
import type { Transaction } from './volume';

/** How long a commit takes to be on the disk, in milliseconds. */
const FLUSH_MS: readonly [number, number] = [0.5, 3];

/** What a client's or the agent's own write is. */
export interface Write {
  readonly writer: 'client' | 'super';
  readonly row: number | undefined;
  readonly ms: number;
  /** Whether its session was ended meanwhile: it is rolled back, if it is not in the binary log yet. */
  readonly ended: () => boolean;
  readonly done: (committed: boolean) => void;
  readonly refused: () => void;
}

/** How a transaction is committed: binary log, acknowledgement by a replica, InnoDB. */
export class Commits {
  public constructor(private readonly server: Mysqld) {}

  /** Returns what gives up a write that still waits to begin. */
  public write({ writer, row, ms, ended, done, refused }: Write): () => void {
    const { lock, process, volume } = this.server;
    const run = () =>
      process.after(ms + this.flush(), () => {
        if (ended()) {
          lock.leave();
          return done(false);
        }
        const { transaction, place } = volume.logOwn(row, ms);
        this.finish(transaction, place, () => done(true));
      });
    return lock.enter(writer, run, refused);
  }

  public apply(transaction: Transaction, done: () => void): void {
    const { lock, process, volume } = this.server;
    lock.enter(
      'applier',
      () =>
        process.after(this.flush(), () => {
          if (volume.executed.has(transaction.gtid)) {
            lock.leave();
            return done();
          }
          this.finish(transaction, volume.log(transaction), done);
        }),
      () => undefined,
    );
  }

  private finish(transaction: Transaction, place: number, done: () => void): void {
    const { semiSync, links, lock, volume } = this.server;
    semiSync.logged(place);
    for (const link of links) link.send();
    semiSync.wait(place, () => {
      volume.execute(transaction);
      done();
      lock.leave();
    });
  }

  private flush(): number {
    const { random, slowMs } = this.server;
    return random.between(...FLUSH_MS) + slowMs;
  }
}
