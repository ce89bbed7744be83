/** One fault, several times: `tsx e2e/failover/run.ts power-off --runs 20`. Prints each run and adds it to bench/failover. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl, sleep } from './cluster';
import { SCENARIOS } from './scenarios';

export const RESULTS = process.env['BENCH_RESULTS'] ?? join(__dirname, '../../bench/failover');

export type Result = Readonly<Record<string, unknown>>;

export function results(scenario: string): Result[] {
  const file = join(RESULTS, `${scenario}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result[]) : [];
}

export async function record(scenario: string, runs: number): Promise<void> {
  const make = SCENARIOS[scenario];
  if (!make) throw new Error(`there is no ${scenario}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  await kubectl('version');
  const once = await make();
  for (let count = 0; count < runs; count++) {
    const result = await once();
    process.stdout.write(`${scenario} ${JSON.stringify(result)}\n`);
    const all = [...results(scenario), result];
    writeFileSync(join(RESULTS, `${scenario}.json`), `${JSON.stringify(all, undefined, 2)}\n`);
    await sleep(500 + Math.random() * 500);
  }
}

if (require.main === module) {
  const [scenario = '', , runs = '1'] = process.argv.slice(2);
  record(scenario, Number(runs)).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
