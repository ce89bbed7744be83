import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { errorsQuery, secondsQuery } from '../cli/release/health';
import { SLOW } from '../contract/nginx-marks';
import { testWith } from './tools';

/** Whether promtool finds this value for the query, of counters that grow by so much each 15 s. */
function holds(query: string, counters: Record<string, number>, value: number | undefined): void {
  const folder = mkdtempSync(join(tmpdir(), 'release-figures-'));
  const series = Object.entries(counters).map(([name, step]) => ({ series: name, values: `0+${step}x20` }));
  const samples = value === undefined ? [] : [{ labels: '{}', value }];
  const tests = [
    {
      interval: '15s',
      input_series: series,
      promql_expr_test: [{ expr: `round(${query}, 0.001)`, eval_time: '4m', exp_samples: samples }],
    },
  ];
  writeFileSync(join(folder, 'tests.yml'), stringify({ rule_files: [], evaluation_interval: '15s', tests }));
  execFileSync('promtool', ['test', 'rules', 'tests.yml'], { cwd: folder, stdio: 'pipe' });
}

/** Of two balancers with so many requests each, the answers slower than each bound. */
function counters(requests: number, slow: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    ['dfw-lb01', 'dfw-lb02'].flatMap((slice) => [
      [`nginx_http_requests_total{slice="${slice}"}`, requests],
      ...SLOW.map(({ over }) => [`nginx_web_slow_total{slice="${slice}",over="${over}"}`, slow[over] ?? 0]),
    ]),
  );
}

const withTool = testWith('promtool');

withTool.each([
  ['answers are quick', {}, 0.095],
  ['one in ten takes between one and two and a half seconds', { 0.1: 20, 0.25: 20, 0.5: 20, 1: 20 }, 1.75],
  ['one in a hundred takes longer than ten', Object.fromEntries(SLOW.map(({ over }) => [over, 2])), 0.096],
  ['one in ten takes longer than ten', Object.fromEntries(SLOW.map(({ over }) => [over, 20])), 10],
])('where %s, 95 of 100 requests are answered in that time', (_, slow, seconds) => {
  holds(secondsQuery(), counters(200, slow), seconds);
});

withTool('without figures of nginx nobody knows it', () => {
  holds(secondsQuery(), { 'haproxy_frontend_http_responses_total{proxy="site"}': 10 }, undefined);
});

withTool.each([
  [
    'nginx',
    { nginx_server_errors_total: 1, nginx_http_requests_total: 10 },
    { nginx_server_errors_total: 9, nginx_http_requests_total: 9 },
  ],
  [
    'haproxy',
    {
      'haproxy_frontend_http_responses_total{proxy="site",code="5xx"}': 1,
      'haproxy_frontend_http_responses_total{proxy="site",code="2xx"}': 9,
    },
    { 'haproxy_frontend_http_responses_total{proxy="site",code="5xx"}': 9 },
  ],
  [
    'perlbal',
    { 'perlbal_node_answers{code="502"}': 1, 'perlbal_node_answers{code="200"}': 9 },
    { 'perlbal_node_answers{code="502"}': 9 },
  ],
])('of %s, the share of errors is that of the site alone, where others have such figures, too', (_, own, others) => {
  const of = (site: string, figures: Record<string, number>) =>
    Object.entries(figures).map(([series, step]): [string, number] => [
      series.includes('{') ? series.replace('{', `{site="${site}",`) : `${series}{site="${site}"}`,
      step,
    ]);
  const both = Object.fromEntries([...of('dfw', own), ...of('ord', others)]);
  holds(errorsQuery('{site=~"dfw"}'), both, 0.1);
  holds(errorsQuery(), own, 0.1);
});

withTool('p95 is that of the site alone, where others have such figures, too', () => {
  const of = (site: string, all: Record<string, number>) =>
    Object.entries(all).map(([series, step]): [string, number] => [series.replace('{', `{site="${site}",`), step]);
  const quick = of('dfw', counters(200, {}));
  const slow = of('ord', counters(200, Object.fromEntries(SLOW.map(({ over }) => [over, 150]))));
  holds(secondsQuery('{site=~"dfw"}'), Object.fromEntries([...quick, ...slow]), 0.095);
});
