import type { Connection } from '../agent/mysql/client';
import { connectFrom } from './connect';
import type { Cluster } from './cluster';
import { SITE_USER } from './config';
import type { Process } from './machine';

/** How long a client waits for an answer, and between two writes, in milliseconds. */
const TIMEOUT_MS = 20_000;
const PAUSE_MS: readonly [number, number] = [50, 500];

/** A program that writes one row after the other through the Service, and connects again when its connection ends. */
export class Client {
  public paused = false;
  private readonly connect;

  public constructor(
    private readonly cluster: Cluster,
    private readonly process: Process,
  ) {
    this.connect = connectFrom(process, cluster, '');
    void this.work();
  }

  private async work(): Promise<void> {
    const { random } = this.cluster;
    for (;;) {
      let connection: Connection | undefined;
      try {
        const host = this.cluster.service.address;
        if (host === undefined) throw new Error('the service leads nowhere');
        const login = { user: SITE_USER, password: this.cluster.sitePassword, timeoutMs: 2_000 };
        connection = await this.connect({ host, ...login });
        for (;;) {
          await this.sleep(random.between(...PAUSE_MS));
          if (!this.paused) await this.write(connection);
        }
      } catch {
        connection?.close();
        await this.sleep(random.between(50, 500));
      }
    }
  }

  private async write(connection: Connection): Promise<void> {
    const { random, judge } = this.cluster;
    const row = judge.nextRow();
    // A few take long to apply, so that a replica has received more than it has applied.
    const ms = random.chance(0.03) ? Math.round(random.between(100, 2_500)) : 0;
    const statement = `INSERT INTO site.written VALUES (${row})`;
    await connection.query(ms > 0 ? `${statement} /* ${ms} ms */` : statement, TIMEOUT_MS);
    judge.told(row);
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.process.after(ms, resolve));
  }
}
