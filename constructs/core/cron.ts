import { Construct } from 'constructs';
import { problem } from './problems';

/** A field of a schedule: its bounds, and the names that its values have. */
interface Field {
  readonly what: string;
  readonly low: number;
  readonly high: number;
  readonly names?: string[];
}

const FIELDS: Field[] = [
  { what: 'minutes', low: 0, high: 59 },
  { what: 'hours', low: 0, high: 23 },
  { what: 'days of the month', low: 1, high: 31 },
  { what: 'months', low: 1, high: 12, names: ['', ...'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')] },
  { what: 'days of the week', low: 0, high: 6, names: 'sun mon tue wed thu fri sat'.split(' ') },
];

/** Kubernetes' words for a schedule, instead of five fields. */
const SHORT: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** After so many days weekdays and leap years are as they were: 28 years. */
const CYCLE_DAYS = 10_227;
const DAY_MINUTES = 1440;

/** Known answers: to look through 28 years takes milliseconds, and many roles have the same schedule. */
const PAUSES = new Map<string, number | undefined>();

/** The longest time between two starts, in seconds; undefined where it is no schedule, or never comes. */
export function longestPause(schedule: string): number | undefined {
  if (!PAUSES.has(schedule)) PAUSES.set(schedule, findPause(schedule));
  return PAUSES.get(schedule);
}

function findPause(schedule: string): number | undefined {
  const fields = fieldsOf(schedule);
  const values = fields.length === 5 ? FIELDS.map((field, index) => valuesOf(fields[index] as string, field)) : [];
  const [minutes, hours] = values;
  if (!minutes || !hours || values.includes(undefined)) return undefined;
  const times = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute)).sort((a, b) => a - b);
  const days = daysOf(fields, values as number[][]);
  const [first, last] = [times[0] as number, times.at(-1) as number];
  const within = times.slice(1).map((time, index) => time - (times[index] as number));
  const between = days.map((day, index) => {
    const next = days[index + 1] ?? (days[0] as number) + CYCLE_DAYS;
    return (next - day) * DAY_MINUTES - last + first;
  });
  return between.length === 0 ? undefined : [...within, ...between].reduce((a, b) => Math.max(a, b)) * 60;
}

/** Records an invalid schedule. */
export function checkSchedule(construct: Construct, property: string, schedule: string): void {
  if (longestPause(schedule) !== undefined) return;
  const fields = fieldsOf(schedule);
  if (fields.length !== 5 || !fields.every((field) => FORM.test(field))) {
    const instead = "write five fields as cron has them, such as '17 3 * * *' for each day at 3:17";
    return problem(construct, property, schedule, instead);
  }
  const wrong = FIELDS.findIndex((field, index) => valuesOf(fields[index] as string, field) === undefined);
  const field = FIELDS[wrong];
  if (!field) return problem(construct, property, schedule, 'no month has such a day; write another day or month');
  const { what, low, high } = field;
  problem(
    construct,
    property,
    schedule,
    `'${fields[wrong]}' is none of its ${what}; write ${what} from ${low} to ${high}`,
  );
}

/** A field that may be one of cron's: numbers or names, ranges and steps. */
const FORM = /^[\d*?,/-]+$|^[a-z]{3}([,-][a-z]{3})*$/i;

function fieldsOf(schedule: string): string[] {
  const written = Object.hasOwn(SHORT, schedule) ? (SHORT[schedule] as string) : schedule;
  return written.replace(/^[ \t]+|[ \t]+$/g, '').split(/[ \t]+/);
}

function valuesOf(text: string, { low, high, names = [] }: Field): number[] | undefined {
  const numberOf = (value: string) =>
    names.includes(value.toLowerCase())
      ? names.indexOf(value.toLowerCase())
      : /^\d+$/.test(value)
        ? Number(value)
        : NaN;
  const found = text.split(',').flatMap((part) => {
    const [, all, from, to, step] = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part) ?? [];
    const start = all ? low : numberOf(from ?? '');
    const end = all ? high : to !== undefined ? numberOf(to) : step !== undefined ? high : start;
    const by = Number(step ?? 1);
    if (!(start >= low && end <= high && start <= end && by >= 1)) return [NaN];
    return Array.from({ length: Math.floor((end - start) / by) + 1 }, (_, index) => start + index * by);
  });
  return found.some(Number.isNaN) ? undefined : found;
}

/** Kubernetes' own rule: where both the day of the month and that of the week are given, be it by a step, either is enough. */
function daysOf(fields: string[], [, , dates, months, weekdays]: number[][]): number[] {
  const [anyDate, anyWeekday] = [fields[2], fields[4]].map((field) => ['*', '?'].includes(field as string));
  return Array.from({ length: CYCLE_DAYS }, (_, day) => day).filter((day) => {
    const date = new Date(Date.UTC(2024, 0, 1 + day));
    const onDate = dates?.includes(date.getUTCDate());
    const onWeekday = weekdays?.includes(date.getUTCDay());
    const either = anyDate || anyWeekday ? onDate && onWeekday : onDate || onWeekday;
    return months?.includes(date.getUTCMonth() + 1) && either;
  });
}
