/** Writes bench/site.md from the runs in bench/site.json: `tsx e2e/site/report.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../kubernetes';
import type { Harm } from './harm';
import { recorded, recordedForGood } from './results';
import type { Recorded, RecordedForGood } from './results';

const FAULTS: Record<string, string> = {
  power: 'loses its power',
  cut: 'is cut off the network',
  hang: 'hangs: every process is stopped, its kernel runs',
};

const PREFACE = `# What clients of a site see when it loses a node

Written by \`npm run bench:site\`, which adds a run to bench/site.json. Do not edit.

Kubernetes 1.36, three nodes on one machine of two processors, which did other work as well: \`load\` is how many processes wanted one. Two
clients outside the cluster ask for a page twice a second, on a new connection each time. The patient one waits up to 20 s for an answer, the
hasty one 1 s. A page is slow if it takes longer than 1.5 s. \`bad for\` is the time from the loss until the last page was asked for that
failed or was slow, \`later\` counts pages that failed although asked for 3 s after the loss or later. The first table has the patient client. Two runs are left out:
a second node was lost before the pods of the first had started again, which the command now waits for.
`;

export function report(all: readonly Recorded[], forGood: readonly RecordedForGood[] = []): string {
  const groups = [...new Set(all.map(groupOf))];
  const rows = groups.map((group) =>
    summaryRow(
      group,
      all.filter((run) => groupOf(run) === group),
    ),
  );
  const sections = groups.map((group) => {
    const runs = all.filter((run) => groupOf(run) === group);
    return [`## ${group}`, '', ...table(runs), ''].join('\n');
  });
  return [
    PREFACE,
    [...SUMMARY, ...rows, ''].join('\n'),
    ...sections,
    ...(forGood.length > 0 ? [forGoodSection(forGood)] : []),
  ].join('\n');
}

function groupOf({ site, variant, fault }: Recorded): string {
  return `${site}, ${variant}: a node ${FAULTS[fault]}`;
}

/** What a reader who waits saw in all losses of a kind. */
const SUMMARY = [
  '| losses | times | bad for, median | most | pages failed, later than 3 s | not marked |',
  '| --- | --- | --- | --- | --- | --- |',
];

function summaryRow(group: string, runs: readonly Recorded[]): string {
  const bad = runs.map(({ patient }) => patient.badForSeconds).sort((a, b) => a - b);
  const sum = (of: (seen: Harm) => number) => runs.reduce((total, { patient }) => total + of(patient), 0);
  const [failed, asked, later] = [
    sum((seen) => seen.failed),
    sum((seen) => seen.asked),
    sum((seen) => seen.failedLater),
  ];
  const unmarked = runs.filter(({ markedAfterSeconds }) => markedAfterSeconds === undefined).length;
  const seconds = (value = 0) => `${value.toFixed(1)} s`;
  const figures = [seconds(bad[Math.floor((bad.length - 1) / 2)]), seconds(bad.at(-1))];
  return `| ${[group, runs.length, ...figures, `${failed} of ${asked}, ${later}`, unmarked].join(' | ')} |`;
}

const FOR_GOOD = `## A node that stays off

Written by \`npm run bench:site -- --for-good\`. \`whole after\` is the time from the loss of power until each role without a volume had all its
slices ready on other nodes, with no human. \`replaced in\` is the time that \`cdk8s-slices replace\` took, from the command to the last
copy, for each slice with a volume. In the first three runs balancers and caches were replaced by it, too.
`;

function forGoodSection(runs: readonly RecordedForGood[]): string {
  const said = (seconds: Readonly<Record<string, number | undefined>>) =>
    Object.entries(seconds)
      .map(([name, value]) => `${name} ${value === undefined ? 'never' : `${value.toFixed(1)} s`}`)
      .join(', ') || '-';
  const rows = runs.map(
    ({ site, slices, wholeAfterSeconds, replacedInSeconds }) =>
      `| ${site} | ${slices.join(', ')} | ${said(wholeAfterSeconds)} | ${said(replacedInSeconds)} |`,
  );
  const head = ['| site | on the node | whole after | replaced in |', '| --- | --- | --- | --- |'];
  return [FOR_GOOD, ...head, ...rows, ''].join('\n');
}

function table(runs: readonly Recorded[]): string[] {
  const head = [
    '| on the node | marked after | client | asked | failed | slow | bad for | longest | later | load |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  return [...head, ...runs.flatMap((run) => [row(run, 'patient', run.patient), row(run, 'hasty', run.hasty)])];
}

function row({ pods, markedAfterSeconds, load }: Recorded, client: string, seen: Harm): string {
  const marked = markedAfterSeconds === undefined ? 'never' : `${markedAfterSeconds.toFixed(1)} s`;
  const first = client === 'patient' ? [pods.join(', '), marked] : ['', ''];
  const { asked, failed, slow, badForSeconds, longestSeconds, failedLater } = seen;
  const figures = [asked, failed, slow, `${badForSeconds.toFixed(1)} s`, `${longestSeconds.toFixed(1)} s`, failedLater];
  return `| ${[...first, client, ...figures, client === 'patient' ? load : ''].join(' | ')} |`;
}

if (require.main === module) writeFileSync(join(ROOT, 'bench/site.md'), report(recorded(), recordedForGood()));
