import { Peaks } from '../bench/ram/memory';
import { Run, report } from '../bench/ram/report';

const POD = {
  metadata: { name: 'dfw-lb-1', namespace: 'dfw', uid: 'a' },
  spec: {
    initContainers: [
      { name: 'heartbeat', restartPolicy: 'Always', resources: { limits: { memory: '48Mi' } } },
      { name: 'copy', resources: { limits: { memory: '16Mi' } } },
    ],
    containers: [{ name: 'perlbal', resources: { limits: { memory: '184Mi' } } }],
  },
  status: {},
};

const line = (metric: string, container: string, mebibytes: number) =>
  `container_memory_${metric}{container="${container}",id="/x",namespace="dfw",pod="dfw-lb-1"} ${mebibytes * 2 ** 20} 1790000000000`;

test('the highest of each figure of each container is kept, and others are left out', () => {
  const peaks = new Peaks([POD]);
  peaks.take([line('working_set_bytes', 'perlbal', 60), line('rss', 'perlbal', 50)].join('\n'));
  peaks.take([line('working_set_bytes', 'perlbal', 40), line('max_usage_bytes', 'perlbal', 90)].join('\n'));
  peaks.take([line('working_set_bytes', 'stranger', 99), line('cache', 'perlbal', 99)].join('\n'));
  const [heartbeat, perlbal, ...others] = peaks.all();
  expect(others).toEqual([]);
  expect(heartbeat).toMatchObject({ container: 'heartbeat', limit: 48, workingSet: 0 });
  expect(perlbal).toMatchObject({ limit: 184, workingSet: 60, anonymous: 50, withPageCache: 90 });
});

const RUN: Run = {
  date: '2026-01-01',
  seconds: 600,
  cpuPercent: 99,
  peaks: new Peaks([POD]).all(),
  restarts: [],
  tally: { 'front page': { done: 6000, failed: 1, lastError: '503 a | b' } },
};

test('the report says what restarted, or that nothing did', () => {
  expect(report(RUN)).toContain('No container restarted, so none was killed for memory.');
  expect(report({ ...RUN, restarts: ['dfw-web-1/apache (u): 1, OOMKilled'] })).toContain(
    'Restarted: dfw-web-1/apache (u): 1, OOMKilled.',
  );
  expect(report(RUN)).toContain('| dfw-lb01 | perlbal');
  expect(report(RUN)).toContain('10 answers a second');
});
