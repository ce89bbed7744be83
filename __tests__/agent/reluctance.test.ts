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

test('a reason that changes is told anew, at most every 30 s, as the first may not say what to do', () => {
  const { ask, told } = world();
  every(0, 31_000, (at) => ask(at, 'its engine does not answer'));
  every(32_000, 59_000, (at) => ask(at, `write force=x@${at % 2}`));
  expect(told).toEqual(['its engine does not answer']);
  every(60_000, 200_000, (at) => ask(at, 'write force=x@1'));
  expect(told).toEqual(['its engine does not answer', 'write force=x@1']);
});

test('the same reason is told again after half an hour, before Kubernetes forgets the Event', () => {
  const { ask, told } = world();
  every(0, 30_000 + 1_800_000, (at) => ask(at, 'a person decides'));
  expect(told).toEqual(['a person decides', 'a person decides']);
});
