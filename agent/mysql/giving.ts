import type { Agent } from '../engine';
import type { Log } from '../log';
import type { Request } from './note';
import { ANSWERED, UNNAMED } from './rules';
import type { MySqlServer } from './server';
import { someOf, tablesNotCopied } from './tables';

/** How long the list of tables holds, in milliseconds. */
const LOOK_AGAIN_MS = 10_000;

/** Answers a standby that asks to give up data of its own, for a copy of the primary's or to receive some of them again. */
export class Giving {
  private lookAt = 0;
  private tables: readonly string[] = [];
  private told = '';

  public constructor(
    private readonly server: MySqlServer,
    private readonly agent: Agent,
    private readonly now: () => number,
    private readonly log: Log,
  ) {}

  public begin(): void {
    this.lookAt = 0;
    this.told = '';
  }

  /** Whether it may have what it asks for. Where it may not, the Lease and an Event say why. */
  public async allows({ to, number }: Request): Promise<boolean> {
    // An agent that says no number does it whatever the answer is.
    if (to !== 'clones' || number === undefined || this.agent.facts()['gives'] === number) return true;
    if (this.now() >= this.lookAt) {
      this.tables = await tablesNotCopied(this.server);
      this.lookAt = this.now() + LOOK_AGAIN_MS;
    }
    if (this.tables.length === 0) return true;
    const why = `a copy would leave these tables empty: ${someOf(this.tables)}`;
    const denies = `${number} ${why}`;
    if (this.agent.facts()['denies'] !== denies) await this.agent.publish({ ...UNNAMED, ...ANSWERED, denies });
    if (this.told !== why)
      this.agent.event('Warning', 'MySQLCopyDenied', `the other server may not take a copy of all data: ${why}`);
    this.told = why;
    return false;
  }

  /** Lets it: from then on nobody relies on what it gives up. */
  public async give({ to, number }: Request): Promise<void> {
    if (number === undefined || this.agent.facts()['gives'] === number) return;
    await this.agent.publish({ ...UNNAMED, ...ANSWERED, gives: number });
    this.log('lets its replica give up data', { to });
  }
}
