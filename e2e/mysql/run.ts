/**
 * The whole of bench/mysql.md: `tsx e2e/mysql/run.ts 50 10 15` makes 50 faults with Durability.PREFERRED, 10 with
 * Durability.REQUIRED, and measures the overhead for 15 seconds a turn; 0 leaves one out. Each part is also a command of its own.
 */
import { spawnSync } from 'node:child_process';
import { ROOT } from './pair';

const [goOn = '50', block = '10', seconds = '15'] = process.argv.slice(2);
const { SITE = 'mysql-bench' } = process.env;

const PARTS = [
  { count: goOn, program: 'series', site: SITE, durability: 'PREFERRED' },
  { count: block, program: 'series', site: `${SITE}-block`, durability: 'REQUIRED' },
  { count: seconds, program: 'overhead', site: `${SITE}-load`, durability: 'PREFERRED' },
];

let failed = 0;
for (const { count, program, site, durability } of PARTS) {
  if (count === '0') continue;
  process.stdout.write(`--- ${program} ${durability} ${count}\n`);
  const env = { ...process.env, SITE: site, DURABILITY: durability };
  const { status } = spawnSync('npx', ['tsx', `e2e/mysql/${program}.ts`, count], { cwd: ROOT, env, stdio: 'inherit' });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
