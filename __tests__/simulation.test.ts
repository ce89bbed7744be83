import { planOf, runPlan } from '../simulation/episode';

/** Seeds that once broke a rule, and a few that never did: `npm run simulate` makes up others. */
const SEEDS = [101, 6017, 6021, 689093083, 40033, 2000];

test.each(SEEDS)('a pair of MySQL servers keeps every rule under the faults of seed %i', async (seed) => {
  const { violation, committed } = await runPlan(planOf(seed));
  expect(violation).toBeUndefined();
  expect(committed).toBeGreaterThan(100);
});
