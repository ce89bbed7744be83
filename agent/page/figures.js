/** The spans that a person may choose, in seconds. */
export const SPANS = { '1 h': 3600, '6 h': 21600, day: 86400, week: 604800, month: 2592000 };
export const WEEK = SPANS.week;
/** A graph has so many points: about as many as a phone has pixels to draw them. */
const POINTS = 240;
/** Figures are read this often, in seconds. */
export const EVERY = 15;

/** The times of a span that ends now, on whole steps: so neighbours of a point do not change with each look. */
export function timesOf(seconds, now) {
  const step = Math.max(EVERY, Math.ceil(seconds / POINTS / EVERY) * EVERY);
  const end = Math.floor(now / step) * step;
  return { start: end - seconds, end, step };
}

/** A panel's query: of each step the worst value in it, as a peak of minutes has to be seen in a graph of a week. */
export function worstOf({ expr, low }, step) {
  if (step <= 4 * EVERY) return expr;
  const worst = low ? 'min_over_time' : 'max_over_time';
  if (/^[a-z_:]+$/.test(expr)) return `${worst}(${expr}[${step}s])`;
  return `${worst}((${expr})[${step}s:${Math.max(EVERY, Math.round(step / 6))}s])`;
}

/** A panel's query for the slices of a role. */
export function onRole(panel, role, step) {
  return `(${worstOf(panel, step)}) and on (slice) last_over_time(slice:ram_limit:bytes{role="${role}"}[${step}s])`;
}

/** Asks no more than a few things at the same time: Prometheus has the RAM of a small slice. */
const MOST = 3;
let asked = 0;
const waiting = [];

export async function ask(path, parameters) {
  if (asked >= MOST) await new Promise((resolve) => waiting.push(resolve));
  asked++;
  try {
    const answer = await fetch(`../api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = await answer.json();
    if (status !== 'success') throw new Error(error);
    return data;
  } finally {
    asked--;
    const next = waiting.shift();
    if (next) next();
  }
}

/** Series as labels and points: `{ labels, points: [[seconds, value]] }`. */
export async function ranged(query, { start, end, step }) {
  const { result } = await ask('query_range', { query, start, end, step });
  return result.map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([time, value]) => [time, Number(value)]).filter(([, value]) => Number.isFinite(value)),
  }));
}

/** The times at which a counter of changes has grown, by role: `{ role: [{ from, to }] }`, each between two points. */
export function changesOf(series) {
  const found = {};
  for (const { labels, points } of series)
    found[labels.role] = points.flatMap(([time, value], index) => {
      const before = points[index - 1];
      return before && value > before[1] ? [{ from: before[0], to: time }] : [];
    });
  return found;
}

/**
 * Who was active when: `[{ slice, from, to }]`, with the exact times of the changes where they are known. The slice is undefined where none
 * was active, and there is no band where no agent told.
 */
export function bandsOf(series, { start, end, step }, changes) {
  const told = new Map();
  for (const { labels, points } of series)
    for (const [time, value] of points)
      if (value === 1 || !told.has(time)) told.set(time, value === 1 ? labels.slice : undefined);
  const bands = [];
  let last;
  for (let time = start; time <= end; time += step) {
    if (!told.has(time)) {
      last = undefined;
      continue;
    }
    const slice = told.get(time);
    if (last && last.slice === slice) {
      last.to = time;
      continue;
    }
    const change = last ? (changes.find((each) => each > time - step && each <= time) ?? time) : time;
    if (last) last.to = change;
    last = { slice, from: change, to: time };
    bands.push(last);
  }
  return bands;
}

function digits(value) {
  return value === 0 ? '0' : String(Number(value.toPrecision(3)));
}

function scaled(value, base, units) {
  let index = 0;
  while (Math.abs(value) >= base && index < units.length - 1) {
    value /= base;
    index++;
  }
  return digits(value) + units[index];
}

/** A value as a person reads it, by the unit of its panel. */
export function written(value, unit) {
  if (value === undefined) return '–';
  if (unit === 'ratio') return `${digits(value * 100)} %`;
  if (unit === 'bytes') return scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB']);
  if (unit === 'per second') return `${scaled(value, 1000, ['', 'k', 'M'])}/s`;
  if (unit === 'seconds') return value > 0 && value < 1 ? `${digits(value * 1000)} ms` : lasting(value);
  return scaled(value, 1000, ['', 'k', 'M', 'G']);
}

/** A time span: `40 s`, `12 min`, `3 h 5 min`, `4 d 2 h`. */
export function lasting(seconds) {
  if (seconds < 60) return `${digits(seconds)} s`;
  const [minutes, hours, days] = [60, 3600, 86400].map((each) => Math.floor(seconds / each));
  if (minutes < 60) return `${minutes} min`;
  if (hours < 24) return `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
  return `${days} d${hours % 24 ? ` ${hours % 24} h` : ''}`;
}
