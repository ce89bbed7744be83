/**
 * What the scheme costs: as many inserts as eight clients can do, to a pair and to one MySQL with the same settings, in turns.
 * `tsx e2e/mysql/overhead.ts 15` takes fifteen seconds for each of three turns. Adds the result to bench/mysql.json.
 */
import { loadavg } from 'node:os';
import { until } from '../failover/cluster';
import type { LoadResult } from './load';
import { NAMESPACE, SET, Workload, install, remove, whole } from './pair';
import { writeReport } from './report';
import { add } from './results';

const TURNS = 3;

async function main(seconds: number): Promise<void> {
  await install('BARE=yes');
  const workload = new Workload();
  await workload.start(true);
  const ask = (host: string, for_: number) =>
    workload.ask<LoadResult>(`/load?host=${host}&seconds=${for_}`, (for_ + 30) * 1000);
  const hosts = { pair: `${SET}-write`, bare: `${NAMESPACE}-bare01` };
  const both = Object.values(hosts);
  await until('both to take writes', async () => (await Promise.all(both.map((host) => ask(host, 1)))).length > 0, 120);
  const [pair, bare]: LoadResult[][] = [[], []];
  for (let turn = 0; turn < TURNS; turn++) {
    await until('a replica that has everything', whole, 60);
    pair?.push(await ask(hosts.pair, seconds));
    bare?.push(await ask(hosts.bare, seconds));
  }
  const about = { at: new Date().toISOString(), load: Number((loadavg()[0] ?? 0).toFixed(1)), clients: 8 };
  const result = { kind: 'overhead' as const, ...about, pair: pair ?? [], bare: bare ?? [] };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  add(result);
  writeReport();
  await remove();
}

main(Number(process.argv[2] ?? 15)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
