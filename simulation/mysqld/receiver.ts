import type { Process } from '../machine';
import type { Place } from '../network';
import { dial } from './dial';
import type { Sent } from './link';
import { Link } from './link';
import type { Mysqld } from './server';

/** `replica_net_timeout`, and how long it waits before it connects again (`SOURCE_CONNECT_RETRY`), in milliseconds. */
const NET_TIMEOUT_MS = 4_000;
const RETRY_MS = 1_000;
/** The source sends a heartbeat so often, in milliseconds (`SOURCE_HEARTBEAT_PERIOD`). */
const HEARTBEAT_MS = 1_000;

/** The thread of a replica that receives what its source sends, and acknowledges it: the IO thread. */
export class Receiver {
  public state: 'No' | 'Connecting' | 'Yes' = 'No';
  public error = '';
  public id = 0;
  private link: Link | undefined;
  private run = 0;
  private heardAt = 0;
  /** The attempt to connect that is under way: it does not stop before that is over. */
  private attempt: number | undefined;
  private stopsAfter: number | undefined;
  private whenStopped: (() => void)[] = [];

  public constructor(private readonly server: Mysqld) {}

  public get process(): Process {
    return this.server.process;
  }

  public get place(): Place {
    return this.server.place;
  }

  /** Where SHOW PROCESSLIST shows it. */
  public get stage(): string {
    return this.state === 'Yes' ? 'Waiting for source to send event' : 'Connecting to source';
  }

  public start(): void {
    if (this.state !== 'No') return;
    this.error = '';
    this.id = this.server.nextId();
    this.state = 'Connecting';
    this.connect(++this.run);
  }

  /** `STOP REPLICA IO_THREAD`: waits for an attempt to connect that is under way. */
  public stop(done: () => void): void {
    if (this.state === 'No') return done();
    this.whenStopped.push(done);
    this.stopsAfter = this.attempt;
    this.run++;
    if (this.attempt === undefined) this.end();
  }

  /** `KILL`: it ends at its next step. */
  public kill(): void {
    this.run++;
    this.process.after(this.server.random.between(1, 60), () => this.end());
  }

  /** What the source sent is in the relay log, in the memory of the kernel, and then it is acknowledged. */
  public receive(link: Link, batch: readonly Sent[]): void {
    if (link !== this.link || this.state !== 'Yes') return;
    this.heardAt = this.process.now();
    const { volume } = this.server;
    for (const { transaction } of batch)
      if (!volume.retrieved.has(transaction.gtid) && !volume.executed.has(transaction.gtid))
        volume.receive(transaction);
    this.server.received(batch.flatMap(({ transaction: { row } }) => row ?? []));
    link.acknowledge(batch.at(-1)!.place);
    this.server.applier.wake();
  }

  /** The source has ended the connection. */
  public closed(link: Link): void {
    if (link === this.link) this.again(this.run);
  }

  /** mysqld ends: the kernel closes the connection. */
  public abandon(): void {
    this.run++;
    this.link?.leave();
    this.link = undefined;
  }

  private connect(run: number): void {
    const { server, process } = this;
    const { source } = server.volume;
    if (!source) return this.end();
    this.attempt = run;
    let answered = false;
    const answer = (then: () => void) => {
      if (answered) return;
      answered = true;
      if (this.attempt === run) this.attempt = undefined;
      if (run === this.run) then();
      else if (this.stopsAfter === run) this.end();
    };
    const failed = (error: string) => {
      this.error = error;
      process.after(RETRY_MS, () => run === this.run && this.connect(run));
    };
    process.after(NET_TIMEOUT_MS, () => answer(() => failed('Lost connection: no answer')));
    const has = server.volume.executed.union(server.volume.retrieved);
    dial(process, server.around, source.host, source, (theirs, error) =>
      process.do(() =>
        answer(() => {
          if (!theirs) return failed(`Error connecting to source: ${error!.message}`);
          const link = theirs.addReplica(this, server.volume.uuid, has);
          if (typeof link === 'string') {
            this.error = link;
            return this.end();
          }
          this.link = link;
          this.state = 'Yes';
          this.error = '';
          this.heardAt = process.now();
          this.watch(run, link);
        }),
      ),
    );
  }

  /** A source that is stopped, gone or cut off sends no heartbeat. */
  private watch(run: number, link: Link): void {
    this.process.after(HEARTBEAT_MS, () => {
      if (run !== this.run || link !== this.link) return;
      const { source } = link;
      const sends = source.process.alive && !source.process.stopped && link.open;
      if (sends && this.server.network.reaches(source.place, this.place)) this.heardAt = this.process.now();
      if (this.process.now() - this.heardAt > NET_TIMEOUT_MS) return this.again(run);
      this.watch(run, link);
    });
  }

  private again(run: number): void {
    this.link?.leave();
    this.link = undefined;
    this.state = 'Connecting';
    this.process.after(this.server.random.between(1, RETRY_MS), () => run === this.run && this.connect(run));
  }

  private end(): void {
    this.link?.leave();
    this.link = undefined;
    this.state = 'No';
    this.attempt = this.stopsAfter = undefined;
    const { whenStopped } = this;
    this.whenStopped = [];
    for (const done of whenStopped) done();
  }
}
