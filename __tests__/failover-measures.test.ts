import { overlaps } from '../e2e/failover/observer';
import type { Seen } from '../e2e/failover/observer';
import { outage } from '../e2e/failover/prober';
import type { Answer } from '../e2e/failover/prober';

const good = (at: number): Answer => ({ sentAt: at, endedAt: at + 2, from: 'web-0' });
const bad = (at: number): Answer => ({ sentAt: at, endedAt: at + 250, from: undefined, error: 'time-out' });
const yes = (pod: string, term: number, sentAt: number, receivedAt = sentAt + 2): Seen => ({
  pod,
  term,
  sentAt,
  receivedAt,
  active: true,
});

test('an outage is the longest time between good answers with a bad one in it', () => {
  const seen = outage([good(0), bad(20), good(40), bad(60), bad(80), good(500), bad(520), good(540)]);
  expect(seen).toEqual({
    seconds: 0.46,
    failed: 4,
    failedLater: 1,
    laterForSeconds: 0.018,
    errors: { 'time-out': 1 },
    laterAt: [0.018],
  });
});

test('good answers alone are no outage, and one that does not end counts as long as it was asked', () => {
  expect(outage([good(0), good(20)])).toMatchObject({ seconds: 0, failed: 0 });
  expect(outage([good(0), bad(20), bad(1002)])).toMatchObject({ seconds: 1, failed: 2, failedLater: 0 });
});

test('terms that follow each other are no overlap, even where a late answer of the first was asked before', () => {
  expect(overlaps([yes('a', 1, 0), yes('a', 1, 10, 500), yes('b', 2, 20), yes('b', 2, 30)])).toEqual([]);
});

test('a yes asked after one of a higher term had come is an overlap', () => {
  expect(overlaps([yes('b', 2, 0), yes('a', 1, 10)])).toHaveLength(1);
});

test('a yes of another pod in the same term is an overlap', () => {
  expect(overlaps([yes('a', 2, 0), yes('b', 2, 1)])).toHaveLength(1);
});
