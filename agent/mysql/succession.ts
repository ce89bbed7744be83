import type { Clock } from '../clock';
import { monotonicClock, sleep } from '../clock';
import type { MySqlServer } from './server';

/** How a replica takes the place of the primary that it follows. */
export class Succession {
  private hasSource = false;

  public constructor(
    private readonly server: MySqlServer,
    /** The same server, for what may take long. */
    private readonly patient: MySqlServer,
    private readonly clock: Clock = monotonicClock,
  ) {}

  /** From the first line on, nothing that the former primary commits is acknowledged. */
  public async applyAll(wasPrimary: boolean): Promise<void> {
    const status = await this.server.replicaStatus();
    if (!status) return;
    await this.server.stopReceiving();
    if (!wasPrimary) {
      if (!status.applying) await this.server.query('START REPLICA SQL_THREAD');
      for (;;) {
        const { retrieved, applying, error } = (await this.server.replicaStatus()) ?? status;
        if ((await this.server.value(`GTID_SUBSET('${retrieved}', @@global.gtid_executed)`)) === '1') break;
        if (!applying) throw new Error(`it cannot apply what it has received: ${error}`);
        await sleep(this.clock, 20);
      }
    }
    // The rest of it waits for the thread that receives, which may be waiting for a source that does not answer.
    await this.server.query('STOP REPLICA SQL_THREAD');
    this.hasSource = true;
  }

  /** Forgets what it replicated from, once it is the primary. */
  public async forgetSource(): Promise<void> {
    if (!this.hasSource) return;
    await this.patient.query('STOP REPLICA');
    await this.patient.query('RESET REPLICA ALL');
    this.hasSource = false;
  }
}
