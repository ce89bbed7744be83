import { planOf, runPlan } from '../simulation/episode';

/** Seeds that once broke a rule, and a few that never did: `npm run simulate` makes up others. */
const SEEDS = [689093083, 689093223, 40007, 40019, 40033, 423056687, 85678289, 85678324, 85678390, 2000, 3000];

test.each(SEEDS)('a pair of MySQL servers keeps every rule under the faults of seed %i', async (seed) => {
  const { violation, committed } = await runPlan(planOf(seed));
  expect(violation).toBeUndefined();
  expect(committed).toBeGreaterThan(100);
});
