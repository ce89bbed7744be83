import type { Answer } from '../e2e/failover/prober';
import { harm } from '../e2e/site/harm';
import { report } from '../e2e/site/report';

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

test('the report has a line for each client of each loss, under what was lost', () => {
  const seen = harm([answer(10_500, 2_000)], 10_000);
  const run = {
    site: 'wiki',
    variant: 'cdk8s-slices',
    fault: 'power' as const,
    node: 'node1',
    pods: ['wiki-lb-1 (active)'],
  };
  const text = report([{ ...run, markedAfterSeconds: 1.2, patient: seen, hasty: seen, load: 9 }]);
  expect(text).toContain('## wiki, cdk8s-slices: a node loses its power');
  expect(text).toContain('| wiki-lb-1 (active) | 1.2 s | patient | 1 | 0 | 1 | 0.5 s | 2.0 s | 0 | 9 |');
  expect(text).toContain('|  |  | hasty | 1 | 0 | 1 | 0.5 s | 2.0 s | 0 |  |');
});
