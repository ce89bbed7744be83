import * as leader from '../../agent/leader';
import type { LeaseRecord, State } from '../../agent/leader';

const TIMINGS = { leaseMs: 1000, renewMs: 250, giveUpMs: 800 };
const lease = (holder: string, term: number, version = `${term}`): LeaseRecord => ({
  holder,
  term,
  version,
  facts: {},
});
const ASK = { holder: 'b', term: 3, again: false, leaseMs: 1000 };
const GOES_ON = { holder: 'a', term: 4, again: false, leaseMs: 1000 };
const fresh = () => leader.initial('a', TIMINGS);
const follower = (record = lease('b', 3), now = 0) => leader.seen(fresh(), record, now);
const holder = (sentAt = 0, now = 5): State => leader.held(leader.attempt(follower()), lease('a', 4), sentAt, now);

test('nobody attempts before it has looked', () => expect(leader.mayAttempt(fresh(), 1e9)).toBe(false));

test('another may attempt once the lease stood still for its whole length, not before', () => {
  expect(leader.mayAttempt(follower(), 999)).toBe(false);
  expect(leader.mayAttempt(follower(), 1000)).toBe(true);
});

test('a renewal seen begins the wait anew, seeing the same again does not', () => {
  expect(leader.freeAt(leader.seen(follower(), lease('b', 3, 'next'), 600))).toBe(1600);
  expect(leader.freeAt(leader.seen(follower(), lease('b', 3), 600))).toBe(1000);
});

test('a lease that its holder released is free at once', () => {
  expect(leader.mayAttempt(leader.seen(follower(), lease('', 3, 'released'), 10), 10)).toBe(true);
});

test('a lease whose holder someone else took out is waited for, and its holder stays active', () => {
  const cleared = { ...lease('', 4, 'cleared'), cleared: true };
  const waiting = leader.seen(follower(lease('a', 4)), cleared, 500);
  expect([leader.mayAttempt(waiting, 1499), leader.mayAttempt(waiting, 1500)]).toEqual([false, true]);
  expect(leader.active(leader.seen(holder(), cleared, 500), 500)).toBe(true);
  expect(leader.active(leader.seen(holder(), { ...cleared, term: 5 }, 500), 500)).toBe(false);
});

test('an empty lease made anew is waited for, as the holder of the old one may not know yet', () => {
  const state = leader.seen(follower(), lease('', 0, 'new'), 10);
  expect(leader.mayAttempt(state, 900)).toBe(false);
  expect(leader.mayAttempt(state, 1010)).toBe(true);
});

test('a missing lease is free to nobody', () =>
  expect(leader.mayAttempt(leader.seen(follower(), undefined, 0), 1e9)).toBe(false));

test('the lease of a former process of the same pod is waited for like any other', () => {
  const state = leader.seen(leader.initial('pod-0_2', TIMINGS), lease('pod-0_1', 3), 0);
  expect(leader.mayAttempt(state, 999)).toBe(false);
});

test('a holder is active from its write until the give-up time after it sent it', () => {
  expect(leader.active(holder(0, 300), 799)).toBe(true);
  expect(leader.active(holder(0, 300), 800)).toBe(false);
});

test('an answer that comes after the give-up time makes nobody active', () => {
  expect(leader.active(holder(0, 900), 900)).toBe(false);
});

test('a holder that sees another in the lease is one no more', () => {
  expect(leader.active(leader.seen(holder(), lease('b', 5), 10), 10)).toBe(false);
});

test('a holder that sees no lease is one no more', () => {
  expect(leader.active(leader.seen(holder(), undefined, 10), 10)).toBe(false);
});

test('the agreement of the peer keeps a holder active as a renewal would', () => {
  expect(leader.active(leader.agreed(holder(), GOES_ON, 600, 610), 1399)).toBe(true);
});

test('an agreement that comes too late, or for another term, changes nothing', () => {
  expect(leader.active(leader.agreed(holder(), GOES_ON, 600, 801), 900)).toBe(false);
  expect(leader.active(leader.agreed(holder(), { ...GOES_ON, term: 3 }, 600, 610), 900)).toBe(false);
});

test('an agreement outlives the late answer to a renewal that was sent before it', () => {
  const asked = leader.agreed(holder(), GOES_ON, 600, 610);
  const renewed = leader.held(asked, lease('a', 4, 'renewed'), 250, 700);
  expect([leader.active(renewed, 1399), leader.active(renewed, 1400)]).toEqual([true, false]);
});

test('a peer that agreed does not take over before its promise ends', () => {
  const [state, answer] = leader.answer(follower(), ASK, 900);
  expect(answer.agrees).toBe(true);
  expect(leader.mayAttempt(state, 1899)).toBe(false);
  expect(leader.mayAttempt(state, 1900)).toBe(true);
});

test('a peer that has just started, and knows of no lease, agrees', () => {
  expect(leader.answer(fresh(), ASK, 0)[1].agrees).toBe(true);
});

test.each<[string, State]>([
  ['it holds the lease itself', holder()],
  ['it is taking over', leader.attempt(follower())],
  ['it has seen term 9', follower(lease('b', 9))],
  ['the lease has another holder', follower(lease('c', 3))],
  ['the lease has another holder', follower(lease('', 3))],
])('a peer does not agree when %s', (reason, state) => {
  expect(leader.answer(state, ASK, 10)[1]).toEqual({ agrees: false, reason });
});

test('a peer that reached the api server since it was first asked does not agree any more', () => {
  const [asked] = leader.answer(follower(), ASK, 100);
  const reached = leader.seen(asked, lease('b', 3), 150, 140);
  expect(leader.answer(reached, ASK, 200)[1].agrees).toBe(false);
});

test('a peer that reached the api server too late to have renewed by it agrees', () => {
  const [asked] = leader.answer(follower(), ASK, 100);
  const reached = leader.seen(asked, lease('b', 3), 450, 140);
  expect(leader.answer(reached, ASK, 460)[1].agrees).toBe(true);
});

test('a peer that does not reach the api server any more agrees again', () => {
  const [asked] = leader.answer(follower(), ASK, 100);
  const reached = leader.seen(asked, lease('b', 3), 150, 140);
  const [refused] = leader.answer(reached, ASK, 400);
  expect(leader.answer(refused, ASK, 650)[1].agrees).toBe(true);
});

test('a holder whose time ran out while the api server is away is active again by the agreement of its peer', () => {
  const lapsed = leader.dropped(holder());
  expect(leader.mayAskAgain(lapsed, 900)).toBe(false);
  expect(leader.mayAskAgain(lapsed, 1005)).toBe(true);
  expect(leader.active(leader.agreed(lapsed, { ...GOES_ON, again: true }, 1005, 1010), 1800)).toBe(true);
  expect(
    leader.active(
      leader.agreed(leader.seen(lapsed, lease('b', 5), 1008), { ...GOES_ON, again: true }, 1005, 1010),
      1010,
    ),
  ).toBe(false);
});

test('a peer lets nobody be active again in a lease that it has not seen', () => {
  expect(leader.answer(fresh(), { ...ASK, again: true }, 0)[1].reason).toBe('it has not seen that lease');
  expect(leader.answer(follower(), { ...ASK, again: true }, 2000)[1].agrees).toBe(true);
});

test('once the holder has renewed, a later question is a new one', () => {
  const [asked] = leader.answer(follower(), ASK, 100);
  const renewed = leader.seen(asked, lease('b', 3, 'renewed'), 150);
  expect(leader.answer(renewed, ASK, 200)[1].agrees).toBe(true);
});

test('a new holder has a term above all that was seen', () => {
  expect(leader.nextTerm(leader.seen(follower(lease('b', 9)), lease('', 0, 'new'), 1))).toBe(10);
  expect(leader.nextTerm(leader.outranked(follower(), 57))).toBe(58);
});

test('a lease that was given back is not asked for again, as that may reach the api server at any time', () => {
  const gone = leader.released(holder());
  expect(leader.active(gone, 10)).toBe(false);
  expect(leader.mayAskAgain(gone, 5000)).toBe(false);
});
