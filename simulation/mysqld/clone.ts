import { MySqlError } from '../../agent/mysql/client';
import type { Login } from './dial';
import { dial } from './dial';
import type { Mysqld } from './server';
import { RESTART } from './server';

/** How long it takes to drop the data, and to copy the donor's, in milliseconds. */
const DROP_MS = 100;
const COPY_MS: readonly [number, number] = [500, 15_000];
/** How long it waits for a donor that does not answer, in milliseconds. */
const PATIENCE_MS = 30_000;

/**
 * CLONE: drops this server's data, copies a donor's, and ends mysqld so that it is started again on the copy. It is complete when
 * no commit is under way on the donor.
 */
export class Clone {
  /** The copies that other servers make of this one. */
  private readonly copies = new Set<() => void>();
  private running = false;

  public constructor(private readonly server: Mysqld) {}

  public begin(host: string, port: number, login: Login, done: (error: Error | undefined) => void): void {
    const { server } = this;
    const { process } = server;
    if (this.running) return done(new MySqlError(3634, 'HY000', 'Too many concurrent clone operations'));
    if (server.donors !== `${host}:${port}`) return done(new MySqlError(3863, 'HY000', 'the donor is not in the list'));
    this.running = true;
    let over = false;
    const fail = (reason: string) => {
      if (over) return;
      over = true;
      this.running = false;
      done(new MySqlError(3862, 'HY000', `Clone Donor Error: ${reason}`));
    };
    process.after(PATIENCE_MS, () => fail('Connect failed: no answer'));
    dial(process, server.around, host, login, (donor, error) =>
      process.do(() => {
        if (over) return;
        if (!donor) return fail(`Connect failed: ${error!.message}`);
        over = true;
        this.copy(donor, done);
      }),
    );
  }

  /** The connections of those that copy this server end. */
  public cutDonor(): void {
    for (const cut of this.copies) cut();
    this.copies.clear();
  }

  private copy(donor: Mysqld, done: (error: Error | undefined) => void): void {
    const { server } = this;
    const { process, volume } = server;
    let over = false;
    const cut = () =>
      server.network.send(donor.place, server.place, () =>
        process.do(() => {
          if (over) return;
          over = true;
          this.running = false;
          done(new MySqlError(3862, 'HY000', 'Clone Donor Error: the connection was lost'));
        }),
      );
    donor.clone.copies.add(cut);
    process.after(DROP_MS, () => {
      volume.empty();
      const endsAt = server.machine.schedule.now + server.random.between(...COPY_MS);
      const look = (silence: number) => {
        if (over) return;
        const answers =
          donor.process.alive && !donor.process.stopped && server.network.reaches(donor.place, server.place);
        if (!answers && silence > PATIENCE_MS) return cut();
        const complete = answers && donor.semiSync.waiting === 0 && server.machine.schedule.now >= endsAt;
        if (!complete) return void process.after(200, () => look(answers ? 0 : silence + 200));
        over = true;
        donor.clone.copies.delete(cut);
        volume.become(donor.volume);
        server.received(volume.rows);
        done(undefined);
        process.after(server.random.between(1, 500), () => server.exit(RESTART));
      };
      look(0);
    });
  }
}
