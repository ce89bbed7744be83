/**
 * Faults in a random order while eight clients write, each fault at least once: `tsx e2e/mysql/series.ts 50`, or
 * `tsx e2e/mysql/series.ts 3 'switchover by command'`. Prints each, verifies both servers at the end, and adds the series to
 * bench/mysql.json. Ends with 1 where anything was lost, or where the pair did not become whole again. After MINUTES, or when it
 * is told to end (SIGTERM), it makes no more faults, and verifies.
 */
import { loadavg } from 'node:os';
import { sleep, until } from '../failover/cluster';
import { FAULTS, plan } from './faults';
import { SERVERS, Workload, install, remove, standing, whole } from './pair';
import { writeReport } from './report';
import { add, wrongs } from './results';
import type { FaultResult, Series, Verified } from './results';

const { DURABILITY = 'PREFERRED', FAILOVER_SECONDS = '3', KEEP, MINUTES = '60' } = process.env;
/** What a fault does may begin seconds after it was made, as a pod hands over before it ends. */
const TAKES_EFFECT_MS = 5_000;

async function once(workload: Workload, fault: string): Promise<FaultResult> {
  const { make, planned = false } = FAULTS[fault]!;
  const { now } = await workload.stats();
  const startedAt = performance.now();
  const about = { fault, planned, load: Number((loadavg()[0] ?? 0).toFixed(1)) };
  try {
    await make();
  } catch (error) {
    await until('a replica that has everything', whole, 240);
    return { ...about, error: String(error) };
  }
  await sleep(TAKES_EFFECT_MS);
  await until('a replica that has everything', whole, 240);
  const wholeMs = Math.round(performance.now() - startedAt);
  const gapMs = await workload.longestGap(now);
  const { same, servers } = await workload.compare();
  if (!same) process.stdout.write(`the servers differ: ${JSON.stringify(servers)}\n`);
  return { ...about, gapMs, wholeMs, same };
}

async function allFaults(workload: Workload, names: string[], faults: FaultResult[]): Promise<string | undefined> {
  let end = performance.now() + Number(MINUTES) * 60_000;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => (end = 0));
  for (const name of names) {
    if (performance.now() > end) break;
    await sleep(500 + Math.random() * 2000);
    try {
      const result = await once(workload, name);
      faults.push(result);
      process.stdout.write(`${faults.length} of ${names.length} ${JSON.stringify(result)}\n`);
    } catch (error) {
      // A pair that does not come back ends the series; what was acknowledged until then is looked for all the same.
      return `${name}: ${String(error)}`;
    }
  }
  return undefined;
}

/** Both servers, once they have the same. */
async function verify(workload: Workload): Promise<Record<string, Verified>> {
  const servers: Record<string, Verified> = {};
  const same = async () => {
    for (const server of SERVERS) servers[server] = await workload.ask<Verified>(`/verify?host=${server}`);
    return !wrongs(servers).differ;
  };
  await until('both servers to have the same', same, 60).catch((error: unknown) => console.error(error));
  return servers;
}

async function main(count: number, only: string | undefined): Promise<void> {
  await install();
  const workload = new Workload();
  await workload.start();
  const faults: FaultResult[] = [];
  const broken = await allFaults(workload, only ? Array<string>(count).fill(only) : plan(count), faults);
  const stats = await workload.ask<Series['stats']>('/stop');
  const servers = await verify(workload);
  const about = { at: new Date().toISOString(), durability: DURABILITY, failoverSeconds: Number(FAILOVER_SECONDS) };
  add({ kind: 'faults', ...about, faults, stats, servers, ...(broken === undefined ? {} : { broken }) });
  writeReport();
  const found = { ...wrongs(servers), differed: faults.filter(({ same }) => same === false).length };
  process.stdout.write(
    `${JSON.stringify({ ...about, broken, stats, found, servers, standing: await standing() }, undefined, 2)}\n`,
  );
  if (broken !== undefined || found.lost + found.phantom + found.balances + found.differed > 0 || found.differ)
    process.exitCode = 1;
  else if (!KEEP) await remove();
}

if (require.main === module) {
  const [count = '50', only] = process.argv.slice(2);
  main(Number(count), only).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
