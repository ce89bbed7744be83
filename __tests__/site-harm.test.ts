import type { Answer } from '../e2e/failover/prober';
import { harm } from '../e2e/site/harm';

const answer = (sentAt: number, ms: number, error?: string): Answer => ({
  sentAt,
  endedAt: sentAt + ms,
  from: error === undefined ? 'a page' : undefined,
  ...(error === undefined ? {} : { error }),
});

test('a site is bad until the last page was asked for that failed or was slow', () => {
  const answers = [answer(0, 50), answer(9_800, 1_000, 'status 502'), answer(11_000, 1_600), answer(12_000, 100)];
  expect(harm(answers, 10_000)).toEqual({
    asked: 3,
    failed: 1,
    slow: 1,
    badForSeconds: 1,
    longestSeconds: 1.6,
    failedLater: 0,
    errors: { 'status 502': 1 },
  });
});

test('what failed before the loss is not counted, and what failed 3 s after it is counted apart', () => {
  const answers = [answer(0, 20, 'status 500'), answer(13_000, 20, 'status 500'), answer(14_000, 20)];
  expect(harm(answers, 10_000)).toMatchObject({ asked: 2, failed: 1, failedLater: 1, badForSeconds: 3 });
});
