import type { Process } from './machine';
import type { Network } from './network';
import { Channel } from './network';

/** One direction of a connection between two processes: what is sent arrives in order, also where the other was stopped. */
export class Stream {
  private readonly channel = new Channel();
  private readonly arrived: (() => void)[] = [];

  public constructor(
    private readonly network: Network,
    private readonly from: Process,
    private readonly to: Process,
  ) {}

  public send(run: () => void): void {
    const { from, to } = this;
    const arrive = () => {
      this.arrived.push(run);
      to.do(() => this.arrived.shift()!());
    };
    // Within a machine it takes no time: whoever answers takes some.
    if (from.machine === to.machine) arrive();
    else this.network.send(from.machine.name, to.machine.name, arrive, this.channel);
  }
}
