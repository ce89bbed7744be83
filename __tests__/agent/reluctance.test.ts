import { Reluctance } from '../../agent/reluctance';

function world() {
  let now = 0;
  const told: string[] = [];
  const reluctance = new Reluctance(
    () => now,
    (reason) => void told.push(reason),
  );
  const ask = (at: number, reason?: string) => {
    now = at;
    reluctance.asked({ well: reason === undefined, reason: reason ?? 'it may' });
  };
  return { ask, told };
}

const every = (from: number, to: number, ask: (at: number) => void) => {
  for (let at = from; at <= to; at += 1_000) ask(at);
};

test('a free Lease that a pod does not take for 30 s is told of once, with the last reason', () => {
  const { ask, told } = world();
  every(0, 29_000, (at) => ask(at, 'it is about to start'));
  expect(told).toEqual([]);
  every(30_000, 90_000, (at) => ask(at, 'a person decides'));
  expect(told).toEqual(['a person decides']);
});

test('the time begins anew where the pod may take it, or another one had it meanwhile', () => {
  const { ask, told } = world();
  every(0, 20_000, (at) => ask(at, 'no'));
  ask(21_000);
  every(22_000, 45_000, (at) => ask(at, 'no'));
  every(60_000, 85_000, (at) => ask(at, 'no'));
  expect(told).toEqual([]);
  every(86_000, 91_000, (at) => ask(at, 'still no'));
  expect(told).toEqual(['still no']);
});
