/** Writes bench/mysql.md, beside what was measured: `tsx e2e/mysql/report.ts`. */
import { writeFileSync } from 'node:fs';
import type { LoadResult } from './load';
import { RESULTS, results, wrongs } from './results';
import type { FaultResult, Overhead, Series } from './results';

const seconds = (ms: number) => (Number.isNaN(ms) ? '-' : (ms / 1000).toFixed(2));

/** The nearest rank: of fewer than a hundred, the 99th percentile is the largest. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function report(all: (Series | Overhead)[]): string {
  const series = all.filter((each) => each.kind === 'faults');
  const kinds = [...new Set(series.map(({ durability }) => durability))];
  const overheads = all.filter((each) => each.kind === 'overhead');
  return [
    '# ReplicatedMySQL under faults',
    '',
    'Written by `npm run bench:mysql`, which adds a run to bench/mysql.json. Do not edit.',
    '',
    'Eight clients in a pod, on a node without a server where there is one: four that move money between ten accounts and four',
    'that append to a set. A statement without an answer for 1 s is given up, and a connection that takes more than 0.4 s; then',
    'another is made. 512 MiB a slice.',
    'They connect to the address of the Service, not its name: what the cluster’s DNS loses with a node is not counted here.',
    '',
    ...kinds.flatMap((kind) =>
      section(
        kind,
        series.filter(({ durability }) => durability === kind),
      ),
    ),
    ...(overheads.length > 0 ? overhead(overheads) : []),
  ].join('\n');
}

function section(durability: string, series: Series[]): string[] {
  const faults = series.flatMap((each) => each.faults);
  const loads = faults.map(({ load }) => load);
  const sum = (of: (series: Series) => number) => series.reduce((total, each) => total + of(each), 0);
  const broken = series.filter((each) => each.broken !== undefined);
  const limits = [...new Set(series.map(({ failoverSeconds }) => failoverSeconds))].join(' and ');
  return [
    `## Durability.${durability}, failover within ${limits} s`,
    '',
    '| what was acknowledged, and what is there | both servers together |',
    '| --- | --- |',
    `| series | ${series.length} |`,
    `| faults made | ${faults.filter(({ error }) => error === undefined).length} |`,
    `| faults that could not be made | ${faults.filter(({ error }) => error !== undefined).length} |`,
    `| acknowledged writes | ${sum(({ stats }) => stats.acknowledged)} |`,
    `| acknowledged and not there | ${sum(({ servers }) => wrongs(servers).lost)} |`,
    `| there though refused or never sent | ${sum(({ servers }) => wrongs(servers).phantom)} |`,
    `| accounts whose balance is not what the transfers make it | ${sum(({ servers }) => wrongs(servers).balances)} |`,
    `| faults after which a table differs between the servers, of ${faults.filter(({ same }) => same !== undefined).length} compared | ${faults.filter(({ same }) => same === false).length} |`,
    `| series at whose end the servers differ | ${series.filter(({ servers }) => wrongs(servers).differ).length} |`,
    `| series that ended early, as the pair did not become whole | ${broken.length} |`,
    '',
    ...broken.map(({ at, broken: why }) => `- ${at}: ${why}`),
    ...(broken.length > 0 ? [''] : []),
    '| seconds without an acknowledged write | times | p50 | p99 | until the pair was whole again, p50 |',
    '| --- | --- | --- | --- | --- |',
    ...[...new Set(faults.map(({ fault }) => fault))].sort().map((name) =>
      row(
        name,
        faults.filter(({ fault }) => fault === name),
      ),
    ),
    row(
      '**all unplanned**',
      faults.filter(({ planned }) => !planned),
    ),
    row(
      '**all planned**',
      faults.filter(({ planned }) => planned),
    ),
    '',
    `The load of the machine (2 cores) was ${Math.min(...loads)} to ${Math.max(...loads)}. Of fewer than a hundred, the p99 is the largest.`,
    '',
  ];
}

function row(name: string, faults: FaultResult[]): string {
  const made = faults.filter(({ error }) => error === undefined);
  const gaps = made.map(({ gapMs }) => gapMs ?? Number.NaN);
  const whole = made.map(({ wholeMs }) => wholeMs ?? Number.NaN);
  const figures = [percentile(gaps, 0.5), percentile(gaps, 0.99), percentile(whole, 0.5)].map(seconds);
  return `| ${[name, made.length, ...figures].join(' | ')} |`;
}

function overhead(all: Overhead[]): string[] {
  const line = (name: string, turns: LoadResult[]) => {
    const middle = (of: (turn: LoadResult) => number) => percentile(turns.map(of), 0.5);
    return `| ${name} | ${turns.length} | ${middle(({ perSecond }) => perSecond)} | ${middle(({ p50Ms }) => p50Ms)} | ${middle(({ p99Ms }) => p99Ms)} |`;
  };
  return [
    '## What it costs',
    '',
    'Inserts of 200 bytes by eight clients that do not pause, in turns, each figure the median of the turns. The bare MySQL has',
    'the same settings, binary log and RAM, and neither agent nor replica.',
    '',
    '| | turns | inserts a second | p50, ms | p99, ms |',
    '| --- | --- | --- | --- | --- |',
    line(
      'the pair',
      all.flatMap(({ pair }) => pair),
    ),
    line(
      'a bare MySQL',
      all.flatMap(({ bare }) => bare),
    ),
    '',
    'All servers and the clients share the two cores of one machine: a pair has two servers on them, the bare MySQL one.',
    '',
  ];
}

export function writeReport(): void {
  writeFileSync(RESULTS.replace(/\.json$/, '.md'), report(results()));
}

if (require.main === module) writeReport();
