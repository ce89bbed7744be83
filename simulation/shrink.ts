import type { Plan, Result } from './run';

/** What is said of a broken rule, but for names and numbers. */
const kindOf = (violation: string | undefined) => violation?.split('\n')[0]!.replace(/[\w-]*\d[\w-]*/g, '');

/** Leaves out faults as long as the same rule is still broken. */
export async function shrink(
  plan: Plan,
  violation: string | undefined,
  runPlan: (plan: Plan) => Promise<Result>,
): Promise<Plan> {
  let smallest = plan;
  const breaks = async (candidate: Plan) => kindOf((await runPlan(candidate)).violation) === kindOf(violation);
  for (let count = smallest.waves.length - 1; count > 0; count--) {
    const candidate = { ...smallest, waves: smallest.waves.slice(0, count) };
    if (await breaks(candidate)) smallest = candidate;
  }
  for (let wave = 0; wave < smallest.waves.length; wave++)
    for (let index = smallest.waves[wave]!.length - 1; index >= 0; index--) {
      const waves = smallest.waves.map((faults, at) =>
        at === wave ? faults.filter((_, each) => each !== index) : faults,
      );
      const candidate = { ...smallest, waves };
      if (await breaks(candidate)) smallest = candidate;
    }
  return smallest;
}
