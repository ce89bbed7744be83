/**
 * Makes every fault as often as the report asks for, then writes bench/failover.md: `npm run bench:failover`. With
 * `-- --report` it writes the report from the runs that are recorded.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { record, results } from '../e2e/failover/run';
import type { Result } from '../e2e/failover/run';
import { PREFACE, NOTES } from './failover-text';

/** How often each fault is made. */
const RUNS: Record<string, number> = {
  'power-off': 20,
  'network-cut': 20,
  'engine-killed': 20,
  'engine-stopped': 20,
  'all-stopped': 20,
  'agent-killed': 10,
  'agent-stopped': 12,
  'agent-stopped-by-label': 12,
  'power-off-all-active': 6,
  'power-off-local': 8,
  'power-off-by-label': 5,
  'power-off-plain': 2,
  handover: 20,
  'handover-local': 10,
  'random-faults': 4,
  'random-faults-rolling': 4,
  'api-server-away': 3,
  'clock-jumps': 2,
  'clock-jumps-back': 2,
  cost: 1,
  'keepalived-power-off': 20,
  'keepalived-network-cut': 20,
  'heartbeat-3-power-off': 20,
  'heartbeat-3-network-cut': 20,
};

const OUTAGES: [scenario: string, what: string][] = [
  ['power-off', "the active one's node loses its power"],
  ['power-off-local', 'the same, `externalTrafficPolicy: Local`'],
  ['network-cut', "the active one's node is cut off the network"],
  ['engine-killed', 'its engine is killed'],
  ['engine-stopped', 'its engine is stopped (SIGSTOP)'],
  ['all-stopped', 'every process of its pod is stopped at once, as if its machine hung'],
  ['agent-killed', 'its agent is killed'],
  ['agent-stopped', 'its agent is stopped (SIGSTOP)'],
  ['power-off-by-label', 'power, and a Service that selects the label'],
  ['power-off-all-active', 'power of one of two that are both active: `HeartbeatMode.ALL_ACTIVE`'],
  ['power-off-plain', 'power, and a plain Service over both pods, without agents'],
  ['keepalived-power-off', 'keepalived, one advert a second: power'],
  ['keepalived-network-cut', 'keepalived: network'],
  ['heartbeat-3-power-off', 'heartbeat 3.0.6, keepalive 0.5 s, deadtime 2 s: power'],
  ['heartbeat-3-network-cut', 'heartbeat 3.0.6: network'],
];

function numbers(scenario: string, key: string): number[] {
  return results(scenario)
    .map((each) => Number(each[key]))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): string {
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? '-' : value.toFixed(2);
}

/** Both slices take connections there: the half of them that leads to the dead one fails, while the other is answered. */
const HALF = ['power-off-all-active', 'power-off-plain'];
/** What a client fails to get where half of its 50 questions a second fail. */
const HALF_A_SECOND = 25;

/** What counts the failures after the first good answer, and for how long there were any. */
function failures(scenario: string): [count: string, seconds: number[]] {
  if (!HALF.includes(scenario)) return ['failedLater', numbers(scenario, 'laterForSeconds')];
  return ['failed', numbers(scenario, 'failed').map((failed) => failed / HALF_A_SECOND)];
}

function outages(): string {
  const rows = OUTAGES.filter(([scenario]) => results(scenario).length > 0).map(([scenario, what]) => {
    const seconds = numbers(scenario, 'seconds');
    const [count, forSeconds] = failures(scenario);
    const failed = results(scenario).filter((each) => Number(each[count]) > 0);
    const counts = failed.length > 0 ? `${sum(failed, count)} in ${failed.length} runs` : 'none';
    const last = quantile(forSeconds, 1);
    const cells = [what, seconds.length, ...[1e-9, 0.5, 0.99].map((share) => quantile(seconds, share)), counts, last];
    return `| ${cells.join(' | ')} |`;
  });
  const head =
    '| what happens | runs | least | p50 | p99 (most) | failed after the first good answer | until, s after it |';
  return [head, '| --- | --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/** From the fault until the other pod answers, where the first one goes on answering meanwhile. */
function wayOfTraffic(): string {
  const row = (scenario: string, what: string) => {
    const seconds = numbers(scenario, 'otherAnswersAfter');
    return `| ${what} | ${seconds.length} | ${[1e-9, 0.5, 1].map((share) => quantile(seconds, share)).join(' | ')} |`;
  };
  return [
    '| seconds from an agent stopped (SIGSTOP) to the first answer of the other pod | runs | least | p50 | most |',
    '| --- | --- | --- | --- | --- |',
    row('agent-stopped', 'the agent writes the EndpointSlice'),
    row('agent-stopped-by-label', 'the Service selects the label'),
  ].join('\n');
}

function sum(list: readonly Result[], key: string): number {
  return list.reduce((total, each) => total + Number(each[key] ?? 0), 0);
}

function planned(): string {
  const row = (scenario: string, what: string) => {
    const list = results(scenario);
    return `| ${what} | ${list.length} | ${sum(list, 'asked')} | ${sum(list, 'failed')} |`;
  };
  return [
    '| the active pod is deleted under 200 requests a second | runs | requests | failed |',
    '| --- | --- | --- | --- |',
    row('handover', '`externalTrafficPolicy: Cluster`'),
    row('handover-local', '`externalTrafficPolicy: Local`'),
  ].join('\n');
}

function never(): string {
  const rolling = results('random-faults-rolling');
  const during = `In ${sum(rolling, 'faults')} of them a roll-out was under way, each with another length of the Lease \
(${sum(rolling, 'rollOuts')} roll-outs).`;
  return [neverIn([...results('random-faults'), ...rolling]), during].join('\n\n');
}

function neverIn(faults: readonly Result[]): string {
  const kinds: Record<string, number> = {};
  for (const { made } of faults) {
    for (const [kind, count] of Object.entries(made as Record<string, number>))
      kinds[kind] = (kinds[kind] ?? 0) + count;
  }
  const list = Object.entries(kinds).map(([kind, count]) => `${kind} ${count}`);
  return `${sum(faults, 'faults')} random faults (${list.join(', ')}), ${sum(faults, 'asked')} questions to the agents, \
${sum(faults, 'terms')} terms: **${sum(faults, 'overlaps')}** overlaps.`;
}

/** What happens to the whole pair at once, and who is active meanwhile. */
function together(): string {
  const row = (what: string) => (each: Result) =>
    `| ${what} | ${Number(each['terms'])} | ${Number(each['overlaps'])} | \
${Number(each['longestWithoutActiveSeconds']).toFixed(2)} s | ${Number(each['failed'])} of ${Number(each['asked'])} |`;
  const rows = [
    ...results('api-server-away').map(row('the API server out of reach of both for 30 s')),
    ...results('clock-jumps').map(row('the time of day 20 s forward, then back')),
    ...results('clock-jumps-back').map(row('the time of day 20 s back, then forward')),
  ];
  const head = '| what happens | terms | overlaps | longest without an active one | requests failed |';
  return [head, '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function cost(): string {
  const measured = results('cost').at(-1);
  if (!measured) return 'not measured';
  const agents = measured['agents'] as { pod: string; cpu: number; residentMiB: number; anonymousMiB: number }[];
  const rows = agents.map(
    ({ pod, cpu, residentMiB, anonymousMiB }) =>
      `| ${pod} | ${(cpu * 1000).toFixed(1)} | ${anonymousMiB.toFixed(1)} | ${residentMiB.toFixed(1)} |`,
  );
  const head = '| agent of | CPU, thousandths of a processor | anonymous memory, MiB | resident, MiB |';
  const writes = `Writes of the Lease: ${Number(measured['leaseWritesPerSecond']).toFixed(1)} a second and pair.`;
  return [writes, '', head, '| --- | --- | --- | --- |', ...rows].join('\n');
}

function loads(): string {
  const all = [...OUTAGES.map(([scenario]) => scenario), 'handover'].flatMap((scenario) => numbers(scenario, 'load'));
  all.sort((a, b) => a - b);
  return `p50 ${quantile(all, 0.5)}, most ${quantile(all, 1)}`;
}

function report(): string {
  return [
    '# Failover, measured',
    PREFACE(loads()),
    '## Seconds without a good answer',
    outages(),
    '## The way of the traffic',
    wayOfTraffic(),
    '## Planned stops',
    planned(),
    '## Never two',
    never(),
    '## The API server, and the clock',
    together(),
    '## What it costs while nothing happens',
    cost(),
    NOTES,
    '',
  ].join('\n\n');
}

async function main(): Promise<void> {
  if (!process.argv.includes('--report')) {
    for (const [scenario, runs] of Object.entries(RUNS)) await record(scenario, runs - results(scenario).length);
  }
  writeFileSync(join(__dirname, 'failover.md'), report().trimEnd() + '\n');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
