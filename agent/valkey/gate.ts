import type { Clock } from '../clock';
import { sleep } from '../clock';
import type { Log } from '../log';
import { told } from '../log';
import type { Fence } from '../fence';
import { Refusal } from './resp';
import { NOBODY } from './server';
import type { ValkeyServer } from './server';

/** The number of replicas that no server has: writes are refused. */
export const HELD = 1_000;

/** The account of programs. */
const PROGRAMS = 'default';

/**
 * Opens this server for writes and closes it. A closed server follows nobody, and answers writes by `READONLY`. Where an order that
 * opens it was not answered, it may still be carried out: such a server is killed, and starts closed.
 */
export class Gate {
  /** Whether an order to open was sent, and its connection ended before the answer. */
  private doubt = false;

  public constructor(
    private readonly server: ValkeyServer,
    private readonly fence: Fence,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Lets clients write once `replicas` replicas are there. */
  public async open(replicas: number): Promise<void> {
    await this.order(async () => {
      await this.server.set('min-replicas-to-write', String(replicas));
      await this.server.lead();
    });
  }

  /** How many replicas have to be there before a write is taken. */
  public async limit(replicas: number): Promise<void> {
    await this.order(() => this.server.set('min-replicas-to-write', String(replicas)));
  }

  /** Refuses writes, or kills the server where that takes too long. Writes that were answered before are in its log. */
  public async close(withinMs: number): Promise<void> {
    const late = sleep(this.clock, withinMs).then(() => `it did not refuse writes within ${withinMs} ms`);
    const outcome = await Promise.race([this.refuse(), late]);
    if (outcome !== '') this.log('kills valkey-server', { why: outcome });
    this.doubt = false;
    if (outcome === '') return this.fence.release();
    this.fence.kill();
  }

  /** Returns why it is not known to refuse; '' where it is. */
  private async refuse(): Promise<string> {
    try {
      if (this.doubt) {
        await this.server.standing();
        return 'an order that lets clients write may still come';
      }
      await this.server.set('min-replicas-to-write', String(HELD));
      await this.server.follow(NOBODY.host, NOBODY.port);
      await this.server.endClients(PROGRAMS);
      return (await this.server.standing()).leads ? 'it leads though it was told not to' : '';
    } catch (error) {
      // Nobody listens: it has ended, and starts closed.
      return isGone(error) ? '' : told(error);
    }
  }

  private async order(orders: () => Promise<void>): Promise<void> {
    try {
      await orders();
    } catch (error) {
      // A server does no order later that it refused, and starts closed. All orders go by one connection, so while that lasts, an
      // order to close comes after those before.
      if (!(error instanceof Refusal || isGone(error))) this.doubt = true;
      throw error;
    }
  }
}

/** Whether nobody listens at the server's socket. */
export function isGone(error: unknown): boolean {
  return /ECONNREFUSED|ENOENT/.test(told(error));
}
