import type { Random } from './random';
import type { Schedule } from './schedule';

/** Where something runs: the name of a machine, or one of these. */
export type Place = string;
export const API: Place = 'api';
export const CLIENTS: Place = 'clients';

/** What keeps the messages of one connection in their order. */
export class Channel {
  public last = 0;
}

interface Held {
  readonly deliver: () => void;
  readonly channel: Channel | undefined;
}

/**
 * Carries messages between places. What is sent over a cut arrives after it is healed, as TCP sends it again; whoever does not
 * wait for it any more has to cope with that.
 */
export class Network {
  /** By how many faults the way from one place to another is cut. */
  private readonly cuts = new Map<string, number>();
  private readonly held = new Map<string, Held[]>();
  /** How much longer than usual a message takes, in milliseconds, by the way it goes. */
  private readonly slow = new Map<string, number>();

  public constructor(
    private readonly schedule: Schedule,
    private readonly random: Random,
  ) {}

  public send(from: Place, to: Place, deliver: () => void, channel?: Channel): void {
    const way = `${from}>${to}`;
    if (from !== to && (this.cuts.get(way) ?? 0) > 0) {
      const held = this.held.get(way) ?? [];
      held.push({ deliver, channel });
      this.held.set(way, held);
      return;
    }
    const extra = from === to ? 0 : (this.slow.get(way) ?? 0) * this.random.next();
    // Now and then a packet is lost, and sent again after 200 ms.
    const again = from !== to && this.random.chance(0.001) ? 200 : 0;
    let at = this.schedule.now + this.random.between(0.1, from === to ? 0.4 : 2) + extra + again;
    if (channel) at = channel.last = Math.max(at, channel.last);
    this.schedule.at(at, deliver);
  }

  public reaches(from: Place, to: Place): boolean {
    return from === to || (this.cuts.get(`${from}>${to}`) ?? 0) === 0;
  }

  /** Cuts the way from one place to another, until what is returned is called. */
  public cut(from: Place, to: Place): () => void {
    const way = `${from}>${to}`;
    this.cuts.set(way, (this.cuts.get(way) ?? 0) + 1);
    let healed = false;
    return () => {
      if (healed) return;
      healed = true;
      this.cuts.set(way, this.cuts.get(way)! - 1);
      if (this.cuts.get(way)! > 0) return;
      const held = this.held.get(way) ?? [];
      this.held.delete(way);
      for (const { deliver, channel } of held) this.send(from, to, deliver, channel);
    };
  }

  /** Makes messages take longer, until what is returned is called. */
  public slowDown(from: Place, to: Place, ms: number): () => void {
    const way = `${from}>${to}`;
    this.slow.set(way, ms);
    return () => this.slow.delete(way);
  }
}
