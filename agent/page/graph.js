import { written } from './figures.js';

const SVG = 'http://www.w3.org/2000/svg';
const COLOURS = 8;

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

function drawn(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

export function colour(index) {
  return `var(--c${index % COLOURS})`;
}

/** The next of 1, 2 and 5 times a power of ten that is no less: the top of an axis. */
export function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= value * 0.999);
}

/** The top of an axis: what the unit cannot exceed, where the values come near it. */
export function topOf(values, { unit, limit }) {
  const most = Math.max(0, ...values, ...(limit === undefined ? [] : [limit]));
  if (unit === 'ratio' && most > 0.5) return Math.max(1, most);
  return roundUp(most);
}

/** Where a line has a gap, it begins anew: nobody knew the value there. */
export function pathOf(points, x, y, step) {
  let before;
  return points
    .map(([time, value]) => {
      const move = before === undefined || time - before > step * 1.5;
      before = time;
      return `${move ? 'M' : 'L'}${x(time).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
}

/** The times at which an axis has a word: whole hours or days where the reader is. */
export function ticksOf(start, end) {
  const seconds = end - start;
  const each = [900, 3600, 3 * 3600, 6 * 3600, 86400, 7 * 86400].find((step) => seconds / step <= 8);
  const zone = new Date(end * 1000).getTimezoneOffset() * 60;
  const ticks = [];
  for (let time = Math.ceil((start - zone) / each) * each + zone; time <= end; time += each)
    ticks.push({ time, text: dated(time, each >= 86400) });
  return ticks;
}

/** `14:00`, or `Mon 23` of a day. */
export function dated(time, day) {
  const at = new Date(time * 1000);
  if (day) return `${at.toLocaleDateString('en', { weekday: 'short' })} ${at.getDate()}`;
  return at.toTimeString().slice(0, 5);
}

/** A space for a drawing, with its times, and a dashed line at each takeover. */
function frame(width, height, { start, end }, marks, left) {
  const x = (time) => left + ((time - start) / (end - start)) * (width - left - 4);
  const svg = drawn('svg', { viewBox: `0 0 ${width} ${height + 16}`, height: height + 16, role: 'img' });
  const room = Math.floor((width - left) / 52);
  const ticks = ticksOf(start, end);
  const every = Math.ceil(ticks.length / room);
  ticks.forEach(({ time, text }, index) => {
    svg.append(drawn('line', { class: 'grid', x1: x(time), x2: x(time), y1: height, y2: height + 3 }));
    if (index % every === 0 && x(time) < width - 18 && x(time) > left + 8)
      svg.append(drawn('text', { x: x(time), y: height + 14, 'text-anchor': 'middle' }, text));
  });
  const lines = marks
    .filter((time) => time > start)
    .map((time) => drawn('line', { class: 'mark', x1: x(time), x2: x(time), y1: 0, y2: height }));
  return { svg, x, lines };
}

/** A graph: a line for each slice, from 0 up. */
export function graph(series, panel, times, marks, width) {
  const [height, left] = [76, 46];
  const { svg, x, lines } = frame(width, height, times, marks, left);
  const top = topOf(
    series.flatMap(({ points }) => points.map(([, value]) => value)),
    panel,
  );
  const y = (value) => height - 2 - (Math.min(value, top) / top) * (height - 8);
  for (const value of [0, top / 2, top]) {
    svg.append(drawn('line', { class: 'grid', x1: left, x2: width - 4, y1: y(value), y2: y(value) }));
    svg.append(drawn('text', { x: left - 5, y: y(value) + 4, 'text-anchor': 'end' }, written(value, panel.unit)));
  }
  if (panel.limit !== undefined)
    svg.append(drawn('line', { class: 'limit', x1: left, x2: width - 4, y1: y(panel.limit), y2: y(panel.limit) }));
  svg.append(...lines);
  for (const { points, index, former } of series) {
    const path = drawn('path', { class: former ? 'line former' : 'line', d: pathOf(points, x, y, times.step) });
    path.style.stroke = former ? 'var(--dim)' : colour(index);
    svg.append(path);
  }
  return svg;
}

/** A strip that says which slice was active when; a gap is red. */
export function strip(bands, slices, times, marks, width) {
  const height = 22;
  const { svg, x, lines } = frame(width, height, times, marks, 4);
  for (const { slice, from, to } of bands) {
    const [left, right] = [x(Math.max(from, times.start)), x(to)];
    const rect = drawn('rect', { x: left, y: 0, width: Math.max(slice ? 0.5 : 2, right - left), height });
    rect.style.fill = slice ? colour(slices.indexOf(slice)) : 'var(--wrong)';
    svg.append(rect);
  }
  svg.append(...lines);
  return svg;
}
