/**
 * Runs whole agents over a modelled cluster and breaks it in every way: `npm run simulate -- --minutes 5`. A seed that fails is
 * printed with what happened, and run again by `--seed`.
 */
import { parseArgs } from 'node:util';
import * as mysql from './episode';
import type { Plan } from './run';
import * as valkey from './valkey/episode';
import { shrink } from './shrink';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    ignore: { type: 'string', multiple: true },
    pair: { type: 'string' },
  },
});
const PAIRS: Readonly<Record<string, Pick<typeof mysql, 'planOf' | 'runPlan'>>> = { mysql, valkey };
if (values.pair !== undefined && !PAIRS[values.pair])
  throw new Error(`--pair must be one of ${Object.keys(PAIRS).join(', ')}, got '${values.pair}'`);

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

function planFor(pair: string, seed: number): Plan {
  const plan = PAIRS[pair]!.planOf(seed);
  return { ...plan, setting: { ...plan.setting, ignore: values.ignore } };
}

async function fail(pair: string, seed: number): Promise<void> {
  const { runPlan } = PAIRS[pair]!;
  const plan = planFor(pair, seed);
  const first = await runPlan(plan);
  console.log(`\nseed ${seed}: ${first.violation}`);
  const smaller = await shrink(plan, first.violation, runPlan);
  const result = await runPlan(smaller);
  console.log(`${result.trace}\n\nseed ${seed}: ${result.violation}\n${describe(smaller)}`);
  console.log(`run it again by: npm run simulate -- --pair ${pair} --seed ${seed}`);
}

async function main(): Promise<void> {
  if (values.seed !== undefined && values.minutes === undefined) {
    const seed = Number(values.seed);
    const pair = values.pair ?? 'mysql';
    const result = await PAIRS[pair]!.runPlan(
      planFor(pair, seed),
      values.trace ? (line) => console.log(line) : undefined,
    );
    if (result.violation) await fail(pair, seed);
    else console.log(`seed ${seed}: no rule was broken in ${Math.round(result.ms / 1000)} s`);
    process.exitCode = result.violation ? 1 : 0;
    return;
  }
  const first = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const until = performance.now() + Number(values.minutes ?? 1) * 60_000;
  console.log(`seeds from ${first} on`);
  const sum = { runs: 0, ms: 0, events: 0, committed: 0, failed: 0 };
  // Without --pair, one kind after the other.
  const pairs = values.pair === undefined ? Object.keys(PAIRS) : [values.pair];
  for (let count = 0; performance.now() < until; count++) {
    const seed = first + Math.floor(count / pairs.length);
    const pair = pairs[count % pairs.length]!;
    const result = await PAIRS[pair]!.runPlan(planFor(pair, seed));
    sum.runs++;
    sum.ms += result.ms;
    sum.events += result.events;
    sum.committed += result.committed;
    if (!result.violation) continue;
    sum.failed++;
    if (values.keep) console.log(`${pair}, seed ${seed}: ${result.violation.split('\n')[0]}`);
    else {
      await fail(pair, seed);
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
