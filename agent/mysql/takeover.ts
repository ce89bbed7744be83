import type { Clock } from '../clock';
import { monotonicClock, sleep } from '../clock';
import type { MySqlServer, ReplicaStatus } from './server';

/** How a replica takes the place of the primary that it follows. */
export class Takeover {
  private hasSource = false;

  public constructor(
    private readonly server: MySqlServer,
    /** The same server, for what may take long. */
    private readonly patient: MySqlServer,
    private readonly clock: Clock = monotonicClock,
  ) {}

  /**
   * From the first line on, nothing that the former primary commits is acknowledged. Returns why it gave up the rest of what it
   * had received, which it does by force alone; '' where it applied all of it.
   */
  public async applyAll(wasPrimary: boolean, forced = false): Promise<string> {
    const status = await this.server.replicaStatus();
    if (!status) return '';
    await this.server.stopReceiving();
    const error = wasPrimary ? '' : await this.applyReceived(status);
    if (error && !forced) throw new Error(`it cannot apply what it has received: ${error}`);
    // The rest of it waits for the thread that receives, which may be waiting for a source that does not answer.
    await this.server.query('STOP REPLICA SQL_THREAD');
    this.hasSource = true;
    return error;
  }

  /** Returns why it cannot apply all. */
  private async applyReceived(status: ReplicaStatus): Promise<string> {
    if (!status.applying) await this.server.query('START REPLICA SQL_THREAD');
    for (;;) {
      const { retrieved, applying, error } = (await this.server.replicaStatus()) ?? status;
      if ((await this.server.value(`GTID_SUBSET('${retrieved}', @@global.gtid_executed)`)) === '1') return '';
      if (!applying) return error || 'it does not say why';
      await sleep(this.clock, 20);
    }
  }

  /** Forgets what it replicated from, once it is the primary. */
  public async forgetSource(): Promise<void> {
    if (!this.hasSource) return;
    await this.patient.query('STOP REPLICA');
    await this.patient.query('RESET REPLICA ALL');
    this.hasSource = false;
  }
}
