import type { Agent, Leader } from '../engine';
import type { Log } from '../log';
import { NOBODY } from './server';
import type { Standing, ValkeyServer } from './server';

/** Where the server of the active pod is. */
export interface Source {
  readonly host: string;
  readonly port: number;
}

/** What a standby does: it follows the server that leads, and gives up what that one lacks. */
export class ReplicaDuties {
  /** The password by which this run of the server follows. */
  private told: { readonly run: string; readonly password: string } | undefined;

  public constructor(
    private readonly server: ValkeyServer,
    private readonly other: ValkeyServer,
    private readonly agent: Agent,
    private readonly log: Log,
  ) {}

  /** One round; `id` is that of its own volume. */
  public async look(own: Standing, id: string, leader: Leader, source: Source): Promise<void> {
    const { primary } = this.agent.facts();
    // The other one holds the Lease, and has not begun to lead: until it does, nobody has more than this one.
    if (own.loading || primary === undefined || primary === id) return;
    const there = await this.other.standing();
    if (!there.leads) return;
    await this.knowPassword(own);
    if (own.source === `${source.host}:${source.port}`) return;
    this.tellLoss(own, there, leader);
    await this.server.follow(source.host, source.port);
    this.log('follows the primary', { from: leader.pod });
  }

  /** The other server may have heard of a new password later than this one, or earlier. */
  private async knowPassword({ run }: Standing): Promise<void> {
    const { accepted: password } = this.other;
    if (password === undefined || (password === this.told?.password && run === this.told.run)) return;
    await this.server.set('primaryauth', password);
    this.told = { run, password };
  }

  /** Says what goes where it has more than the server that took over from it. */
  private tellLoss(own: Standing, there: Standing, leader: Leader): void {
    if (own.source !== `${NOBODY.host}:${NOBODY.port}` || own.history !== there.before.history) return;
    // The other began with the byte at `second_repl_offset`, and had all before it.
    const bytes = own.offset - (there.before.offset - 1);
    if (bytes <= 0) return;
    this.log('gives up what its replica had not received', { bytes });
    const what = `gives up ${bytes} bytes of writes that ${leader.pod} had not received when it took over`;
    this.agent.event('Warning', 'ValkeyWritesLost', what);
  }
}
