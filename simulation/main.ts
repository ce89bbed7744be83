/**
 * Runs whole agents over a modelled cluster and breaks it in every way: `npm run simulate -- --minutes 5`. A seed that fails is
 * printed with what happened, and run again by `--seed`.
 */
import { parseArgs } from 'node:util';
import * as mysql from './episode';
import type { Plan } from './run';
import { shrink } from './shrink';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    ignore: { type: 'string', multiple: true },
  },
});
const { planOf, runPlan } = mysql;

function describe({ setting, waves }: Plan): string {
  const { durability, leaseSeconds, rates } = setting;
  const faults = waves.map((wave, index) =>
    wave
      .map(({ kind, at, forMs, who, n }) => `  wave ${index + 1}, ${at} ms: ${kind}, ${who}, ${forMs} ms, ${n}`)
      .join('\n'),
  );
  return [
    `${durability}, Lease of ${leaseSeconds} s, clocks at ${rates.map((rate) => rate.toFixed(3)).join(' and ')}`,
    ...faults,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function planFor(seed: number): Plan {
  const plan = planOf(seed);
  return { ...plan, setting: { ...plan.setting, ignore: values.ignore } };
}

async function fail(seed: number): Promise<void> {
  const plan = planFor(seed);
  const first = await runPlan(plan);
  console.log(`\nseed ${seed}: ${first.violation}`);
  const smaller = await shrink(plan, first.violation, runPlan);
  const result = await runPlan(smaller);
  console.log(`${result.trace}\n\nseed ${seed}: ${result.violation}\n${describe(smaller)}`);
  console.log(`run it again by: npm run simulate -- --seed ${seed}`);
}

async function main(): Promise<void> {
  if (values.seed !== undefined && values.minutes === undefined) {
    const seed = Number(values.seed);
    const result = await runPlan(planFor(seed), values.trace ? (line) => console.log(line) : undefined);
    if (result.violation) await fail(seed);
    else console.log(`seed ${seed}: no rule was broken in ${Math.round(result.ms / 1000)} s`);
    process.exitCode = result.violation ? 1 : 0;
    return;
  }
  const first = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const until = performance.now() + Number(values.minutes ?? 1) * 60_000;
  console.log(`seeds from ${first} on`);
  const sum = { runs: 0, ms: 0, events: 0, committed: 0, failed: 0 };
  for (let seed = first; performance.now() < until; seed++) {
    const result = await runPlan(planFor(seed));
    sum.runs++;
    sum.ms += result.ms;
    sum.events += result.events;
    sum.committed += result.committed;
    if (!result.violation) continue;
    sum.failed++;
    if (values.keep) console.log(`seed ${seed}: ${result.violation.split('\n')[0]}`);
    else {
      await fail(seed);
      break;
    }
  }
  const minutes = Math.round(sum.ms / 60_000);
  console.log(
    `${sum.runs} runs, ${minutes} simulated minutes, ${sum.events} events, ${sum.committed} acknowledged writes, ${sum.failed} failed`,
  );
  process.exitCode = sum.failed > 0 ? 1 : 0;
}

void main();
