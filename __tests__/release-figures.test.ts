import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SECONDS } from '../cli/release/health';
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
  holds(SECONDS, counters(200, slow), seconds);
});

withTool('without figures of nginx nobody knows it', () => {
  holds(SECONDS, { 'haproxy_frontend_http_responses_total{proxy="site"}': 10 }, undefined);
});
