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

/** Sites of twenty slices each: 200, 500 and 1,000 slices. */
const SITES = [10, 25, 50];
/** Processes for each of these, which take longer than those of one site. */
const GROWTH_ROUNDS = Math.min(ROUNDS, 5);

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
function pair(main: string, more: Record<string, string> = {}): App[] {
  const folder = mkdtempSync(join(tmpdir(), 'synth-'));
  const env = { ...more, CDK8S_OUTDIR: folder };
  run({ name: main, main, library: 'slices', env, objects: 0 });
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
    { name: main, main, library: 'slices', env, objects },
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

/** Rounds of all apps in turn, so that what else the machine does falls on all of them. */
function measure(apps: App[], rounds: number): Map<App, Phase[][]> {
  const runs = new Map<App, Phase[][]>(apps.map((app) => [app, []]));
  for (let round = 0; round < rounds; round++) for (const app of apps) runs.get(app)!.push(run(app));
  return runs;
}

/** Without what loads: the medians of making the objects and of writing them, in seconds of processor time. */
function working(runs: Phase[][]): number {
  const cpu = (phases: Phase[]) => phases.slice(3).reduce((total, each) => total + each.cpu, 0);
  return median(runs.map(cpu)) / 1000;
}

function growthTable(runs: Map<App, Phase[][]>): string {
  const rows = (['slices', 'none'] as const).map((library) => {
    const times = [...runs].filter(([app]) => app.library === library).map(([, each]) => working(each));
    const ratio = times.at(-1)! / times[0]!;
    const exponent = Math.log(ratio) / Math.log(SITES.at(-1)! / SITES[0]!);
    const name = library === 'slices' ? 'cdk8s-slices' : 'the same objects, with cdk8s-plus alone';
    return `| ${[name, ...times.map((each) => each.toFixed(2)), ratio.toFixed(1), exponent.toFixed(2)].join(' | ')} |`;
  });
  const objects = [...runs.keys()].filter(({ library }) => library === 'none').map((app) => app.objects);
  const columns = SITES.map((each, index) => `${each * 20} slices, ${objects[index]} objects`);
  return `| | ${[...columns, `${SITES.at(-1)! / SITES[0]!} times as many`, 'exponent'].join(' | ')} |
| --- |${' ---: |'.repeat(SITES.length + 2)}
${rows.join('\n')}`;
}

const before = loadavg()[0]!;
const runs = measure(
  sites().flatMap((main) => pair(main)),
  ROUNDS,
);
const growth = measure(
  SITES.flatMap((each) => pair('bench/synth/many.ts', { SITES: `${each}` })),
  GROWTH_ROUNDS,
);
const names = [...runs.values()][0]![0]!.map((phase) => phase.name);
const header = ['app', ...names, 'all', 'of it loading', 'shortest, as time that went by'];
const text = `# How long a synthesis takes

Written by \`npm run bench:synth\`. Milliseconds of processor time, medians of ${ROUNDS} processes for each app, which ran in turn, a site
beside the same objects written down with cdk8s-plus alone. Processor time counts all threads, as those that collect garbage
and compile, so it is longer than what goes by on a machine that does nothing else.

Node ${process.version}, ${cpus().length} processors (${cpus()[0]!.model}), load ${before.toFixed(1)} before and ${loadavg()[0]!.toFixed(1)} after.

| ${header.join(' | ')} |
| ${header.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |
${[...runs].map(([app, each]) => row(app, each)).join('\n')}

## How it grows

Sites of twenty slices each ([sites.ts](synth/sites.ts)), with every role. Seconds of processor time without loading, medians of
${GROWTH_ROUNDS} processes for each. An exponent of 1 is linear. \`__tests__/synthesis.test.ts\` holds it by counting work.

${growthTable(growth)}

cdk8s validates the whole app again for each chart that it writes; the library's charts are written without (core/synthesis.ts).
`;
writeFileSync(join(__dirname, 'synth.md'), text);
execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', join(__dirname, 'synth.md')]);
process.stdout.write(text);
