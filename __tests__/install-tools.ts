/** Installs the Debian packages of the tools that tests run and that are missing: `npm run tools`, as root. */
import { spawnSync } from 'node:child_process';
import { TOOLS, isInstalled, remedy } from './tools';
import type { ToolName } from './tools';

const NAMES = Object.keys(TOOLS) as ToolName[];
const missing = () => NAMES.filter((name) => TOOLS[name].packages.length > 0 && !isInstalled(name));

function aptGet(...args: string[]): void {
  // In run level 1 a package's service is not started.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const { status, error } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function main(): void {
  const wanted = missing();
  if (wanted.length === 0) return;
  const packages = wanted.flatMap((name) => TOOLS[name].packages);
  console.log(`${wanted.join(', ')}: not installed`);
  if (process.getuid?.() !== 0)
    throw new Error(`packages are installed by root alone; write: sudo apt-get install ${packages.join(' ')}`);
  aptGet('update', '-qq');
  aptGet('install', '-qq', '--yes', '--no-install-recommends', ...packages);
  const left = missing();
  if (left.length > 0) throw new Error(left.map(remedy).join('\n'));
}

try {
  main();
} catch (error) {
  console.error(`tools: ${(error as Error).message}`);
  process.exitCode = 1;
}
