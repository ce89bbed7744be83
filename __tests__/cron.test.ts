import { checkSchedule, longestPause } from '../constructs/core/cron';
import { newSite, problems } from './support';

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
  'constructor',
  '17 3 *\n* *',
  '17 3 *\u2003* *',
])("'%s' is no schedule, or never comes", (schedule) => expect(longestPause(schedule)).toBeUndefined());

test.each([
  ['61 * * * *', "'61' is none of its minutes; write minutes from 0 to 59"],
  ['0 24 * * *', "'24' is none of its hours; write hours from 0 to 23"],
  ['0 0 0 * *', "'0' is none of its days of the month; write days of the month from 1 to 31"],
  ['0 0 * 1-13 *', "'1-13' is none of its months; write months from 1 to 12"],
  ['0 0 * * 7', "'7' is none of its days of the week; write days of the week from 0 to 6"],
  ['0 0 30 2 *', 'no month has such a day; write another day or month'],
  ['at 9', "write five fields as cron has them, such as '17 3 * * *' for each day at 3:17"],
])('what is wrong with %s is said', (schedule, instead) => {
  const site = newSite();
  checkSchedule(site, 'schedule', schedule);
  expect(problems(site)).toEqual([`[dfw] 'schedule' is '${schedule}': ${instead}`]);
});
