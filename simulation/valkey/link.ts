import type { Network } from '../network';
import { Stream } from '../stream';
import type { ValkeyModel } from './server';

/** A connection of a replica to its source, as either end sees it. */
export class Link {
  /** When the replica said last how far it is, in whole seconds of the source's clock; undefined before it is online. */
  public ackAt: number | undefined;
  public open = true;
  private readonly down: Stream;
  private readonly up: Stream;

  public constructor(
    public readonly source: ValkeyModel,
    public readonly replica: ValkeyModel,
    network: Network,
  ) {
    this.down = new Stream(network, source.process, replica.process);
    this.up = new Stream(network, replica.process, source.process);
    // A process that ends has its connections closed by the kernel.
    source.process.atEnd.add(() => this.down.send(() => replica.receiver.lost(this)));
    replica.process.atEnd.add(() => this.up.send(() => this.forget()));
  }

  /** To the replica. */
  public send(run: () => void): void {
    this.down.send(() => this.open && run());
  }

  /** To the source, which does not know the connection yet. */
  public sayFirst(run: () => void): void {
    this.up.send(run);
  }

  /** To the source. */
  public say(run: () => void): void {
    this.up.send(() => this.source.links.has(this) && run());
  }

  /** The source ends it: what was sent before arrives. */
  public dropBySource(): void {
    if (!this.source.links.delete(this)) return;
    this.source.countReplicas();
    this.down.send(() => this.replica.receiver.lost(this));
  }

  /** The source does not take it. */
  public refuse(): void {
    this.down.send(() => this.replica.receiver.lost(this));
  }

  /** The replica ends it. */
  public dropByReplica(): void {
    if (!this.open) return;
    this.open = false;
    this.up.send(() => this.forget());
  }

  private forget(): void {
    if (this.source.links.delete(this)) this.source.countReplicas();
  }
}
