import type { Clock } from '../../agent/clock';
import { Elector } from '../../agent/elector';
import * as leader from '../../agent/leader';
import type { LeaseRecord, Timings } from '../../agent/leader';
import { Conflict } from '../../agent/lock';
import type { LeaseChange } from '../../agent/lock';
import { Machine, random, World } from './world';

const SHORT: Timings = { leaseMs: 1000, renewMs: 250, giveUpMs: 800 };
const LONG: Timings = { leaseMs: 3000, renewMs: 750, giveUpMs: 2400 };
const lease = (holder: string, term: number, version: string, leaseMs?: number): LeaseRecord => ({
  holder,
  term,
  version,
  facts: {},
  leaseMs,
});

/** A holder with a Lease of three seconds since 0, and a standby that would wait for one. */
function rolledOut(leaseMs?: number) {
  const empty = leader.seen(leader.initial('a', LONG), lease('', 0, '1'), -5000);
  const a = leader.held(leader.attempt(empty), lease('a', 1, '2', leaseMs), 0, 5);
  return { a, b: leader.seen(leader.initial('b', SHORT), lease('a', 1, '2', leaseMs), 5) };
}

test('a standby waits for as long as the Lease says, where its own configuration says less', () => {
  const { a, b } = rolledOut(3000);
  expect(leader.mayAttempt(b, 3004)).toBe(false);
  expect(leader.active(a, 2399)).toBe(true);
  expect(leader.mayAttempt(b, 3005)).toBe(true);
});

test('where the Lease says no length, its holder does not count on more than the shortest', () => {
  const { a, b } = rolledOut();
  expect(leader.mayAttempt(b, 1006)).toBe(true);
  const took = leader.held(leader.attempt(b), lease('b', 2, '3'), 1006, 1011);
  expect([leader.active(a, 1011), leader.active(took, 1011)]).toEqual([false, true]);
});

test('a Lease that vanished is waited for as long as it said', () => {
  const { b } = rolledOut(3000);
  const anew = leader.seen(leader.seen(b, undefined, 10), lease('', 0, '9'), 20);
  expect(leader.mayAttempt(anew, 3019)).toBe(false);
});

test('nobody waits longer than the longest Lease there may be, whatever is written', () => {
  const b = leader.seen(leader.initial('b', SHORT), lease('a', 1, '2', 1e12), 0);
  expect(leader.mayAttempt(b, 60_000)).toBe(true);
});

test('a peer promises as long as the holder counts on, and the longest where that does not say', () => {
  const { a, b } = rolledOut(3000);
  const ask = { holder: 'a', term: 1, again: false };
  for (const [asked, until] of [
    [{ ...ask, leaseMs: 3000 }, 3900],
    [{ ...ask, leaseMs: 500 }, 3005],
    [ask, 60_900],
    [{ ...ask, leaseMs: 1e12 }, 60_900],
  ] as const) {
    const [promised, answer] = leader.answer(b, asked, 900);
    expect(answer.agrees).toBe(true);
    expect([until, leader.mayAttempt(promised, until - 1), leader.mayAttempt(promised, until)]).toEqual([
      until,
      false,
      true,
    ]);
  }
  expect(leader.active(leader.agreed(a, ask, 899, 901), 3000)).toBe(true);
});

test('a pod that the holder does not ask leaves its Lease alone until it is released', () => {
  const facts = { pods: 'web-0 web-1' };
  const held = { ...lease('web-0_x', 4, '1', 1000), facts };
  const third = leader.seen(leader.initial('web-2_y', SHORT), held, 0);
  const second = leader.seen(leader.initial('web-1_y', SHORT), held, 0);
  expect([leader.mayAttempt(second, 1e9), leader.mayAttempt(third, 1e9)]).toEqual([true, false]);
  const released = { ...held, holder: '', version: '2' };
  expect(leader.mayAttempt(leader.seen(third, released, 10), 10)).toBe(true);
});

test('whoever does not hold the Lease cannot keep the peer from taking it over', () => {
  let b = leader.seen(leader.initial('b', SHORT), lease('a', 5, '1'), 0);
  for (let now = 100; now < 60_000; now += 500)
    [b] = leader.answer(b, { holder: 'anyone', term: 6, again: false }, now);
  expect(leader.mayAttempt(b, 60_000)).toBe(true);
});

test('a stranger’s question does not change how a released Lease is taken', () => {
  const b = leader.seen(leader.initial('b', SHORT), lease('a', 5, '1'), 0);
  const [asked, answer] = leader.answer(b, { holder: 'anyone', term: 1e15, again: false }, 100);
  expect(answer).toEqual({ agrees: false, reason: 'the lease has another holder' });
  expect(leader.freeAt(leader.seen(asked, lease('', 5, '2'), 100_000))).toBe(Number.NEGATIVE_INFINITY);
});

/** An elector whose time passes by hand, and a store whose answers are held back as long as `hold` says. */
function alone(timings = SHORT) {
  let now = 0;
  let version = 1;
  const timers: { at: number; run: () => void; off: boolean }[] = [];
  const clock: Clock = {
    now: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, run, off: false };
      timers.push(timer);
      return () => void (timer.off = true);
    },
  };
  const flush = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const pass = async (to: number) => {
    for (;;) {
      const due = timers.filter(({ off, at }) => !off && at <= to).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      due.off = true;
      now = Math.max(now, due.at);
      due.run();
      await flush();
    }
    now = to;
    await flush();
  };
  const api = { stored: lease('', 1, '1') as LeaseRecord | undefined, hold: false, late: [] as (() => void)[] };
  const changes: LeaseChange[] = [];
  const store = {
    read: async () => api.stored,
    write: (change: LeaseChange, from: LeaseRecord | undefined) =>
      new Promise<LeaseRecord>((resolve, reject) => {
        if (from?.version !== api.stored?.version) return reject(new Conflict('409'));
        changes.push(change);
        const facts = Object.entries({ ...from?.facts, ...change.facts }).filter(([, value]) => value !== undefined);
        const written = {
          holder: change.holder,
          term: change.term,
          version: String(++version),
          facts: Object.fromEntries(facts) as Record<string, string>,
          leaseMs: 1000,
        };
        api.stored = written;
        if (api.hold) api.late.push(() => resolve(written));
        else resolve(written);
      }),
    watch: () => () => undefined,
  };
  const told: string[] = [];
  const listener = {
    willing: async () => true,
    won: (term: number) => void told.push(`won ${term}`),
    lost: (term: number) => void told.push(`lost ${term}`),
    changed: () => undefined,
    trouble: () => undefined,
  };
  const peers = { agree: async () => ({ agrees: false, reason: '' }) };
  const elector = new Elector('a', timings, false, clock, store, peers, listener, () => ({ pod: 'a' }));
  return { elector, api, changes, told, pass, flush };
}

test('the term of the active one does not go back when an answer of its former tenure comes late', async () => {
  const { elector, api, pass, flush } = alone();
  elector.start();
  await pass(10);
  expect(elector.term).toBe(2);
  // The last renewal is done, and its answer is 300 ms on its way.
  api.hold = true;
  await pass(790);
  const late = api.late.splice(0);
  expect(late.length).toBeGreaterThan(0);
  api.hold = false;
  await pass(1060); // Its time ran out; it sees its own Lease, and takes it anew.
  const before = elector.term!;
  expect(before).toBeGreaterThan(2);
  late.at(-1)!();
  await flush();
  expect(elector.term).toBe(before);
  await pass(3000);
  expect([elector.active(), elector.term]).toEqual([true, before]);
  elector.stop();
});

test('the holder makes a Lease again that somebody deleted, with all that it said, and stays the active one', async () => {
  const { elector, api, told, pass } = alone();
  elector.start();
  await pass(10);
  await elector.publish({ primary: 'x', replica: 'y' });
  await elector.publish({ replica: undefined });
  api.stored = undefined;
  await pass(600);
  expect(api.stored).toMatchObject({ holder: 'a', term: 2, facts: { pod: 'a', primary: 'x' } });
  expect(api.stored!.facts['replica']).toBeUndefined();
  // A person, or the peer, may have made an empty one in its place.
  api.stored = lease('', 0, '77');
  await pass(1200);
  expect(api.stored).toMatchObject({ holder: 'a', term: 2, facts: { pod: 'a', primary: 'x' } });
  expect([told, elector.active()]).toEqual([['won 2'], true]);
  elector.stop();
});

test('a holder whose Lease is deleted again and again goes on, as each making of it is a renewal', async () => {
  const { elector, api, told, pass } = alone();
  elector.start();
  await pass(10);
  for (let at = 100; at <= 3000; at += 100) {
    api.stored = undefined;
    await pass(at);
  }
  expect([told, elector.active()]).toEqual([['won 2'], true]);
  elector.stop();
});

test('one that came second sees at once who took the Lease', async () => {
  const { elector, api, told, pass } = alone();
  elector.start();
  // It has read a released Lease by now, and another one takes that before its own write.
  api.stored = lease('b', 2, '9', 1000);
  await pass(5);
  expect([told, elector.lease?.holder]).toEqual([[], 'b']);
  elector.stop();
});

test('a Lease is given back again where another change came first', async () => {
  const { elector, api, pass } = alone();
  elector.start();
  await pass(10);
  // Somebody annotates it in the same moment.
  api.stored = { ...api.stored!, version: '50' };
  await elector.release(5000);
  expect(api.stored.holder).toBe('');
  elector.stop();
});

test('a release says which term ended, and whoever takes the Lease takes that out again', async () => {
  const { elector, changes, pass } = alone();
  elector.start();
  await pass(10);
  await elector.release(100);
  expect(changes.at(-1)).toMatchObject({ holder: '', term: 2, facts: { released: '2' } });
  await pass(500);
  const taken = changes.find(({ term }) => term === 3)!;
  expect([taken.holder, 'released' in taken.facts, taken.facts['released']]).toEqual(['a', true, undefined]);
  elector.stop();
});

test('a holder that someone takes out of the Lease writes itself in again, and nobody else takes it', async () => {
  const world = new World(random(7));
  const machines = [new Machine(world, 1), new Machine(world, 1)];
  await world.run(3000);
  const [holder] = world.active;
  for (const at of [3000, 4100, 5350]) world.at(at, () => void world.api.set({ ...world.api.lease!, holder: '' }));
  await world.run(8000, () => expect(world.active).toEqual([holder]));
  expect([world.wins.length, world.api.lease!.holder]).toEqual([1, `pod-${machines.indexOf(holder!)}_0`]);
});

test('a standby that saw the end of a Lease makes it again as it was', async () => {
  const world = new World(random(3));
  const [first, second] = [new Machine(world, 1), new Machine(world, 1)];
  await world.run(3000);
  const [holder] = world.active;
  const published = holder!.elector.publish({ primary: 'x' });
  await world.run(3100);
  await published;
  const other = holder === first ? second : first;
  holder!.stop();
  world.api.set(undefined);
  await world.run(6000);
  expect(world.active).toEqual([other]);
  expect(world.wins.at(-1)!.facts['primary']).toBe('x');
});

test('while a roll-out changes how many pods there are, a pod that the holder does not ask does not take over from it', async () => {
  const world = new World(random(5));
  // The first two know of each other alone, the third of all.
  for (const pods of [
    [0, 1],
    [0, 1],
    [0, 1, 2],
  ])
    new Machine(world, 1, world.timings, pods);
  world.machines[2]!.willing = false;
  await world.run(3000);
  const [holder] = world.active;
  expect(holder).not.toBe(world.machines[2]);
  for (const machine of world.machines.slice(0, 2)) machine.apiCut = true;
  world.machines[2]!.willing = true;
  await world.run(20_000, () => {
    if (world.active.length > 1) throw new Error(`two are active at ${world.now} ms`);
  });
  expect(world.active).toEqual([holder]);
});
