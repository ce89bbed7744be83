import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { PAGE_PROGRAM } from '../constructs/admin/page-bundle';
import { PrometheusWithWeek } from './page-prometheus';
import { testWith } from './tools';

const ROOT = resolve(__dirname, '..');

/** A module of the page, which is made for browsers. */
// Its functions are of JavaScript, which says no types.
// oxlint-disable-next-line typescript/no-explicit-any
function pageModule(name: string): any {
  const { outputFiles } = buildSync({
    entryPoints: [join(ROOT, 'agent/page', name)],
    bundle: true,
    format: 'cjs',
    write: false,
  });
  const module = { exports: {} };
  // oxlint-disable-next-line typescript/no-implied-eval
  new Function('module', outputFiles[0]!.text)(module);
  return module.exports;
}

const { bandsOf, changesOf, lasting, timesOf, worstOf, written } = pageModule('figures.js');
const { pathOf, roundUp, topOf } = pageModule('graph.js');

test('a week is asked for in steps that stay where they are from one look to the next', () => {
  const [first, second] = [timesOf(604_800, 1_700_000_000), timesOf(604_800, 1_700_000_060)];
  expect(first).toEqual(second);
  expect(first.end % first.step).toBe(0);
  expect((first.end - first.start) / first.step).toBeLessThanOrEqual(240);
  expect(timesOf(3600, 1_700_000_000).step).toBe(15);
});

test('a graph of a week shows the worst of each step, and one of an hour every figure', () => {
  expect(worstOf({ expr: 'slice:ram_used:ratio' }, 2520)).toBe('max_over_time(slice:ram_used:ratio[2520s])');
  expect(worstOf({ expr: 'a / b' }, 2520)).toBe('max_over_time((a / b)[2520s:420s])');
  expect(worstOf({ expr: 'hits / gets', low: true }, 2520)).toBe('min_over_time((hits / gets)[2520s:420s])');
  expect(worstOf({ expr: 'a / b' }, 15)).toBe('a / b');
});

const series = (slice: string, ...values: (number | undefined)[]) => ({
  labels: { role: 'lb', slice },
  points: values.flatMap((value, index) => (value === undefined ? [] : [[index * 10, value]])),
});
const times = { start: 0, end: 50, step: 10 };

test('a takeover is where the number of the Lease grows, and not where an agent is away', () => {
  expect(changesOf([series('', 4, 4, 5, undefined, 5, 7)])).toEqual({
    lb: [
      { from: 10, to: 20 },
      { from: 40, to: 50 },
    ],
  });
});

test('the strip has who is active, the exact time of a change, nobody, and no word where nobody tells', () => {
  const active = [series('a', 1, 1, 0, 0, undefined, 0), series('b', 0, 0, 1, 0, undefined, undefined)];
  expect(bandsOf(active, times, [13])).toEqual([
    { slice: 'a', from: 0, to: 13 },
    { slice: 'b', from: 13, to: 30 },
    { slice: undefined, from: 30, to: 30 },
    { slice: undefined, from: 50, to: 50 },
  ]);
});

test.each([
  [0.0421, 'ratio', '4.21 %'],
  [0.43, 'seconds', '430 ms'],
  [0, 'seconds', '0 s'],
  [754, 'seconds', '12 min'],
  [1_536_000, 'bytes', '1.46 MiB'],
  [1234, 'per second', '1.23k/s'],
  [2, 'number', '2'],
  [undefined, 'number', '–'],
])('%s of %s is written as %s', (value, unit, text) => {
  expect(written(value, unit)).toBe(text);
});

test('times that have passed are written in two units at most', () => {
  expect([5, 59, 60, 3600, 3900, 86_400, 97_200].map((each) => lasting(each))).toEqual([
    '5 s',
    '59 s',
    '1 min',
    '1 h',
    '1 h 5 min',
    '1 d',
    '1 d 3 h',
  ]);
});

test('an axis ends at a round number, a share at the whole where it comes near', () => {
  expect([0, 0.03, 1, 7, 34, 51].map((each) => roundUp(each))).toEqual([1, 0.05, 1, 10, 50, 100]);
  expect(topOf([0.6], { unit: 'ratio' })).toBe(1);
  expect(topOf([0.01], { unit: 'ratio' })).toBe(0.01);
  expect(topOf([0.2], { unit: 'ratio', limit: 1 })).toBe(1);
});

test('a line has a gap where nobody knew the value', () => {
  const same = (value: number) => value;
  expect(
    pathOf(
      [
        [0, 1],
        [10, 2],
        [40, 3],
      ],
      same,
      same,
      10,
    ),
  ).toBe('M0.0 1.0L10.0 2.0M40.0 3.0');
});

test("the program has nothing that Prometheus' templates would take for their own", () => {
  expect(PAGE_PROGRAM).not.toContain('{{');
  expect(PAGE_PROGRAM).not.toMatch(/<\/script|<!--/);
});

describe('in a browser', () => {
  const withBrowser = testWith('chromium', 'promtool');

  /** The page as a browser has it, once it has asked for everything. */
  async function looked(alert: boolean): Promise<string> {
    const prometheus = new PrometheusWithWeek();
    await prometheus.start(alert);
    try {
      const profile = mkdtempSync(join(tmpdir(), 'browser-'));
      const options = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`];
      const page = ['--window-size=500,9000', '--virtual-time-budget=30000', '--dump-dom'];
      const { stdout } = await promisify(execFile)(
        'chromium',
        [...options, ...page, `${prometheus.address}/consoles/slices.html`],
        { maxBuffer: 64 * 1024 * 1024 },
      );
      return stdout;
    } finally {
      await prometheus.stop();
    }
  }

  const text = (html: string) =>
    html
      .slice(html.indexOf('<body'), html.indexOf('<script'))
      .replaceAll(/<svg[^]*?<\/svg>/g, '')
      .replaceAll(/<details>[^]*?<\/details>/g, '')
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('&nbsp;', ' ');

  withBrowser(
    'it has what is wrong first, then who is active, and a week of every graph with its takeovers',
    async () => {
      const html = await looked(true);
      const words = text(html);
      expect(words).toMatch(/^\s*ams.*SliceDown ams-memc02 for .*ams-memc02 has not been ready/s);
      expect(words).toMatch(
        /ams-db02 is active since .* \(5 h\), took 430 ms1 takeover|ams-db02 is active since .* \(4 h \d+ min\), took 430 ms1 takeover/,
      );
      expect(words).toMatch(/ams-lb01 is active since .*2 takeovers/);
      for (const tile of ['ams-lb2 of 2 up', 'ams-web2 of 2 up', 'ams-jobs1 of 1 up']) expect(words).toContain(tile);
      expect(words).not.toMatch(/no figures in this time|…/);
      expect(html).not.toMatch(/<span class="wrong">/);
      const figures = html.split('<figure').slice(1);
      const of = (title: string) => figures.filter((each) => each.includes(`<b>${title}</b>`));
      for (const title of ['RAM', 'CPU (cores)']) expect(of(title)).toHaveLength(6);
      for (const title of ['requests', 'errors', 'p95', 'jobs due', 'behind', 'hits'])
        for (const figure of of(title)) expect(figure).toMatch(/class="line" d="M[\d.]+ [\d.]+L/);
      expect(of('p95')[0]!.split('class="mark"')).toHaveLength(3);
      expect(of('behind')[0]!.split('class="mark"')).toHaveLength(2);
      // The slices before the release are there, and grey.
      expect(of('workers taken')[0]).toContain('class="line former"');
    },
    180_000,
  );

  withBrowser(
    'where nothing is wrong it says so',
    async () => {
      const words = text(await looked(false));
      expect(words).toMatch(/^\s*ams.*Nothing is wrong that an alert looks for\./s);
    },
    180_000,
  );
});
