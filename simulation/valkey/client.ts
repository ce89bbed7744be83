import { ValkeyClient } from '../../agent/valkey/client';
import type { Process } from '../machine';
import type { ValkeyCluster } from './cluster';
import { connectFrom } from './wire';

/** How long a client waits for an answer, and between two writes, in milliseconds. */
const TIMEOUT_MS = 2_000;
const PAUSE_MS: readonly [number, number] = [20, 200];

/** A program that writes one row after the other through the Service, and connects again when its connection ends. */
export class Client {
  public paused = false;

  public constructor(
    private readonly cluster: ValkeyCluster,
    private readonly process: Process,
  ) {
    void this.work();
  }

  private async work(): Promise<void> {
    const { random, judge, service } = this.cluster;
    for (;;) {
      const host = service.address;
      const client = host === undefined ? undefined : this.clientOf(host);
      try {
        while (client) {
          await this.sleep(random.between(...PAUSE_MS));
          if (this.paused) continue;
          const row = judge.nextRow();
          await client.ask('SET', String(row), '1');
          judge.told(row);
        }
      } catch {
        client?.close();
      }
      await this.sleep(random.between(50, 500));
    }
  }

  private clientOf(host: string): ValkeyClient {
    const { cluster, process } = this;
    const address = { at: { host, port: 6379 }, user: 'default', passwords: () => [cluster.password] };
    return new ValkeyClient(address, TIMEOUT_MS, () => undefined, process, connectFrom(process, cluster, ''));
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.process.after(ms, resolve));
  }
}
