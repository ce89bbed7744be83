/**
 * How long a synthesis takes, and what of it: `npm run bench:synth` writes bench/synth.md.
 *
 * Every app is synthesized in a process of its own, all of them in turn and then again, and each site next to the same objects
 * written down with cdk8s-plus alone, so that what else the machine does falls on both.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Phase } from './synth/phases';

const ROOT = resolve(__dirname, '..');
const ROUNDS = Number(process.env['ROUNDS'] ?? 11);

interface App {
  readonly name: string;
  readonly main: string;
  readonly library: 'slices' | 'none';
  readonly env: Record<string, string>;
  readonly objects: number;
}

function sites(): string[] {
  const examples = readdirSync(join(ROOT, 'examples')).map((folder) => join('examples', folder, 'main.ts'));
  return ['main.ts', ...examples.filter((file) => existsSync(join(ROOT, file)))];
}

/** A site, and the same objects without the library. */
function pair(main: string): App[] {
  const folder = mkdtempSync(join(tmpdir(), 'synth-'));
  run({ name: main, main, library: 'slices', env: { CDK8S_OUTDIR: folder }, objects: 0 });
  const charts = readdirSync(folder)
    .sort()
    .map((file) => ({
      name: file.replace(/^\d+-|\.k8s\.yaml$/g, ''),
      objects: parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((each) => each.toJS() as object),
    }));
  const written = join(folder, 'objects.json');
  writeFileSync(written, JSON.stringify(charts));
  const objects = charts.reduce((sum, chart) => sum + chart.objects.length, 0);
  const plain = { CDK8S_OUTDIR: mkdtempSync(join(tmpdir(), 'plain-')), PLAIN: written };
  return [
    { name: main, main, library: 'slices', env: { CDK8S_OUTDIR: folder }, objects },
    {
      name: `its ${objects} objects, with cdk8s-plus alone`,
      main: 'bench/synth/plain.ts',
      library: 'none',
      env: plain,
      objects,
    },
  ];
}

function run({ main, library, env }: App): Phase[] {
  const args = ['--import', 'tsx', 'bench/synth/phases.ts', main, library];
  const options = { cwd: ROOT, env: { ...process.env, ...env }, encoding: 'utf8' as const };
  return JSON.parse(execFileSync(process.execPath, args, options)) as Phase[];
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** The medians of each phase, in milliseconds of processor time, and of the whole, which is also given as time that went by. */
function row({ name }: App, runs: Phase[][]): string {
  const sum = (phases: Phase[], what: 'cpu' | 'wall') => phases.reduce((total, phase) => total + phase[what], 0);
  const phases = runs[0]!.map((_, index) => median(runs.map((each) => each[index]!.cpu)));
  const all = median(runs.map((each) => sum(each, 'cpu')));
  const least = Math.min(...runs.map((each) => sum(each, 'wall')));
  const loading = phases.slice(0, 3).reduce((total, each) => total + each, 0);
  const cells = [...phases, all].map((each) => each.toFixed(0));
  return `| ${[name, ...cells, `${((100 * loading) / all).toFixed(0)} %`, least.toFixed(0)].join(' | ')} |`;
}

const apps = sites().flatMap(pair);
const runs = new Map<App, Phase[][]>(apps.map((app) => [app, []]));
const before = loadavg()[0]!;
for (let round = 0; round < ROUNDS; round++) for (const app of apps) runs.get(app)!.push(run(app));
const names = runs.get(apps[0]!)![0]!.map((phase) => phase.name);
const header = ['app', ...names, 'all', 'of it loading', 'shortest, as time that went by'];
const text = `# How long a synthesis takes

Written by \`npm run bench:synth\`. Milliseconds of processor time, medians of ${ROUNDS} processes for each app, which ran in turn, a site
beside the same objects written down with cdk8s-plus alone. Processor time counts all threads, as those that collect garbage
and compile, so it is longer than what goes by on a machine that does nothing else.

Node ${process.version}, ${cpus().length} processors (${cpus()[0]!.model}), load ${before.toFixed(1)} before and ${loadavg()[0]!.toFixed(1)} after.

| ${header.join(' | ')} |
| ${header.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |
${apps.map((app) => row(app, runs.get(app)!)).join('\n')}
`;
writeFileSync(join(__dirname, 'synth.md'), text);
execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', join(__dirname, 'synth.md')]);
process.stdout.write(text);
