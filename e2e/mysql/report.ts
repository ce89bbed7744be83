/** Writes bench/mysql.md from what was measured: `tsx e2e/mysql/report.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './pair';
import type { FaultResult, Run } from './run';
import { runs } from './run';

const seconds = (ms: number) => (ms / 1000).toFixed(2);

/** The nearest rank: of fewer than a hundred, the 99th percentile is the largest. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function report(all: Run[]): string {
  const faults = all.flatMap((run) => run.faults);
  const row = (name: string, of: FaultResult[]) => {
    const gaps = of.map(({ gapMs }) => gapMs);
    const whole = of.map(({ wholeMs }) => wholeMs);
    return `| ${name} | ${of.length} | ${seconds(percentile(gaps, 0.5))} | ${seconds(percentile(gaps, 0.99))} | ${seconds(percentile(whole, 0.5))} |`;
  };
  const names = [...new Set(faults.map(({ fault }) => fault))].sort();
  const sum = (of: (server: Record<string, unknown>) => number) =>
    all.flatMap((run) => Object.values(run.servers)).reduce((total, server) => total + of(server), 0);
  const figure = (kind: string, what: string) => (server: Record<string, unknown>) =>
    (server[kind] as Record<string, number>)[what] ?? 0;
  const acknowledged = all.reduce((total, { stats }) => total + Number(stats['acknowledged']), 0);
  const failed = faults.filter(({ error }) => error !== undefined);
  return [
    '# ReplicatedMySQL under faults',
    '',
    'Written by `npm run bench:mysql`, which adds a run to bench/mysql.json. Do not edit.',
    '',
    'Eight clients in a pod on the third node, four that move money between ten accounts and four that append to a set. A',
    'statement without an answer for 1 s is given up and its connection made anew. Durability `GO_ON`, 512 MiB a slice.',
    '',
    '## What was acknowledged, and what is there',
    '',
    '| | both servers together |',
    '| --- | --- |',
    `| runs | ${all.length} |`,
    `| faults | ${faults.length}, of which ${failed.length} could not be made as meant |`,
    `| acknowledged writes | ${acknowledged} |`,
    `| acknowledged and not there | ${sum(figure('members', 'lost')) + sum(figure('transfers', 'lost'))} |`,
    `| there though refused or never sent | ${sum(figure('members', 'phantom')) + sum(figure('transfers', 'phantom'))} |`,
    `| accounts whose balance is not what the transfers make it | ${sum((server) => Number(server['wrongBalances']))} |`,
    `| runs in which the servers differ at the end | ${all.filter(differ).length} |`,
    '',
    '## Seconds without an acknowledged write',
    '',
    '| fault | times | p50 | p99 | until the pair was whole again, p50 |',
    '| --- | --- | --- | --- | --- |',
    ...names.map((name) =>
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
    `Other work on the machine (2 cores): its load was ${Math.min(...faults.map(({ load }) => load)).toFixed(1)} to ${Math.max(...faults.map(({ load }) => load)).toFixed(1)} meanwhile.`,
    '',
  ].join('\n');
}

function differ(run: Run): boolean {
  return new Set(Object.values(run.servers).map((server) => server['executed'])).size > 1;
}

export function writeReport(): void {
  writeFileSync(join(ROOT, 'bench/mysql.md'), report(runs()));
}

if (require.main === module) writeReport();
