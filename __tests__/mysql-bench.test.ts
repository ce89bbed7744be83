import { FAULTS, plan } from '../e2e/mysql/faults';
import { percentile, report } from '../e2e/mysql/report';
import type { Series } from '../e2e/mysql/results';
import { wrongs } from '../e2e/mysql/results';

const count = { rows: 9, lost: 0, phantom: 0 };
const server = { members: count, transfers: count, totalOff: 0, wrongBalances: 0, executed: 'a:1-9' };
const series: Series = {
  kind: 'faults',
  at: '2026-11-24T00:00:00Z',
  durability: 'PREFERRED',
  failoverSeconds: 3,
  faults: [
    { fault: 'killed', planned: false, load: 1, gapMs: 900, wholeMs: 9000, same: true },
    { fault: 'killed', planned: false, load: 2, gapMs: 1500, wholeMs: 9000, same: false },
    { fault: 'cut off', planned: false, load: 2, error: 'it was not there' },
  ],
  stats: { acknowledged: 18, unknown: 1, refused: 2 },
  servers: { one: server, two: server },
};

test('a series has each fault that can be made, and as many as were asked for', () => {
  const planned = plan(50);
  expect(planned).toHaveLength(50);
  for (const [name, { node }] of Object.entries(FAULTS)) if (!node) expect(planned).toContain(name);
  expect(plan(3)).toHaveLength(3);
});

test('a percentile is the nearest rank', () => {
  expect(percentile([3, 1, 2], 0.5)).toBe(2);
  expect(percentile([3, 1, 2], 0.99)).toBe(3);
  expect(percentile([], 0.5)).toBeNaN();
});

test('what is lost, what no one wrote, and servers that differ are found', () => {
  expect(wrongs(series.servers)).toEqual({ lost: 0, phantom: 0, balances: 0, differ: false });
  const bad = { ...server, members: { rows: 9, lost: 1, phantom: 2 }, totalOff: -3, executed: 'a:1-8' };
  expect(wrongs({ one: server, two: bad })).toEqual({ lost: 1, phantom: 2, balances: 3, differ: true });
});

test('a fault that could not be made is counted apart, and gives no figure', () => {
  const text = report([series]);
  expect(text).toContain('| faults made | 2 |');
  expect(text).toContain('| faults that could not be made | 1 |');
  expect(text).toContain('| faults after which a table differs between the servers, of 2 compared | 1 |');
  expect(text).toContain('| **all unplanned** | 2 | 0.90 | 1.50 | 9.00 |');
  expect(text).toContain('| cut off | 0 | - | - | - |');
});
