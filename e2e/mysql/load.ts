/** As many inserts as a server takes: clients that do not pause, each on a connection of its own. */
import { MySqlClient } from '../../agent/mysql/client';
import type { Address } from '../../agent/mysql/client';

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const ROW = 'x'.repeat(200);

export async function load(address: Address, clients: number, seconds: number): Promise<LoadResult> {
  const first = await MySqlClient.connect(address);
  await first.query('DROP TABLE IF EXISTS bench.rows_written');
  await first.query(
    'CREATE TABLE bench.rows_written (id BIGINT AUTO_INCREMENT PRIMARY KEY, client INT, text VARCHAR(200))',
  );
  first.close();
  const end = performance.now() + seconds * 1000;
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const connection = await MySqlClient.connect(address);
      for (let now = performance.now(); now < end;) {
        await connection.query(`INSERT INTO bench.rows_written (client, text) VALUES (${client}, '${ROW}')`);
        const then = performance.now();
        times.push(then - now);
        now = then;
      }
      connection.close();
    }),
  );
  times.sort((a, b) => a - b);
  const at = (share: number) => Number((times[Math.floor(share * times.length)] ?? Number.NaN).toFixed(2));
  return { perSecond: Math.round(times.length / seconds), p50Ms: at(0.5), p99Ms: at(0.99) };
}
