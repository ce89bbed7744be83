/** Random faults while roll-outs change the length of the Lease, and while the Lease is deleted: never two active. */
import { kubectl, sleep } from './cluster';
import { Observer, overlaps } from './observer';
import type { Seen } from './observer';
import { FAULTS, pick, targetsOf } from './overlap';
import type { Target } from './overlap';
import { PairOnCluster } from './pair-on-cluster';
import type { Result } from './run';

/** Budgets of failover that the roll-outs change between: Leases of three seconds, one and two. */
const BUDGETS = [4, 2, 3];

/** Every agent that runs, asked without pause; a pod that was replaced gets an observer of its own. */
class Observers {
  public targets: Target[] = [];
  private readonly observers = new Map<number, Observer>();

  public constructor(private readonly pair: PairOnCluster) {}

  public async look(): Promise<void> {
    // One that is just being made has no process yet.
    const found = (await targetsOf(this.pair).catch(() => [])).filter(({ pause }) => pause !== undefined);
    this.targets = found;
    for (const { name, pause } of found)
      if (!this.observers.has(pause)) this.observers.set(pause, new Observer(name, pause));
  }

  public stop(): Seen[] {
    for (const observer of this.observers.values()) observer.stop();
    return [...this.observers.values()].flatMap(({ seen }) => seen);
  }
}

async function deleteLease(pair: PairOnCluster): Promise<void> {
  await kubectl('-n', pair.namespace, 'delete', 'lease', 'web', '--wait=false').catch(() => undefined);
}

/** Begins a roll-out whenever the last is done, until it is told to stop. Returns how many there were. */
async function rollOut(pair: PairOnCluster, goesOn: () => boolean): Promise<number> {
  let count = 0;
  for (; goesOn(); count++) {
    const failoverSeconds = BUDGETS[count % BUDGETS.length]!;
    await new PairOnCluster({ ...pair.options, failoverSeconds }).write();
    await kubectl('-n', pair.namespace, 'rollout', 'status', 'sts/web', '--timeout=40s').catch(() => undefined);
    await sleep(500);
  }
  return count;
}

export async function manyFaultsRolling(pair: PairOnCluster, count: number): Promise<Result> {
  const observers = new Observers(pair);
  await observers.look();
  let done = 0;
  const rollOuts = rollOut(pair, () => done < count);
  const made: Record<string, number> = {};
  while (done < count) {
    await observers.look();
    const [target, other] = [...observers.targets].sort(() => Math.random() - 0.5);
    if (!target || !other) {
      await sleep(200);
      continue;
    }
    const name = Math.random() < 0.1 ? 'Lease deleted' : pick();
    try {
      const end = name === 'Lease deleted' ? await deleteLease(pair) : await FAULTS[name]!.fault(target, other);
      made[name] = (made[name] ?? 0) + 1;
      done++;
      await sleep(100 + Math.random() * 2000);
      await end?.();
    } catch {
      // Its pod was replaced meanwhile: what was done to it went with it.
    }
    await sleep(200 + Math.random() * 800);
  }
  const rolled = await rollOuts;
  await new PairOnCluster(pair.options).write();
  await kubectl('-n', pair.namespace, 'rollout', 'status', 'sts/web', '--timeout=180s');
  await observers.look();
  await pair.settle();
  const seen = observers.stop();
  const found = overlaps(seen);
  const terms = new Set(seen.filter(({ active }) => active).map(({ term }) => term));
  return {
    faults: count,
    rollOuts: rolled,
    made,
    asked: seen.length,
    terms: terms.size,
    overlaps: found.length,
    examples: found.slice(0, 3),
  };
}
