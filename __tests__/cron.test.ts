import { longestPause } from '../constructs/core/cron';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  ['*/5 * * * *', 5 * MINUTE],
  ['17 3 * * *', DAY],
  ['0 3,15 * * *', 12 * HOUR],
  ['0 9-17 * * *', 16 * HOUR],
  ['7/20 * * * *', 20 * MINUTE],
  ['47 4 * * 0', 7 * DAY],
  ['30 2 * * mon-FRI', 3 * DAY],
  ['0 0 1 * *', 31 * DAY],
  ['0 0 1 jan,jul *', 184 * DAY],
  ['0 0 29 2 *', 1461 * DAY],
  ['@hourly', HOUR],
  ['@weekly', 7 * DAY],
])('between two starts of %s are at most %i seconds', (schedule, seconds) => {
  expect(longestPause(schedule)).toBe(seconds);
});

test('a day of the month and one of the week are two chances, as cron has it', () => {
  expect(longestPause('0 0 1 * 1')).toBe(7 * DAY);
  expect(longestPause('0 0 */10 * 1')).toBe(7 * DAY);
});

test.each([
  '',
  'daily',
  '17 3 * *',
  '60 3 * * *',
  '17 24 * * *',
  '17 3 0 * *',
  '*/0 3 * * *',
  '5-1 * * * *',
  '17 3 30 2 *',
  // Sunday is 0 alone to Kubernetes.
  '47 4 * * 7',
  'CRON_TZ=UTC 1 1 * * *',
])("'%s' is no schedule, or never comes", (schedule) => expect(longestPause(schedule)).toBeUndefined());
