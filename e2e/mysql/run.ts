/**
 * Faults at random while eight clients write: `tsx e2e/mysql/run.ts 50`. Prints each, verifies both servers at the end, and
 * adds the run to bench/mysql.json, from which bench/mysql.md is written.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { sleep, until } from '../failover/cluster';
import { FAULTS, pick } from './faults';
import { ROOT, SERVERS, Workload, install, standing, whole } from './pair';
import { writeReport } from './report';

export const RESULTS = join(ROOT, 'bench/mysql.json');

export interface FaultResult {
  readonly fault: string;
  readonly planned: boolean;
  readonly load: number;
  /** The longest time without an acknowledged write, from the fault on. */
  readonly gapMs: number;
  /** Until there was a replica again that had everything. */
  readonly wholeMs: number;
  readonly error?: string;
}

export interface Run {
  readonly faults: FaultResult[];
  readonly stats: Readonly<Record<string, unknown>>;
  readonly servers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function runs(): Run[] {
  return existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Run[]) : [];
}

/** Others keep away from the cluster while a node is harmed, where a lock file says so. */
async function locked(exclusive: boolean, work: () => Promise<FaultResult>): Promise<FaultResult> {
  const lock = process.env['CLUSTER_LOCK'];
  if (!lock) return work();
  const holder = spawn('flock', [exclusive ? '-x' : '-s', lock, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  try {
    return await work();
  } finally {
    holder.stdin.end();
  }
}

async function once(workload: Workload, fault: string): Promise<FaultResult> {
  const { make, planned = false } = FAULTS[fault]!;
  const { now } = await workload.stats();
  const startedAt = performance.now();
  let error: string | undefined;
  await make().catch((reason: unknown) => (error = String(reason)));
  // What is told to a server may begin seconds later, as when its pod hands over first.
  await sleep(10_000);
  await until('a replica that has everything', whole, 240);
  const wholeMs = Math.round(performance.now() - startedAt);
  const gapMs = await workload.longestGap(now);
  return { fault, planned, load: loadavg()[0] ?? 0, gapMs, wholeMs, ...(error === undefined ? {} : { error }) };
}

async function main(count: number, only: string | undefined): Promise<void> {
  await install();
  const workload = new Workload();
  await workload.start();
  const faults: FaultResult[] = [];
  for (let done = 0; done < count; done++) {
    await sleep(500 + Math.random() * 2000);
    const name = only ?? pick();
    const result = await locked(FAULTS[name]?.node ?? false, () => once(workload, name));
    faults.push(result);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  const stats = await workload.ask<Record<string, unknown>>('/stop');
  await sleep(3000);
  const servers: Record<string, Record<string, unknown>> = {};
  for (const server of SERVERS) servers[server] = await workload.ask(`/verify?host=${server}`);
  const run = { faults, stats, servers };
  process.stdout.write(`${JSON.stringify({ stats, servers, standing: await standing() }, undefined, 2)}\n`);
  writeFileSync(RESULTS, `${JSON.stringify([...runs(), run], undefined, 1)}\n`);
  writeReport();
}

if (require.main === module) {
  const [count = '50', only] = process.argv.slice(2);
  main(Number(count), only).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
