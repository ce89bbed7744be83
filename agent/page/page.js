import { EVERY, SPANS, WEEK, ask, bandsOf, changesOf, lasting, onRole, ranged, timesOf, written } from './figures.js';
import { colour, dated, element, graph, strip } from './graph.js';

const SITE = JSON.parse(document.getElementById('site').textContent);
/** How often the page looks again, in milliseconds; graphs of a week are drawn anew less often. */
const LOOK_MS = 15_000;

let span = SPANS[decodeURIComponent(location.hash.slice(1))] ? decodeURIComponent(location.hash.slice(1)) : 'week';
/** The exact times of takeovers in the last week, by role. */
let takeovers = {};
const byId = (id) => document.getElementById(id);
const now = () => Date.now() / 1000;

/** `Mon 23 14:05`, or the time alone where it is today. */
function moment(time) {
  const isToday = new Date(time * 1000).toDateString() === new Date().toDateString();
  return isToday ? dated(time, false) : `${dated(time, true)}, ${dated(time, false)}`;
}

/** What is wrong comes first: the worst first, with what to do. */
async function showAlerts() {
  const { alerts } = await ask('alerts', {});
  const firing = alerts.filter(({ state, labels }) => state === 'firing' && labels.alertname !== 'Watchdog');
  const rank = ({ labels }) => (labels.severity === 'critical' ? 0 : 1);
  firing.sort((a, b) => rank(a) - rank(b) || Date.parse(a.activeAt) - Date.parse(b.activeAt));
  const rows = firing.map(({ labels, annotations, activeAt }) => {
    const name = element('b', {}, labels.alertname);
    const subject = [labels.slice ?? labels.role, labels.container, labels.function].filter(Boolean).join(' ');
    const since = element(
      'span',
      { className: 'since' },
      `for ${lasting(Math.max(0, Math.round(now() - Date.parse(activeAt) / 1000)))}`,
    );
    const to = element('a', { href: safe(annotations.runbook_url) }, 'what to do');
    return element(
      'div',
      { className: `state ${labels.severity}` },
      name,
      ` ${subject} `,
      since,
      ' · ',
      to,
      element('p', {}, annotations.summary ?? ''),
    );
  });
  byId('state').replaceChildren(
    ...(rows.length > 0
      ? rows
      : [element('div', { className: 'state' }, element('b', {}, 'Nothing is wrong'), ' that an alert looks for.')]),
  );
  document.title = `${firing.length > 0 ? `(${firing.length}) ` : ''}${SITE.name}`;
}

/** A link to a page, and to nothing else. */
function safe(url) {
  return /^https?:\/\//.test(url ?? '') ? url : '../alerts';
}

/** A tile for each role: how many of its slices are up. */
async function showRoles() {
  const [up, wanted] = await Promise.all(
    ['sum by (role) (slice:up)', 'count by (role) (slice:up)'].map((query) => ask('query', { query })),
  );
  const of = ({ result }, role) => Number(result.find(({ metric }) => metric.role === role)?.value[1] ?? 0);
  byId('roles').replaceChildren(
    ...SITE.roles.map(({ name, always }) => {
      const [good, all] = [of(up, name), Math.max(always, of(wanted, name))];
      return element(
        'a',
        { href: `#${name}`, className: good < Math.min(all, always || all) ? 'down' : '', onclick: jump },
        element('b', {}, name),
        element('span', {}, `${good} of ${all} up`),
      );
    }),
  );
}

/** The hash is the span's, so a jump leaves it. */
function jump(event) {
  event.preventDefault();
  byId(this.getAttribute('href').slice(1)).scrollIntoView({ behavior: 'smooth' });
}

/** The takeovers of the last week, each looked at again in steps of 15 s. */
async function findTakeovers() {
  const query = 'max by (role) (heartbeat_term > 0)';
  const changes = changesOf(await ranged(query, timesOf(WEEK, now())));
  const found = {};
  for (const [role, times] of Object.entries(changes)) {
    const exact = times.slice(-12).map(async ({ from, to }) => {
      const finer = changesOf(
        await ranged(`max by (role) (heartbeat_term{role="${role}"} > 0)`, { start: from, end: to, step: EVERY }),
      );
      return (finer[role] ?? []).map((each) => each.to);
    });
    found[role] = [...times.slice(0, -12).map(({ to }) => to), ...(await Promise.all(exact)).flat()];
  }
  takeovers = found;
}

async function showPairs() {
  const pairs = SITE.roles.filter(({ pair }) => pair);
  if (pairs.length === 0) return byId('pairs').replaceChildren();
  await findTakeovers();
  const times = timesOf(SPANS[span], now());
  const [active, took] = await Promise.all([
    ranged('heartbeat_active', times),
    ask('query', { query: 'heartbeat_last_takeover_seconds * on (role, slice) (heartbeat_active == 1)' }),
  ]);
  const figures = pairs.map(({ name, slices }) => {
    const marks = takeovers[name] ?? [];
    const bands = bandsOf(
      active.filter(({ labels }) => labels.role === name),
      times,
      marks,
    );
    const current = bands.at(-1)?.slice;
    const seconds = took.result.find(({ metric }) => metric.role === name)?.value[1];
    const last = marks.at(-1);
    const since =
      last === undefined
        ? 'for more than a week'
        : `since ${moment(last)} (${lasting(Math.round(now() - last))})${Number(seconds) > 0 ? `, took ${written(Number(seconds), 'seconds')}` : ''}`;
    const who = current
      ? element('span', {}, swatch(slices.indexOf(current)), element('b', {}, current), ` is active ${since}`)
      : element('span', { className: 'wrong' }, 'no slice is active');
    const figure = element(
      'figure',
      { className: 'wide' },
      element('figcaption', {}, who, element('span', { className: 'note' }, counted(marks, times))),
    );
    byId('pairs').append(figure);
    return { figure, draw: () => strip(bands, slices, times, marks, widthOf(figure)) };
  });
  byId('pairs').replaceChildren(
    element('h2', {}, 'Who is active ', element('small', { className: 'note key' }, 'a takeover')),
    ...figures.map(({ figure }) => figure),
  );
  for (const { figure, draw } of figures) figure.append(draw());
}

function counted(marks, { start }) {
  const count = marks.filter((time) => time > start).length;
  return count === 0 ? 'no takeover' : `${count} takeover${count === 1 ? '' : 's'}`;
}

function swatch(index) {
  const made = element('i');
  made.style.background = colour(index);
  return element('span', { className: 'legend', style: 'display: inline' }, made);
}

function widthOf(figure) {
  return Math.max(200, figure.clientWidth - 18);
}

/** Slices keep their colour through a role's graphs. Those that are gone are grey. */
function coloured(series, slices, { end, step }) {
  const last = ({ points }) => points.at(-1)?.[0] ?? 0;
  const known = [...slices];
  const present = series
    .filter((each) => last(each) >= end - 2 * step)
    .sort((a, b) => (a.labels.slice < b.labels.slice ? -1 : 1));
  for (const { labels } of present) if (!known.includes(labels.slice)) known.push(labels.slice);
  return series.map((each) => ({ ...each, index: known.indexOf(each.labels.slice), former: !present.includes(each) }));
}

/** A name without what all slices of the role have in common. */
function short(slice, role) {
  return slice.startsWith(role) ? slice.slice(role.length).replace(/^-/, '') : slice;
}

async function draw(figure, role, panel) {
  const times = timesOf(SPANS[span], now());
  const legend = figure.querySelector('.legend');
  try {
    const series = coloured(await ranged(onRole(panel, role.name, times.step), times), role.slices, times);
    const present = series.filter(({ former }) => !former).sort((a, b) => a.index - b.index);
    const shown = present.slice(0, 4).map(({ labels, index, points }) => {
      const box = element('i');
      box.style.background = colour(index);
      return element(
        'span',
        {},
        box,
        `${short(labels.slice ?? '', role.name)} `,
        element('b', {}, written(points.at(-1)?.[1], panel.unit)),
      );
    });
    legend.replaceChildren(...shown, ...(present.length > 4 ? [`and ${present.length - 4} more`] : []));
    if (series.length === 0) legend.replaceChildren('no figures in this time');
    figure.querySelector('svg')?.remove();
    figure.append(graph(series, panel, times, takeovers[role.name] ?? [], widthOf(figure)));
  } catch (error) {
    legend.replaceChildren(element('span', { className: 'wrong' }, error.message));
  }
}

/** Only graphs in sight are asked for: a week of all of them is much for a small Prometheus. */
const inSight = new Set();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) inSight.delete(target);
      else if (!inSight.has(target)) {
        inSight.add(target);
        if (target.drawnFor !== span) void redraw(target);
      }
    }
  },
  { rootMargin: '300px' },
);

function redraw(figure) {
  figure.drawnFor = span;
  figure.drawnAt = Date.now();
  return draw(figure, figure.about, figure.panel);
}

function makeGraphs() {
  for (const role of SITE.roles) {
    const graphs = role.panels.map((panel) => {
      const caption = element(
        'figcaption',
        {},
        element('b', {}, panel.title),
        element('span', { className: 'legend' }, '…'),
      );
      const figure = Object.assign(element('figure', {}, caption), { about: role, panel });
      observer.observe(figure);
      return figure;
    });
    document.querySelector(`#${CSS.escape(role.name)} .graphs`).replaceChildren(...graphs);
  }
}

function makeSpans() {
  const buttons = Object.keys(SPANS).map((name) =>
    element(
      'button',
      {
        type: 'button',
        onclick: () => {
          span = name;
          history.replaceState(undefined, '', `#${encodeURIComponent(name)}`);
          makeSpans();
          void look().then(() => Promise.all([...inSight].map(redraw)));
        },
      },
      name,
    ),
  );
  for (const button of buttons) button.setAttribute('aria-pressed', String(button.textContent === span));
  byId('spans').replaceChildren(...buttons);
}

async function look() {
  try {
    await Promise.all([showAlerts(), showRoles(), showPairs()]);
    byId('age').textContent = `at ${new Date().toTimeString().slice(0, 8)}`;
    byId('age').className = '';
  } catch (error) {
    byId('age').textContent =
      `Prometheus does not answer since ${byId('age').textContent.slice(3) || 'this page was opened'}: ${error.message}`;
    byId('age').className = 'wrong';
  }
}

async function keepLooking() {
  await look();
  for (const figure of inSight) {
    if (Date.now() - (figure.drawnAt ?? 0) > Math.max(LOOK_MS, timesOf(SPANS[span], now()).step * 500))
      await redraw(figure);
  }
  setTimeout(keepLooking, LOOK_MS);
}

makeSpans();
void look().then(() => {
  makeGraphs();
  setTimeout(keepLooking, LOOK_MS);
});
